"""The small pages that the server writes itself: in the language that a browser asks for, and safe to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from parlance.core.server.facts import DoorFace, Face, Spoken
from parlance.dialects import plain_page
from parlance.dialects.native import passwords, sign_in
from parlance.dialects.native.page import render
from parlance.dialects.plain_page import language_of, notice, small_page
from parlance.dialects.table import Request
from parlance.values.errors import Fault, Kind

TOLD = {"wrong": "错了。"}
ROOT = Path(__file__).resolve().parents[3]
SENTENCE = re.compile(r'^  (\w+): "(.+)",$', re.MULTILINE)
KINDS = {f"kind_{kind.value}": said for kind, said in plain_page._CHINESE_KINDS.items()}


def asking(languages: str) -> Request:
    """A request of a browser with these languages."""
    headers = {"accept-language": languages} if languages else {}
    return Request("GET", "/", params={}, raw_query="", headers=headers, body=b"", content=None, id="r", prefix="")


@pytest.mark.parametrize(
    ("languages", "spoken"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.3, zh-TW;q=0.7", "zh"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr, zh;q=0.2", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=much, *", "en"),
        ("ZH-hans", "zh"),
    ],
)
def test_the_first_language_that_there_are_words_in_is_spoken(languages: str, spoken: str) -> None:
    """By the weights that a browser gives them; English where it wants none of ours."""
    assert language_of(asking(languages)) == spoken


def test_a_fault_is_told_by_its_code_else_by_its_kind_and_its_english_stays_in_reach() -> None:
    """A sentence of the server is never markup."""
    fault = Fault(Kind.missing, "No <b>such</b> thing.", hint="Look & see.", code="wrong")
    english = notice(fault, "en", TOLD)
    assert "No &lt;b&gt;such&lt;/b&gt; thing." in english and "Look &amp; see." in english and "错了" not in english
    chinese = notice(fault, "zh", TOLD)
    assert "错了。" in chinese and '<p lang="en">No &lt;b&gt;such&lt;/b&gt; thing. Look &amp; see.</p>' in chinese
    assert "该内容已不存在。" in notice(fault, "zh", {})
    assert "提交的内容有误。" in notice(Fault(Kind.unsupported, "Not here."), "zh", TOLD)


def test_a_small_page_says_its_language_and_title() -> None:
    """To screen readers and in the tab; its policy lets its own style in and nothing else."""
    reply = small_page("设置 & 密码", "<p>…</p>", "zh", 404)
    page = reply.body.decode()
    assert reply.status == 404 and '<html lang="zh-CN">' in page and "<title>设置 &amp; 密码</title>" in page
    assert "<h1>设置 &amp; 密码</h1>" in page and "accept-language" in dict(reply.headers)[b"vary"].decode()
    assert "style-src 'sha256-" in dict(reply.headers)[b"content-security-policy"].decode()


def test_the_page_at_the_root_speaks_chinese_of_its_own_dialects_and_lets_others_speak() -> None:
    """A plug-in says what it is for in its own words."""
    spoken = (Spoken("native", "Native", "Everything.", "/"), Spoken("other", "Other", "Theirs.", "/o"))
    page = render(Face(doors=(DoorFace("default", "box:80", spoken),)), "box", "", secure=False, language="zh").decode()
    assert "Parlance 的全部功能" in page and "Everything." not in page and "Theirs." in page and "接口" in page


def chinese_of_the_page() -> dict[str, str]:
    """What the page says of codes and, as `kind_…`, of kinds."""
    files = [ROOT / "web" / "src" / "words" / f"{name}.zh.ts" for name in ("codes", "errors")]
    return {code: said for each in files for code, said in SENTENCE.findall(each.read_text("utf-8"))}


@pytest.mark.parametrize("told", [passwords.CHINESE, sign_in.CHINESE, KINDS], ids=["passwords", "sign-in", "kinds"])
def test_what_the_page_says_too_is_said_in_its_words(told: Mapping[str, str]) -> None:
    """A small page may say more behind it."""
    page = chinese_of_the_page()
    shared = {code: said for code, said in told.items() if code in page}
    assert len(shared) >= 4
    assert {code: said[: len(page[code])] for code, said in shared.items()} == {code: page[code] for code in shared}


def test_each_sentence_is_told_of_a_code_that_the_server_has() -> None:
    """One that was renamed would never be told."""
    package = ROOT / "src" / "parlance"
    said = "".join(path.read_text("utf-8") for path in package.rglob("*.py") if "dialects" not in path.parts)
    own = (package / "dialects" / "native" / "passwords.py").read_text("utf-8")
    codes = set(re.findall(r'"(\w+)"', said)) | set(re.findall(r'code="(\w+)"', own))
    assert {*passwords.CHINESE, *sign_in.CHINESE} - codes == set()
