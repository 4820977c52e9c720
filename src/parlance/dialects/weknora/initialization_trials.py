"""What the wizard has a model show: what it sees in a picture, and what it draws out of a text."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from parlance.core.server.operations import ReadHealth
from parlance.core.weknora.model_operations import JudgePlans
from parlance.core.weknora.trial_operations import AskOnce
from parlance.dialects.multipart import Form
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.models import key_tried
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.setup_shapes import ModelSetup, NodeSetup, RelationSetup
from parlance.dialects.weknora.wire import BASE
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.weknora import ModelPlan

PATH = f"{BASE}/initialization"
MOST_PICTURE = 10 * 1024 * 1024
MOST_FORM = MOST_PICTURE + 512 * 1024
TAGS = ("内容", "文化", "人物", "事件", "时间", "地点", "作品", "作者", "关系", "属性")
"""Of which a few are picked for a first example."""
FEWEST_TAGS = 3
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_FAILED = (Kind.upstream, Kind.missing, Kind.timed_out, Kind.busy, Kind.unsupported, Kind.invalid, Kind.too_large)
"""Kinds of faults that are a model's failure here, and so a verdict."""


class RelationBody(msgspec.Struct, frozen=True, rename="camel"):
    """A text to draw things and relations out of."""

    text: Annotated[str, Meta(min_length=1, max_length=5000)]
    tags: Annotated[tuple[str, ...], Meta(min_length=1)]
    llm_config: ModelSetup


class TagsBody(msgspec.Struct, frozen=True, rename="camel"):
    """Which model would be asked; none is."""

    llm_config: ModelSetup | None = None


class TextBody(msgspec.Struct, frozen=True, rename="camel"):
    """What an example's text is to be about."""

    llm_config: ModelSetup
    tags: tuple[str, ...] = ()


class Drawn(msgspec.Struct, frozen=True):
    """What was drawn out of a text; or that nothing could be, and why."""

    nodes: tuple[NodeSetup, ...] | UnsetType = UNSET
    relations: tuple[RelationSetup, ...] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    message: str | UnsetType = UNSET


class Tags(msgspec.Struct, frozen=True):
    """Kinds of relations."""

    tags: tuple[str, ...]


class Seen(msgspec.Struct, frozen=True):
    """What a model saw in a picture; `processing_time` is in milliseconds."""

    success: bool
    caption: str
    ocr: str
    processing_time: int
    message: str | UnsetType = UNSET


class _Graph(msgspec.Struct, frozen=True):
    nodes: tuple[NodeSetup, ...] = ()
    relations: tuple[RelationSetup, ...] = ()


_RELATIONS = (
    'Find the things in the text below and how they are related. Answer with JSON alone: {{"nodes": [{{"name": "…", '
    '"attributes": ["…"]}}], "relations": [{{"node1": "…", "node2": "…", "type": "…"}}]}}. A type is one of: {tags}. '
    "Use the words of the text.\n\n{text}"
)
_TEXT = (
    "Write one paragraph of plain prose in Chinese, of at most 300 characters, with things that are related by: {tags}."
)
_ANY = "Write one paragraph of plain prose in Chinese, of at most 300 characters, about things that are related."
_CAPTION = "Describe this picture in one or two sentences."
_READ = "Write down all text that is in this picture, and nothing else. If there is none, say nothing."


async def text_relation(request: Request, do: Do) -> Reply:
    """`POST /initialization/extract/text-relation`."""
    body = read_body(request.body, RelationBody)
    prompt = _RELATIONS.format(tags=", ".join(body.tags), text=body.text)
    try:
        said = await do(_asked(body.llm_config, prompt))
        found = _OBJECT.search(said)
        graph = json_door.decode(b"" if found is None else found[0].encode(), _Graph)
    except Fault as fault:
        return _failed(fault)
    names = {node.name for node in graph.nodes}
    sound = tuple(each for each in graph.relations if each.node1 in names and each.node2 in names)
    return given(Drawn(graph.nodes, sound))


def _asked(model: ModelSetup, prompt: str) -> AskOnce:
    plan = ModelPlan(model.model_name, "KnowledgeQA", model.source, base_url=model.base_url)
    return AskOnce(plan, prompt, *key_tried(model.api_key))


