"""A browser that watches over what it shows: nothing may leave the origin, and nothing may go wrong unseen."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SILENT = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
"""Root has no sandbox in a container; the rest keeps the browser itself from asking anybody anything."""
PATIENCE = 20_000
"""Milliseconds until something counts as not coming: it comes at once, but the machine may have other work."""
THEMES = ("light", "dark")
WIDTHS = (320, 1440)
_AXE_RUN = """(tags) => axe.run({ exclude: ["a.skip"] }, {
  resultTypes: ["violations"],
  ...(tags.length ? { runOnly: tags } : {}),
})"""
_CHOOSE = """try {
  localStorage.getItem("parlance.prefs") ?? localStorage.setItem("parlance.prefs", %s);
} catch { /* a frame without an origin keeps nothing */ }"""
_INWARD = ("data:", "blob:", "about:")
_SIDEWAYS = """() => {
  const most = document.documentElement.clientWidth;
  const far = [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    const spills = each.clientWidth && getComputedStyle(each).overflowX === "visible";
    const right = Math.max(box.right, spills ? box.left + each.scrollWidth : 0);
    if (!box.width || !box.height || right <= most + 1) return false;
    for (let at = each.parentElement; at && at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return false;
    return getComputedStyle(each).position !== "fixed" || box.left < most;
  });
  const scrolls = document.documentElement.scrollWidth > most + 1 ? ["the page itself scrolls sideways"] : [];
  return [...scrolls, ...far.slice(0, 5).map((each) => each.outerHTML.slice(0, 120))];
}"""
_HEADINGS = """() => {
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
  const all = [...(modal ?? document).querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const seen = all.filter((each) => each.checkVisibility());
  const levels = seen.map((each) => Number(each.tagName[1]));
  const odd = seen.filter((_, at) => levels[at] > (at ? levels[at - 1] + 1 : modal ? 2 : 1));
  return odd.map((each) => each.outerHTML.slice(0, 120));
}"""
_CLIPPED = """() => {
  const cut = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const own = text.parentElement;
    if (!text.data.trim() || !own.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0.5);
    for (let at = own; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      if (box.width <= 1.5 || box.height <= 1.5 || style.clipPath !== "none") break;
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      const aside = boxes.some((one) => one.right > box.right + 1.5 || one.left < box.left - 1.5);
      const below = boxes.some((one) => one.bottom > box.bottom + 2 || one.top < box.top - 2);
      const meant = style.textOverflow === "ellipsis" && at.closest("[title], a, [role=treeitem], li button");
      const lines = style.webkitLineClamp !== "none" && at.closest("[title], a, button");
      if (style.overflowX !== "visible" && aside && !meant && !lines) cut.push(at);
      else if (style.overflowY !== "visible" && below && !meant && !lines) cut.push(at);
      if (style.position === "fixed" || at.matches("dialog, [popover]")) break;
    }
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]"))
    if (!field.value && field.checkVisibility() && field.scrollWidth > field.clientWidth + 1) cut.push(field);
  const told = (each) => `${each.outerHTML.slice(0, 160)} … ${each.textContent.slice(0, 80)}`;
  return [...new Set(cut)].slice(0, 5).map(told);
}"""

expect.set_options(timeout=PATIENCE)


def chromium() -> str | None:
    """Where this machine's Chromium is."""
    return next((path for name in NAMES if (path := shutil.which(name, path=os.environ.get("PATH")))), None)


class Window:
    """One browser of one person: its own cookies and storage, and any number of tabs at one origin.

    `prefs` are what this person chose before (`web/src/state/prefs.svelte.ts`); they are written once, so that what is
    chosen later stays.
    """

    def __init__(self, browser: Browser, origin: str, prefs: Mapping[str, Any], **settings: Any) -> None:
        self.origin = origin
        self.faults: list[str] = []
        """What went wrong so far; a test that ends with some fails."""
        self._tolerated: list[str] = []
        self.context: BrowserContext = browser.new_context(base_url=origin, **settings)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_CHOOSE % json.dumps(json.dumps(prefs)))
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.context.on("request", self._asked)

    def tab(self, path: str = "/") -> Page:
        """Another tab, at a path of the server."""
        page = self.context.new_page()
        page.goto(path)
        return page

    def tolerate(self, pattern: str) -> None:
        """Expect messages of the console that match, such as the browser's own word about an answer with status 401."""
        self._tolerated.append(pattern)

    def close(self) -> None:
        """Close it. Raises AssertionError with all that went wrong."""
        self.context.close()
        left = [fault for fault in self.faults if not any(re.search(each, fault) for each in self._tolerated)]
        if left:
            raise AssertionError("\n".join(left))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        url = request.url
        if not url.startswith(_INWARD) and urlsplit(url)[:2] != urlsplit(self.origin)[:2]:
            self.faults.append(f"a request left the origin: {url}")


def looks(*, width: int = 1440, theme: str = "light", language: str = "en-US", **more: Any) -> Mapping[str, Any]:
    """Settings of a window: a phone of 320 px is touched, a wide one is a desk."""
    phone = width < 600
    size = {"width": width, "height": 640 if phone else 900}
    return {"viewport": size, "color_scheme": theme, "locale": language, "has_touch": phone, **more}


def sideways(page: Page) -> list[str]:
    """What reaches beyond the right edge of the window, and is not in a box that scrolls by itself."""
    found: list[str] = page.evaluate(_SIDEWAYS)
    return found


def misplaced(page: Page) -> list[str]:
    """Headings that come before the page's own, or that skip a level; in a dialog those of the dialog count."""
    found: list[str] = page.evaluate(_HEADINGS)
    return found


def clipped(page: Page) -> list[str]:
    """Where text is cut off and nobody can read the rest: neither is an ellipsis meant, nor does something scroll.

    What ends in an ellipsis has to be a link, or to tell the whole in its title.
    """
    found: list[str] = page.evaluate(_CLIPPED)
    return found


def barriers(page: Page, *, strict: bool = False, only: Sequence[str] = ()) -> list[str]:
    """What axe finds against WCAG 2.2 AA (`strict`: and good practice; `only`: these of its rules), each with
    its first places.

    The skip link is left out: axe knows one only by a fragment as its address, which `<base>` would make another page.
    """
    page.evaluate(AXE.read_text("utf-8"))
    tags = [] if strict else ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    result: Mapping[str, Any] = page.evaluate(_AXE_RUN, list(only) or tags)
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in result["violations"]
    ]
