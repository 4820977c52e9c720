"""The embedded embedder as the server sees it: an `EmbedEngine` and a catalogue of one model.

Nothing here imports numpy, onnxruntime, tokenizers or onnx: the child process does. Found weights are converted by a
child of their own at first use, so that the memory this takes is gone before the model is loaded.
"""

from __future__ import annotations

import array
import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import msgspec

from parlance.engines.onnx import weights
from parlance.processes import pipe
from parlance.processes.child import ChildProcess, Later, Limits, python, trimmed
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.models import LoadedModel, LoadState, ModelCard, ModelRef
from parlance.values.time import SECOND, Clock

CHILD = "parlance.engines.onnx.child"
NAME = "embedding process"
LIGHTER = "Send fewer or shorter texts at a time."
"""What helps when it is asked for more than it can take."""
CHUNK_TEXTS = 16
"""Texts in one call of the child: about two batches of ordinary sentences, so that asks take turns often."""
CHUNK_CHARACTERS = 8 * 1024
"""Characters in one call: about a quarter of a second of work, which is what a question may have to wait for, and what
a caller who left can waste."""
WALKERS = 2
"""Calls that all asks have under way together. Two keep the child busy; a question goes before all that wait for their
turn."""
QUICK_CHARACTERS = 1000
"""Characters of an ask that goes before, too: a few sentences, which take some hundredths of a second."""
GUESSED_CHARACTERS = 256
"""Characters of a text by which its tokens are guessed. More would say little more, and keep the server's other callers
waiting where somebody sends thousands of long texts."""
MANY_TEXTS = 200
"""Texts of an ask whose tokens are guessed in a thread: in Chinese that takes some hundredths of a second."""
PIECE = 7
"""Letters of a word from which on it is more than one token."""
CONVERT_S = 180.0
"""Deadline for the one conversion, which takes a few seconds on a disk that is not slow."""

Vectors = tuple[tuple[float, ...], ...]
Chunk = list[int]