def _failed(fault: Fault) -> Reply:
    if fault.kind not in _FAILED:
        raise fault
    return given(Drawn(success=False, message=fault.sentence()))


async def fabri_tag(request: Request, do: Do) -> Reply:
    """`POST /initialization/extract/fabri-tag`: some tags, others with each moment."""
    read_body(request.body, TagsBody)
    at = await do(ReadHealth()) // 1000
    count = FEWEST_TAGS + at % (len(TAGS) - FEWEST_TAGS + 1)
    first = at // 7 % len(TAGS)
    return given(Tags(tuple(TAGS[(first + place) % len(TAGS)] for place in range(count))))


async def fabri_text(request: Request, do: Do) -> Reply:
    """`POST /initialization/extract/fabri-text`."""
    body = read_body(request.body, TextBody)
    prompt = _TEXT.format(tags="、".join(body.tags)) if body.tags else _ANY
    try:
        return given(Drawn(text=await do(_asked(body.llm_config, prompt))))
    except Fault as fault:
        return _failed(fault)


async def test_multimodal(request: Request, do: Do) -> Reply:
    """`POST /initialization/multimodal/test`."""
    await do(JudgePlans(()))  # who may not ask hears so before anything is read
    fields, picture, media = await _form(request)
    if not picture:
        raise Fault(Kind.invalid, "A picture is wanted in the field `image`.", field="image", code="no_picture")
    local = fields.get("vlm_interface_type") == "ollama"
    plan = ModelPlan(
        fields.get("vlm_model", ""), "VLLM", "local" if local else "remote", base_url=fields.get("vlm_base_url", "")
    )
    key = key_tried(fields.get("vlm_api_key", ""))
    began = await do(ReadHealth())
    try:
        said = [await do(AskOnce(plan, prompt, *key, picture, media)) for prompt in (_CAPTION, _READ)]
    except Fault as fault:
        if fault.kind not in _FAILED:
            raise
        took = (await do(ReadHealth()) - began) // 1000
        return given(Seen(False, "", "", took, fault.sentence()))
    return given(Seen(True, said[0], said[1], (await do(ReadHealth()) - began) // 1000))


async def _form(request: Request) -> tuple[dict[str, str], bytes, str]:
    """The texts of a form, and its picture with what it says that it is."""
    if request.content is None:
        raise Fault(Kind.invalid, "A form is wanted.", code="bad_form")
    form, fields, picture, media = Form(request.headers.get("content-type", ""), request.content), {}, bytearray(), ""
    while (part := await form.part()) is not None:
        if part.filename is None:
            fields[part.name] = await form.text()
        elif part.name == "image":
            media = part.media_type or "image/png"
            async for piece in form.content():
                picture += piece
                if len(picture) > MOST_PICTURE:
                    raise Fault(Kind.too_large, "A picture has at most 10 MB.", field="image", code="picture_too_large")
    return fields, bytes(picture), media


_row = rows_of("initialization", PATH)
ROWS = (
    _row(
        "POST",
        "/multimodal/test",
        "multimodal.test",
        answer=test_multimodal,
        operations=(JudgePlans, AskOnce, ReadHealth),
        summary="What a model sees in a picture",
        body="upload",
        limit=MOST_FORM,
        takes_media="multipart/form-data",
        gives=Success[Seen],
    ),
    _row(
        "POST",
        "/extract/text-relation",
        "extract.text_relation",
        answer=text_relation,
        operations=(AskOnce,),
        summary="Draw things and relations out of a text",
        body="bytes",
        takes=RelationBody,
        gives=Success[Drawn],
    ),
    _row(
        "POST",
        "/extract/fabri-tag",
        "extract.fabri_tag",
        answer=fabri_tag,
        operations=(ReadHealth,),
        summary="Tags for an example",
        body="bytes",
        takes=TagsBody,
        gives=Success[Tags],
    ),
    _row(
        "POST",
        "/extract/fabri-text",
        "extract.fabri_text",
        answer=fabri_text,
        operations=(AskOnce,),
        summary="A text for an example",
        body="bytes",
        takes=TextBody,
        gives=Success[Drawn],
    ),
)
