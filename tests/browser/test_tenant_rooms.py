"""Whoever looks after a server sees how much room the documents of each tenant take, and what they may take."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import THEMES, barriers, clipped, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.people import Person, enter, first


class Firm(NamedTuple):
    """A server with accounts, and its operator."""

    server: Server
    ada: Person


@pytest.fixture(scope="module")
def firm(serving: Serving) -> Firm:
    """Documents may take a gigabyte there, unless somebody says otherwise; some are in the operator's own tenant."""
    server = serving(toml='[models]\ndefault = "quote"\n[knowledge]\ntenant_quota_mb = 1000\n')
    ada = first(server)
    ada.add(ada.do("bases.create", name="Leaves", embedder="")["id"], "tea.txt", b"Tea is grown in Assam. " * 400)
    return Firm(server, ada)


@pytest.fixture
def tenants(firm: Firm) -> Iterator[tuple[str, str, str]]:
    """Three of their own for each test and each of its runs: as the settings say, without a bound, and full."""
    mark = uuid4().hex[:8]
    names = (f"Usual {mark}", f"Free {mark}", f"Full {mark}, whose name is longer than those of the others")
    ids = [firm.ada.do("tenants.create", name=name)["id"] for name in names]
    firm.ada.do("storage.set", tenant=ids[1], unlimited=True)
    firm.ada.do("storage.set", tenant=ids[2], quota=0)
    yield names


def opened(windows: Windows, firm: Firm, **look: object) -> Page:
    """The page of the tenants."""
    return enter(windows(at=firm.server, **look)).tab("/settings/tenants")


def row(page: Page, name: str) -> tuple[Locator, Locator]:
    """What is told of a tenant, and how full its room is."""
    line = page.get_by_role("list", name="Tenants").get_by_role("listitem").filter(has_text=name)
    return line, line.get_by_role("progressbar", name=f"Room that documents of {name} take")


def test_the_room_of_each_tenant_is_told_in_figures_and_by_a_bar(
    windows: Windows, firm: Firm, tenants: tuple[str, str, str]
) -> None:
    """One without a bound has no bar; one that is full says so in words."""
    usual, free, full = tenants
    page = opened(windows, firm)
    line, bar = row(page, usual)
    words = "0 bytes of 1 GB for documents are used"
    expect(line).to_contain_text(f"{words} · 0 documents")
    expect(bar).to_have_attribute("aria-valuetext", f"{words} · 0 documents")
    line, bar = row(page, free)
    expect(line).to_contain_text("0 bytes for documents are used, without a bound")
    expect(line).to_contain_text("as set for this tenant")
    expect(bar).to_have_count(0)
    line, bar = row(page, full)
    expect(line).to_contain_text("Nothing more fits.")
    assert bar.evaluate("(bar) => bar.value / bar.max") == 1
    assert barriers(page, strict=True) == []


def test_what_the_documents_of_a_tenant_take_is_counted(
    windows: Windows, firm: Firm, tenants: tuple[str, str, str]
) -> None:
    """As it is now: the page is told nothing of it, and reads it when it is opened; in Chinese as well."""
    [own] = [each["name"] for each in firm.ada.do("tenants.list")["tenants"] if each["id"] == "default"]
    taken = firm.ada.do("storage.read")
    assert taken["documents"] == 1 and taken["used"] > 0
    page = opened(windows, firm, language="zh-CN")
    line = page.get_by_role("list", name="租户").get_by_role("listitem").filter(has_text="1 个文档")
    bar = line.get_by_role("progressbar", name=f"{own} 的文档占用的空间")
    assert bar.evaluate("(bar) => bar.value / bar.max") == pytest.approx(taken["used"] / taken["quota"])


@pytest.mark.parametrize(("theme", "width"), tuple(product(THEMES, (375, 1280))))
def test_the_rooms_fit_and_bar_nobody(
    windows: Windows, firm: Firm, tenants: tuple[str, str, str], theme: str, width: int
) -> None:
    """On a phone and on a desk, light and dark."""
    page = opened(windows, firm, theme=theme, width=width)
    expect(row(page, tenants[2])[0]).to_contain_text("Nothing more fits.")
    expect(row(page, tenants[0])[1]).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
