"""The page behind a link with which somebody sets a password: a form, and what became of it. No script.

Opening it changes nothing and asks nobody, so that programs that look at links for people use none up. A page of
another origin cannot send the form; ours says where it comes from, so that this can be told.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import parse_qs

from parlance.core.accounts.link_operations import LINK_PATH, SetPassword
from parlance.core.accounts.password_rules import ADVISED, FEWEST, MOST
from parlance.dialects.native.errors import status_of
from parlance.dialects.plain_page import FORM_HEADERS, Language, language_of, notice, small_page
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values.errors import Fault, Kind

LIMIT = 16 * 1024
"""Bytes of a form: four times what the longest password takes."""
_FORM = """{notice}<form method="post">
<p><label>{new}<input type="password" name="password" autocomplete="new-password" required></label></p>
<p><label>{again}<input type="password" name="again" autocomplete="new-password" required></label></p>
<p class="quiet">{rule}</p>
<p><button>{set}</button></p></form>"""
_DONE = """<p role="status">{done_more}</p>
<p><a href="{home}">{sign_in}</a></p>"""
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Set your password",
        "new": "New password",
        "again": "Once more",
        "rule": f"{FEWEST} to {MOST} characters. All other places where you are signed in are signed out.",
        "set": "Set it",
        "done": "Your password is set",
        "done_more": "Sign in with it from now on. This link cannot be used again.",
        "sign_in": "Sign in",
    },
    "zh": {
        "title": "设置密码",
        "new": "新密码",
        "again": "再输入一次",
        "rule": f"{FEWEST} 到 {MOST} 个字符。你在其他地方的登录都会结束。",
        "set": "设置密码",
        "done": "密码已设置",
        "done_more": "今后请用新密码登录。这个链接不能再用。",
        "sign_in": "登录",
    },
}
CHINESE: Mapping[str, str] = {
    "passwords_differ": "两次输入的密码不一致。",
    "link_over": "链接已被使用、已过期，或从未有效。请向管理员索取新的链接。",
    "password_too_short": f"密码过短。请至少用 {FEWEST} 个字符，最好 {ADVISED} 个以上：几个词连在一起就容易记住。",
    "password_too_long": f"密码过长。最多 {MOST} 个字符。",
    "password_common": "这个密码太容易被猜到，请用几个互不相干的词。不要用人名或这里的名称。",
}
"""By the codes of what can be wrong."""


async def form(request: Request, do: Do) -> Reply:
    """`GET /parlance/password/{token}`: where to type it."""
    return _form(language_of(request))


async def use(request: Request, do: Do) -> Reply:
    """`POST /parlance/password/{token}`: what was typed."""
    language = language_of(request)
    typed = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    password, again = (typed.get(name, [""])[0] for name in ("password", "again"))
    try:
        if password != again:
            raise Fault(Kind.invalid, "The two are not the same.", field="again", code="passwords_differ")
        await do(SetPassword(request.params["token"], password))
    except Fault as fault:
        return _form(language, fault)
    words = _WORDS[language]
    return small_page(words["done"], _DONE.format(home=html.escape(request.prefix) + "/", **words), language)


def _form(language: Language, fault: Fault | None = None) -> Reply:
    """The form, with what was wrong the last time."""
    words = _WORDS[language]
    told = "" if fault is None else notice(fault, language, CHINESE)
    content = _FORM.format(notice=told, **words)
    status = 200 if fault is None else status_of(fault)
    return small_page(words["title"], content, language, status, FORM_HEADERS)


_PATH = f"{LINK_PATH}/{{token}}"
ROWS = (
    Row(
        "GET",
        _PATH,
        "password_link",
        form,
        (),
        "The page behind a link to set a password",
        media="text/html",
        open=True,
        anyone=True,
    ),
    Row(
        "POST",
        _PATH,
        "password_link.use",
        use,
        (SetPassword,),
        "Set a password with a link, as its page does",
        body="bytes",
        limit=LIMIT,
        media="text/html",
        anyone=True,
        browser=True,
    ),
)
