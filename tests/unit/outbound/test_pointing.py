"""Addresses for engines to fetch: public ones, and the operator's own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parlance.outbound.pointing import Pointing
from parlance.values.errors import Fault, Kind

PUBLIC = ("93.184.215.14",)


class Names:
    """A resolver that counts what it is asked."""

    def __init__(self, *addresses: str, fault: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._addresses, self._fault = addresses, fault

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if self._fault is not None:
            raise self._fault
        return self._addresses


async def is_refused(pointing: Pointing, url: str) -> bool:
    try:
        await pointing(url)
    except Fault as fault:
        assert (fault.kind, fault.code) == (Kind.invalid, "address_refused")
        return True
    return False


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.png",
        "http://[::ffff:10.0.0.1]/x.png",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/x.png",
        "http://metadata.google.internal/",
        "http://user:word@h.test/",
        "file:///etc/passwd",
        "ftp://h.test/x",
        "",
    ],
)
async def test_what_is_of_this_network_or_no_plain_address_is_refused_without_a_look_up(url: str) -> None:
    names = Names(*PUBLIC)
    assert await is_refused(Pointing(resolve=names), url)
    assert names.asked == []


async def test_a_name_is_judged_by_all_that_it_stands_for() -> None:
    assert not await is_refused(Pointing(resolve=Names(*PUBLIC)), "https://h.example/x.png")
    assert await is_refused(Pointing(resolve=Names(*PUBLIC, "10.0.0.1")), "https://h.example/x.png")


@pytest.mark.parametrize("fault", [OSError("no such name"), TimeoutError(), UnicodeError("bad label")])
async def test_a_name_that_nobody_here_knows_passes(fault: Exception) -> None:
    assert not await is_refused(Pointing(resolve=Names(fault=fault)), "https://h.example/x.png")


async def test_the_operators_own_origins_pass_whole() -> None:
    pointing = Pointing(("http://nas.lan:9000", "http://10.0.0.5"), resolve=Names("10.0.0.4"))
    assert not await is_refused(pointing, "http://nas.lan:9000/x.png")
    assert not await is_refused(pointing, "http://10.0.0.5/x.png")
    for url in ("http://nas.lan:9001/x.png", "https://nas.lan:9000/x.png", "http://10.0.0.5:81/x.png"):
        assert await is_refused(pointing, url)