class OnnxEmbedder:
    """Embeds with one model in a child process.

    `folder` is where converted models are kept and `wheels` are folders to look for the wheel in; `environment` is the
    server's, of which the child sees a few harmless names; `limits.rest` is the idle time before unloading.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        environment: Mapping[str, str],
        connection: str = "embed",
        model: weights.Model = weights.MINILM,
        wheels: Sequence[Path] = (),
        threads: int | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        later: Later | None = None,
    ) -> None:
        self._model, self._connection, self._clock = model, connection, clock
        self._places = weights.Places(str(folder), tuple(map(str, wheels)))
        order = {"model": model, "places": self._places, "threads": threads}
        fields = msgspec.to_builtins(order)
        command = python(CHILD, str(os.getpid()))
        visible = trimmed(environment)
        hello = pipe.Call(1, "load", fields)
        self._child = ChildProcess(NAME, command, hello, visible, clock, limits, later, hint=LIGHTER)
        patient = msgspec.structs.replace(limits, start=CONVERT_S, rest=1.0)
        self._converter = ChildProcess(NAME, command, pipe.Call(1, "prepare", fields), visible, clock, patient, later)
        self._preparing = asyncio.Lock()
        self._turns = asyncio.Semaphore(WALKERS)

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """One vector of unit length per text, in order; texts are read to 256 tokens, which are what is counted.

        Raises `Fault`: `missing` for another model, `unsupported` when the weights or the extra are not installed or
        other dimensions are asked for, `context_full` when `truncate` is false and a text is longer, `upstream` or
        `timed_out` when the child fails in mid-call (the next call starts another).
        """
        self._check(ask)
        if not ask.texts:
            return Embedded(())
        await self._prepare()
        rest = seconds(ask.keep_alive)
        vectors: list[tuple[float, ...]] = [()] * len(ask.texts)
        tokens = 0

        async def one(chunk: Chunk) -> None:
            nonlocal tokens
            made, read = await self._one(ask, chunk, rest)
            tokens += read
            for place, vector in zip(chunk, made, strict=True):
                vectors[place] = vector

        many = len(ask.texts) >= MANY_TEXTS
        calls = iter(await asyncio.to_thread(list, chunks(ask.texts))) if many else chunks(ask.texts)
        await walked(calls, one, None if is_quick(ask) else self._turns)
        return Embedded(tuple(vectors), tokens)

    async def cards(self) -> Sequence[ModelCard]:
        """The one model, with a note that says how to get it when it is not usable."""
        return [self._card()]

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """The model with its details. Raises `Fault(missing)`."""
        self._check_name(name)
        return self._card()

    async def loaded(self) -> Sequence[LoadedModel]:
        """The model, while its process lives."""
        if self._child.pid is None:
            return []
        left = None if self._child.expires is None else self._child.expires - self._clock.monotonic()
        expires = None if left is None else self._clock.now() + int(left * SECOND)
        return [LoadedModel(self._card(), size=self._child.resident, expires=expires)]

    async def unload(self, name: str) -> None:
        """Give the memory back now; the next ask loads again. Raises `Fault(missing)`."""
        self._check_name(name)
        await self._child.end()

    async def close(self) -> None:
        """End the child for good."""
        await self._child.close()
        await self._converter.close()

    def _check(self, ask: EmbedAsk) -> None:
        self._check_name(ask.model)
        if ask.dimensions is not None and ask.dimensions != self._model.dimensions:
            raise Fault(
                Kind.unsupported,
                f"{self._model.name} makes vectors of {self._model.dimensions} dimensions only.",
                hint="Leave `dimensions` out.",
                field="dimensions",
            )

    def _check_name(self, name: str) -> None:
        if name.removesuffix(":latest") != self._model.name:
            raise Fault(Kind.missing, "There is no such embedding model here.", field="model")

    async def _prepare(self) -> None:
        """See that the converted model is there. Raises `Fault(unsupported)` with what mends it."""
        if self._child.pid is not None:
            return
        async with self._preparing:
            if (fault := weights.lacking(self._model, self._places)) is not None:
                raise fault
            if weights.cached(self._model, self._places) is None:
                try:
                    await self._converter.start()
                finally:
                    await self._converter.end()

    async def _one(self, ask: EmbedAsk, chunk: Chunk, rest: float | None) -> tuple[Vectors, int]:
        fields = {"texts": [ask.texts[place] for place in chunk], "truncate": ask.truncate is not False}
        answer, body = await self._child.call("embed", fields, rest)
        if "too_long" in answer.fields:
            raise Fault(
                Kind.context_full,
                f"Text {chunk[answer.fields['too_long']]} has more than the {self._model.context} tokens that "
                f"{self._model.name} reads.",
                hint="Shorten it, or allow truncation.",
                field="input",
            )
        return rows(body, self._model.dimensions), answer.fields["tokens"]

    def _card(self) -> ModelCard:
        model, fault = self._model, None
        state: LoadState = "loaded" if self._child.pid is not None else "loading" if self._child.loading else "ready"
        if state == "ready" and (fault := weights.lacking(model, self._places)) is not None:
            state = "unavailable"
        return ModelCard(
            id=model.name,
            ref=ModelRef(self._connection, model.name),
            engine="onnx",
            capabilities=frozenset({"embed"}),
            context=model.context,
            state=state,
            size=model.parameters * 4,
            digest=model.digest,
            note=fault.sentence() if fault is not None else None,
            foreign=_details(model),
        )


def _details(model: weights.Model) -> dict[str, object]:
    """What an Ollama says of such a model, in its words."""
    return {
        "details": {
            "format": "onnx",
            "family": "bert",
            "families": ["bert"],
            "parameter_size": f"{model.parameters / 1e6:.1f}M",
            "quantization_level": "F32",
        },
        "model_info": {
            "general.architecture": "bert",
            "general.parameter_count": model.parameters,
            "general.license": model.license,
            "bert.context_length": model.context,
            "bert.embedding_length": model.dimensions,
        },
    }


def is_quick(ask: EmbedAsk) -> bool:
    """Whether somebody waits for it, or it is over in a moment: it goes before all that takes turns."""
    return ask.query or sum(map(len, ask.texts)) <= QUICK_CHARACTERS


async def walked(
    waiting: Iterator[Chunk], one: Callable[[Chunk], Awaitable[None]], turns: asyncio.Semaphore | None
) -> None:
    """Make all calls of an ask, a few at a time, by turns with other asks; without `turns` as soon as they can be made.
    Raises what the first failed one does."""

    async def walk() -> None:
        for chunk in waiting:
            async with turns or nullcontext():
                await one(chunk)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(WALKERS):
                group.create_task(walk())
    except ExceptionGroup as many:
        raise many.exceptions[0] from None


def chunks(texts: Sequence[str]) -> Iterator[Chunk]:
    """Places of texts in calls of bounded size, short texts first, so that like lengths meet in the child's batches."""
    chunk: Chunk = []
    size = 0
    guesses = [guessed(text) for text in texts]
    for place in sorted(range(len(texts)), key=guesses.__getitem__):
        length = len(texts[place])
        if chunk and (len(chunk) == CHUNK_TEXTS or size + length > CHUNK_CHARACTERS):
            yield chunk
            chunk, size = [], 0
        chunk.append(place)
        size += length
    if chunk:
        yield chunk


def guessed(text: str) -> int:
    """About how many tokens a model reads of a text. Characters alone say less: a table of options has twice as many
    as prose of its length, and what is read together is padded to the longest."""
    tokens = sum(1 + len(word) // PIECE for word in _WORDS.findall(text[:GUESSED_CHARACTERS]))
    return tokens * max(len(text), GUESSED_CHARACTERS) // GUESSED_CHARACTERS


def rows(body: bytes, dimensions: int) -> Vectors:
    """Little-endian float32 rows as tuples. Raises `Fault(upstream)` when they are not whole."""
    if len(body) % (4 * dimensions):
        raise Fault(Kind.upstream, "The embedding process sent vectors of another length.")
    values = array.array("f")
    values.frombytes(body)
    if sys.byteorder == "big":
        values.byteswap()
    return tuple(tuple(values[at : at + dimensions]) for at in range(0, len(values), dimensions))


_WORDS = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9\s]")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(keep_alive: str | float | None) -> float | None:
    """Ollama's `keep_alive` in seconds: a number, `"5m"`, `"1h30m"`; below zero is for ever, `None` the default.

    A tuning knob: what cannot be read is as good as not said.
    """
    if keep_alive is None or isinstance(keep_alive, int | float):
        return keep_alive
    text = keep_alive.strip()
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    if digits.replace(".", "", 1).isdecimal():
        return sign * float(digits)
    found = _SPAN.findall(digits)
    if "".join(number + unit for number, unit in found) != digits or not found:
        return None
    return sign * sum(float(number) * _UNITS[unit] for number, unit in found)
