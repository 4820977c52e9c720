"""What is remarked on a document is said in the language of whoever reads the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers
from tests.browser.conftest import Windows
from tests.browser.people import Person

TEA = "茶叶生长在阿萨姆邦，咖啡则生长在喀拉拉邦。这是一个很长的句子，其中有许多常用的字。\n" * 9
LANGUAGES = {
    "zh-CN": ("有 2 条读取说明", "已按 GB18030 读取", "只能按字词找到"),
    "en-US": ("2 remarks on how it was read", "it was read as GB18030", "It is found by its words only"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guessed_encoding_is_told_in_the_language_of_the_page(
    windows: Windows, server: Server, language: str
) -> None:
    """And so is what the server itself remarks: nothing of it is marked as being in another language."""
    count, *told = LANGUAGES[language]
    me = Person(server)
    base = me.do("bases.create", name="Letters", embedder="")["id"]
    me.add(base, "tea.txt", TEA.encode("gb18030"))
    page = windows(at=server, language=language).tab(f"/bases/{base}")
    listed = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="tea.txt"))
    listed.get_by_text(count).click()
    for words in told:
        expect(listed.get_by_role("listitem").filter(has_text=words)).to_be_visible()
    expect(listed.locator("[lang]")).to_have_count(0)
    assert barriers(page, strict=True) == []
