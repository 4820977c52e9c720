"""Signing in with a provider, as a browser does it: away to the provider, back again, and on with a session's cookie.

These routes are open: whoever comes back from a provider comes from another origin, and knows nobody here yet. What
protects them is the cookie that the way there leaves in the browser (`core/accounts/federation/oidc.py`).
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from parlance.core.accounts.federation.operations import (
    PATH,
    BeginSignIn,
    FinishSignIn,
    ListProviders,
    Offers,
    cookie_of,
)
from parlance.dialects.native.cookies import cookie, cookies
from parlance.dialects.native.errors import fault_reply, status_of
from parlance.dialects.plain_page import Language, language_of, notice, small_page
from parlance.dialects.table import Do, Headers, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault

_QUIET: Headers = ((b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"))
"""State and code stand in addresses: no cache keeps them, and no page that follows is told of them."""
_TITLES: Mapping[Language, str] = {"en": "Nobody was signed in", "zh": "登录没有成功"}
_HOME: Mapping[Language, str] = {"en": "To the start", "zh": "回到首页"}
CHINESE: Mapping[str, str] = {
    "provider_misconfigured": "登录服务的配置有误，请联系管理员。可在设置的 accounts.oidc 中检查。",
    "provider_not_found": "没有这个登录服务。",
    "provider_unreachable": "暂时无法连接登录服务，请稍后重试。",
    "bad_vouching": "登录服务给出的证明无效。请重新开始。",
    "account_exists": "该名称或邮箱已有账号。请联系管理员。",
    "first_account_elsewhere": "第一个账号需在服务器本机上创建，或使用控制台令牌。",
    "too_many_sign_ins": "正在进行的登录过多，请稍后再试。",
    "session_over": "会话已结束，请重新登录。",
    "bad_back": "返回地址不是本服务器的路径。",
    "sign_in_unknown": "这次登录已经结束，或从未开始。请重新开始。",
    "sign_in_elsewhere": "这次登录是在另一个浏览器或另一个地址开始的。请从本服务器的地址重新开始。",
    "wrong_provider": "回应的不是所请求的登录服务。",
    "sign_in_declined": "登录服务没有让任何人登录。请重新开始。",
    "not_admitted": "这个账号不能登录这里，请联系管理员。",
    "account_disabled": "该账号已被停用。",
    "sign_up_closed": "这里不开放自行注册，请向管理员申请账号。",
}
"""By the codes of what can be wrong."""


async def offered(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in`: with which providers one can, and whether one can make an account."""
    return Reply(json_door.encode(await do(ListProviders())), headers=_QUIET)


async def begin(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in/{provider}`: the way there."""
    try:
        begun = await do(BeginSignIn(request.params["provider"], request.query.get("back", "")))
    except Fault as fault:
        return _failed(fault, request)
    # Who configured a provider said under which URL the server is found, whether its proxy is trusted or not.
    kept = cookie(request, begun.cookie, begun.browser, begun.seconds, path=begun.path, secure=begun.secure)
    return Reply(status=303, headers=(_location(begun.url), kept, *_QUIET))


async def finish(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in/{provider}/callback`: the way back."""
    query, state = request.query, request.query.get("state", "")
    operation = FinishSignIn(
        request.params["provider"],
        state,
        query.get("code", ""),
        query.get("error", ""),
        query.get("iss"),
        _kept(request, cookie_of(state)),
    )
    try:
        arrived = await do(operation)
    except Fault as fault:
        return _failed(fault, request)
    over = cookie(request, arrived.cookie, "", 0, path=arrived.path)
    begun = cookies(operation, arrived.signed, request)
    return Reply(status=303, headers=(_location(arrived.back), over, *begun, _QUIET[1]))


def _location(url: str) -> tuple[bytes, bytes]:
    return b"location", url.encode()


def _kept(request: Request, name: str) -> str | None:
    """What this browser keeps in a cookie."""
    pairs = (pair.partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value.strip() for key, _, value in pairs if key.strip() == name), None)


def _failed(fault: Fault, request: Request) -> Reply:
    """Why nobody was signed in: in words for a person where a browser asks, else a problem document."""
    if "text/html" not in request.headers.get("accept", ""):
        reply = fault_reply(fault, request)
        reply.headers = (*reply.headers, *_QUIET)
        return reply
    language = language_of(request)
    home = f'<p><a href="{html.escape(request.prefix)}/">{_HOME[language]}</a></p>'
    return small_page(_TITLES[language], notice(fault, language, CHINESE) + home, language, status_of(fault))


_PROVIDER = f"{PATH}/{{provider}}"
ROWS = (
    Row("GET", PATH, "providers", offered, (ListProviders,), "With whom one can sign in", gives=Offers, open=True),
    Row(
        "GET",
        _PROVIDER,
        "sign_in.begin",
        begin,
        (BeginSignIn,),
        "Sign in with a provider: sends the browser there",
        queries=(("back", "Where to go afterwards: a path of this server."),),
        statuses=(303,),
        open=True,
    ),
    Row(
        "GET",
        f"{_PROVIDER}/callback",
        "sign_in.finish",
        finish,
        (FinishSignIn,),
        "Come back from a provider",
        queries=(
            ("state", "What the way there gave to the provider."),
            ("code", "What the provider gives for it."),
            ("error", "Why it gives nothing."),
            ("iss", "Which provider this is (RFC 9207)."),
        ),
        statuses=(303,),
        open=True,
    ),
)
