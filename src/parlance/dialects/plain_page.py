"""A page that the server writes itself: one file in the look of the page, light and dark, nothing from elsewhere, no
script. What it says is there in each of `LANGUAGES`; the browser's own order of languages chooses."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Literal

from parlance.dialects.table import HTML_TYPE, Headers, Reply, Request
from parlance.values.errors import Fault, Kind

Language = Literal["en", "zh"]
LANGUAGES: Mapping[str, Language] = {"en": "en", "zh": "zh"}
"""By the first part of the tag that a browser sends."""
TAGS: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}

# The colours and sizes are those of `web/src/style/tokens.css`; its fonts have names that change with each build.
_STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#fafaf7, #12151b); --surface: light-dark(#fff, #191d25);
  --sunken: light-dark(#f1f1ec, #0d1015); --line: light-dark(#deded6, #2b313c); --edge: light-dark(#878b84, #6b7380);
  --text: light-dark(#1b2230, #e6e8ec); --muted: light-dark(#565e6e, #a9b0bd);
  --accent: light-dark(#2b4c9b, #9db4f5);
  --on-accent: light-dark(#fff, #0f1730); --danger: light-dark(#a3262a, #f0908f);
  font: 400 1rem/1.6 "Atkinson Hyperlegible Next", "PingFang SC", "Noto Sans SC", "Microsoft YaHei", system-ui,
  sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); overflow-wrap: anywhere; }
main { max-width: 45rem; margin: 0 auto; padding: 3rem 1rem; }
main.small { max-width: 30rem; padding-top: 14vh; }
h1 { margin: 0 0 1rem; font-size: 1.6875rem; line-height: 1.25; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.3125rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
dt { margin-top: 0.75rem; font-weight: 600; }
dd { margin: 0; }
a { color: var(--accent); text-underline-offset: 0.15em; }
code { font-family: "Atkinson Hyperlegible Mono", ui-monospace, monospace; font-size: 0.9375em;
  overflow-wrap: anywhere; }
label { display: block; font-size: 0.875rem; font-weight: 600; }
input { display: block; width: 100%; min-height: 2.75rem; margin-top: 0.25rem; padding: 0 0.75rem;
  border: 1px solid var(--edge); border-radius: 6px; background: var(--surface); color: var(--text); font: inherit; }
button { min-height: 2.75rem; padding: 0 1rem; border: 0; border-radius: 6px; background: var(--accent);
  color: var(--on-accent); font: inherit; font-size: 0.875rem; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.name, .quiet, details { color: var(--muted); font-size: 0.875rem; }
.notice { margin: 0 0 1.5rem; padding: 0.5rem 1rem; border-left: 3px solid var(--danger); background: var(--sunken); }
.notice h2 { margin-top: 0.5rem; }
.notice p { margin: 0.25rem 0; }
.notice strong { color: var(--danger); font-weight: 600; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="{tag}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><main{size}>
{content}
</main></body></html>
"""
_SMALL = """<p class="name">Parlance</p>
<h1>{title}</h1>
{content}"""
_NOTICE = """<section class="notice" role="alert"><p><strong>{what}</strong></p>{more}</section>
"""
_CHINESE_KINDS: Mapping[Kind, str] = {
    Kind.unauthenticated: "无法确认你的身份，请重新登录。",
    Kind.forbidden: "你没有权限这样做。",
    Kind.missing: "该内容已不存在。",
    Kind.over_budget: "暂时超出限额。请稍后再试。",
    Kind.busy: "服务器正忙，请稍后再试。",
    Kind.upstream: "服务器背后的服务没有正常响应。",
    Kind.timed_out: "用了太长时间。请重试。",
    Kind.internal: "服务器内部出错，详情见其日志。",
}
"""What is said of a fault whose code has no sentence; other kinds are `_CHINESE_OTHER`. All Chinese sentences are those
of `web/src/words`, and may say more behind them."""
_CHINESE_OTHER = "提交的内容有误。"
_CHINESE_DETAIL = "服务器原文（英文）"


def _headers(forms: str, referrer: bytes) -> Headers:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; base-uri 'none'; form-action {forms}; "
        "frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", referrer),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, accept-language"),
    )


PAGE_HEADERS = _headers("'none'", b"no-referrer")
FORM_HEADERS = _headers("'self'", b"same-origin")
"""Of a page with a form: with no referrer at all a browser would not say where the form comes from either."""


def language_of(request: Request) -> Language:
    """The first language of `Accept-Language` that there are words in; English where there is none."""
    wanted = [part.partition(";") for part in request.headers.get("accept-language", "").split(",")]
    ranked = sorted(((_weight(more), tag.strip().lower()) for tag, _, more in wanted), key=lambda one: -one[0])
    known = (
        LANGUAGES[tag.partition("-")[0]] for weight, tag in ranked if weight and tag.partition("-")[0] in LANGUAGES
    )
    return next(known, "en")


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def framed(content: str, language: Language = "en", title: str = "Parlance", *, small: bool = False) -> bytes:
    """A page with this content, which is markup already; `small` is one for a few sentences or a form."""
    size = ' class="small"' if small else ""
    page = _PAGE.format(tag=TAGS[language], title=html.escape(title), style=_STYLE, size=size, content=content)
    return page.encode()


def small_page(
    title: str, content: str, language: Language, status: int = 200, headers: Headers = PAGE_HEADERS
) -> Reply:
    """A reply with a small page. `title` is text, `content` markup."""
    body = framed(_SMALL.format(title=html.escape(title), content=content), language, title, small=True)
    return Reply(body, status=status, type=HTML_TYPE, headers=headers)


def notice(fault: Fault, language: Language, chinese: Mapping[str, str]) -> str:
    """What went wrong, as markup. In Chinese by `chinese`, sentences by code, or else by kind; the server's own words,
    which are English, stay in reach then. In any other language by those words."""
    if language != "zh":
        more = f"<p>{html.escape(fault.hint)}</p>" if fault.hint else ""
        return _NOTICE.format(what=html.escape(fault.message), more=more)
    what = chinese.get(fault.code or "") or _CHINESE_KINDS.get(fault.kind, _CHINESE_OTHER)
    words = html.escape(fault.sentence())
    detail = f'<details><summary>{_CHINESE_DETAIL}</summary><p lang="en">{words}</p></details>'
    return _NOTICE.format(what=html.escape(what), more=detail)
