"""What holds for every route: who is let in, what is said of paths that there are not, ids of requests, origins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialects.weknora.served import serving, unknown_id
from tests.flows.callers import key_toml

KEY = "-".join(("sk", "weknora", "0123456789abcdef"))
TOML = key_toml(KEY, "program", "ada", scopes=["all"])


async def test_liveness_is_told_to_everybody_in_the_shape_of_the_door(tmp_path: Path) -> None:
    """`ok` where the dialect is alone, all that anybody expects where it stands beside others."""
    async with serving(tmp_path) as client:
        own = type(client)(client.server, door="weknora")
        assert await own.ask("GET //health") == {"status": "ok"}
        assert await own.ask("GET //as/weknora/health") == {"status": "ok"}
        assert (await client.ask("GET //health"))["status"] == "healthy"


async def test_who_is_nobody_is_told_to_sign_in_whatever_path_there_is(tmp_path: Path) -> None:
    """401 for a path that there is and for one that there is not; a line of text for who is known."""
    async with serving(tmp_path, toml=TOML) as client:
        missing = {"error": "Unauthorized: missing authentication"}
        assert await client.ask("GET /system/info", status=401) == missing
        assert await client.ask("GET /no/such/path", status=401) == missing
        answer = await client.with_key(KEY).call("GET /no/such/path")
        assert (answer.status, answer.body) == (404, b"404 page not found")
        assert answer.headers["content-type"].startswith("text/plain")
        wrong = await client.with_key("sk-wrong").ask("GET /system/info", status=401)
        assert wrong == {"error": "Unauthorized: invalid API key"}


async def test_a_bad_token_with_a_good_key_passes(tmp_path: Path) -> None:
    """The token is tried first; a key is no token."""
    async with serving(tmp_path, toml=TOML) as client:
        good = client.with_key(KEY)
        assert (await good.call("GET /system/info", authorization="Bearer ey.not.one")).status == 200
        assert (await good.call("GET /system/info", authorization="Basic abc")).status == 200
        bad = await client.ask("GET /system/info", status=401, authorization="Bearer ey.not.one")
        assert bad == {"error": "Unauthorized: missing authentication"}


async def test_what_runs_here_has_an_envelope_of_its_own(tmp_path: Path) -> None:
    """`code`, `msg` and `data` with the four names of a build."""
    async with serving(tmp_path, toml=TOML) as client:
        told = await client.with_key(KEY).ask("GET /system/info")
        assert (told["code"], told["msg"]) == (0, "success")
        assert set(told["data"]) == {"version", "commit_id", "build_time", "go_version"}


@pytest.mark.parametrize("id", ["abcdef123456", "x" * 128])
async def test_the_id_of_a_request_is_said_back(tmp_path: Path, id: str) -> None:
    """Those of the front-end have twelve characters, others may have more than a database of the original took."""
    async with serving(tmp_path, toml=TOML) as client:
        answer = await client.with_key(KEY).call("GET /system/info", x_request_id=id)
        assert answer.headers["x-request-id"] == id
        assert (await client.call("GET //health")).headers["x-request-id"]


async def test_a_page_of_another_origin_may_ask_with_a_token_of_its_own(tmp_path: Path) -> None:
    """A preflight needs nobody; a page that shows nothing is nobody, even on the machine that nobody has claimed."""
    page = {"origin": "https://front.example"}
    async with serving(tmp_path) as client:
        asks = {**page, "access_control_request_method": "POST", "access_control_request_headers": "x-api-key"}
        preflight = await client.call("OPTIONS /system/info", **asks)
        assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")
        assert "X-API-Key" in preflight.headers["access-control-allow-headers"]
        assert (await client.call("GET /system/info")).status == 200
        assert (await client.call("GET /system/info", **page)).status == 401
    async with serving(tmp_path, toml=TOML) as client:
        assert (await client.with_key(KEY).call("GET /system/info", **page)).status == 200
        assert (await client.call("OPTIONS /no/such/path")).status == 404


@pytest.mark.parametrize(("strict", "status", "code"), [(False, 404, 1003), (True, 500, 1007)])
async def test_a_row_that_is_missing_is_404_unless_the_original_is_wanted(
    tmp_path: Path, strict: bool, status: int, code: int
) -> None:
    """What the original has right, and what can be guessed, is 404 in any case."""
    async with serving(tmp_path, toml=f"{TOML}[weknora]\nstrict = {str(strict).lower()}\n") as client:
        known = client.with_key(KEY)
        missing = await known.ask(f"GET /knowledge-bases/{unknown_id()}", status=status)
        assert missing["error"]["code"] == code and missing["success"] is False
        for path in (f"/models/{unknown_id()}", "/tenants/99999"):
            assert (await known.ask(f"GET {path}", status=404))["error"]["code"] == 1003
