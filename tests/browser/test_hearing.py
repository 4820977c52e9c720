"""Who writes down what is said in files of sound is chosen in the settings of a base."""

from __future__ import annotations

from playwright.sync_api import expect

from parlance.testing.documents.sounds import silence
from parlance.testing.upstreams import MockOpenAI
from tests.browser.browsing import barriers
from tests.browser.conftest import Serving, Windows
from tests.browser.people import Person
from tests.browser.talking import button, choose, dialog

HEARING = """[models]
default = "quote"
[[connections]]
name = "hearing"
base_url = "%s"
models = ["mock-whisper", "mock-plain-whisper"]
"""


def test_a_base_chooses_who_writes_down_what_is_said(serving: Serving, windows: Windows, upstream: MockOpenAI) -> None:
    """The choice is kept, can be none at all, and counts for the next file."""
    server = serving(toml=HEARING % upstream.base_url)
    me = Person(server)
    base = me.do("bases.create", name="Talks", embedder="")["id"]
    page = windows(at=server).tab(f"/bases/{base}")
    for choice, kept in (("None", ""), ("mock-plain-whisper", "mock-plain-whisper")):
        choose(page, "More of this base", "Settings of the base")
        form = dialog(page, "Settings of the base")
        form.get_by_text("How documents are cut").click()
        form.get_by_label("Model that writes down what is said").select_option(label=choice)
        assert barriers(page, strict=True) == []
        button(form, "Save").click()
        expect(form).to_have_count(0)
        assert me.do("bases.read", base=base)["options"]["transcriber"] == kept
    me.add(base, "talk.wav", silence())
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_contain_text("1 passage")
