"""The page behind a link with which somebody sets a password: a form, and what became of it. No script.

Opening it changes nothing and asks nobody, so that programs that look at links for people use none up. A page of
another origin cannot send the form; ours says where it comes from, so that this can be told.
"""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from parlance.core.accounts.link_operations import LINK_PATH, SetPassword
from parlance.core.accounts.password_rules import FEWEST, MOST
from parlance.dialects.native.errors import status_of
from parlance.dialects.native.page import FORM_HEADERS, framed
from parlance.dialects.table import HTML_TYPE, Do, Reply, Request, Row
from parlance.values.errors import Fault, Kind

LIMIT = 16 * 1024
"""Bytes of a form: four times what the longest password takes."""
_FORM = """<h2>Set your password</h2>
{notice}<form method="post">
<p><label>New password<br><input type="password" name="password" autocomplete="new-password" required></label></p>
<p><label>Once more<br><input type="password" name="again" autocomplete="new-password" required></label></p>
<p>{shortest} to {longest} characters. All other places where you are signed in are signed out.</p>
<p><button>Set it</button></p></form>"""
_DONE = """<section class="notice" aria-label="Password"><h2>Your password is set</h2>
<p>Sign in with it from now on. This link cannot be used again.</p></section>"""
_NOTICE = """<section class="notice" role="alert"><p>{message} {hint}</p></section>
"""


async def form(request: Request, do: Do) -> Reply:
    """`GET /parlance/password/{token}`: where to type it."""
    return _page(_form())


async def use(request: Request, do: Do) -> Reply:
    """`POST /parlance/password/{token}`: what was typed."""
    typed = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    password, again = (typed.get(name, [""])[0] for name in ("password", "again"))
    try:
        if password != again:
            raise Fault(Kind.invalid, "The two are not the same.", field="again", code="passwords_differ")
        await do(SetPassword(request.params["token"], password))
    except Fault as fault:
        return _page(_form(fault), status_of(fault))
    return _page(_DONE)


def _form(fault: Fault | None = None) -> str:
    """The form, with what was wrong the last time."""
    words = {} if fault is None else {"message": fault.message, "hint": fault.hint or ""}
    notice = _NOTICE.format(**{name: html.escape(text) for name, text in words.items()}) if words else ""
    return _FORM.format(notice=notice, shortest=FEWEST, longest=MOST)


def _page(content: str, status: int = 200) -> Reply:
    return Reply(framed(content), status=status, type=HTML_TYPE, headers=FORM_HEADERS)


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
        browser=True,
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
