"""A folder is brought into a base from the page: shown first, and then done; what it did not put there stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers, clipped, misplaced, sideways
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import button, until

UPLOADS = "**/documents.upload?*"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder as people have them."""
    folder = tmp_path / "papers"
    for name, text in {
        "tea.txt": "Tea is grown in Assam.",
        "deep/coffee.md": "Coffee is grown in Kerala.",
        "rice.txt": "Rice is grown in Bihar.",
        "film.mp4": "no film",
        "empty.txt": "",
        ".secret": "hidden",
        "drafts/old.txt": "A draft.",
        ".gitignore": "drafts/\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def opened(windows: Windows, shelf: Server, name: str, **look: object) -> tuple[Page, Person, str]:
    """A new base of this name, open in a window."""
    me = Person(shelf)
    base = me.do("bases.create", name=name, embedder="")["id"]
    page = windows(at=shelf, **look).tab(f"/bases/{base}")
    return page, me, base


def chosen(page: Page, folder: Path, choose: str = "Choose a folder", titled: str = "Folder “{}”") -> Locator:
    """Choose a folder by the keyboard; gives the part of the page that tells of it."""
    with page.expect_file_chooser() as chooser:
        button(page, choose).press("Enter")
    chooser.value.set_files(folder)
    region = page.get_by_role("region", name=titled.format(folder.name))
    expect(region.get_by_role("heading")).to_be_focused()
    return region


def group(region: Locator, title: str) -> Locator:
    """What is named under one of the headings of a preview."""
    shown = region.get_by_role("group").filter(has_text=re.compile(rf"^\s*{title}"))
    if shown.get_attribute("open") is None:
        shown.locator("summary").press("Enter")
    return shown.get_by_role("listitem")


def names(me: Person, base: str) -> list[str]:
    """What the base's documents are called."""
    return sorted(each["name"] for each in me.do("documents.list", base=base)["documents"])


def ready(page: Page, me: Person, base: str) -> None:
    """Wait until all is read."""

    def states() -> set[str]:
        return {each["state"] for each in me.do("documents.list", base=base)["documents"]}

    until(page, lambda: states() == {"ready"})


def apply(region: Locator) -> None:
    """Do what is shown, by the keyboard."""
    button(region, "Bring the base in step").press("Enter")
    expect(region.get_by_role("status")).to_have_text(re.compile(r"^\s*Done\."))


def test_a_folder_is_shown_and_then_brought_in_step(windows: Windows, shelf: Server, papers: Path) -> None:
    """Nothing is changed before it is pressed; a second time there is nothing to do."""
    page, me, base = opened(windows, shelf, "Papers")
    region = chosen(page, papers)
    expect(region.get_by_role("status")).to_have_text("This is what would be done. Nothing is changed yet.")
    expect(group(region, "3 to add")).to_have_text([re.compile(rf"^{n}\b") for n in ("deep/coffee.md", "rice", "tea")])
    left = group(region, "5 left out")
    for name, why in (
        ("film.mp4", "not a format that is read"),
        ("empty.txt", "empty"),
        (".secret", "hidden"),
        (".gitignore", "hidden"),
        ("drafts/old.txt", "named in .gitignore or .parlanceignore"),
    ):
        expect(left.filter(has_text=name).filter(has_text=why)).not_to_have_count(0)
    assert barriers(page, strict=True) == [] and misplaced(page) == []
    assert names(me, base) == []
    apply(region)
    expect(region).to_contain_text("3 added")
    expect(page.get_by_role("list", name="Documents").get_by_role("listitem")).to_have_count(3)
    assert names(me, base) == ["deep/coffee.md", "rice.txt", "tea.txt"]
    button(region, "Close").last.press("Enter")
    expect(button(page, "Choose a folder")).to_be_focused()
    ready(page, me, base)
    region = chosen(page, papers)
    expect(region.get_by_role("status")).to_contain_text("There is nothing to do.")
    expect(group(region, "3 unchanged")).to_have_count(3)
    expect(button(region, "Bring the base in step")).to_have_count(0)
    assert barriers(page, strict=True) == []


def test_what_changed_is_replaced_and_only_its_own_is_removed(windows: Windows, shelf: Server, papers: Path) -> None:
    """A renamed file is not sent again; what somebody uploaded stays, and what is gone stays until it is said."""
    page, me, base = opened(windows, shelf, "Changing")
    me.add(base, "by-hand.txt", b"Put there by hand.")
    region = chosen(page, papers)
    expect(group(region, "1 in the base that this folder did not put there")).to_have_text("by-hand.txt")
    apply(region)
    ready(page, me, base)
    (papers / "tea.txt").write_text("Tea is grown in Assam and in Darjeeling.")
    (papers / "deep" / "coffee.md").rename(papers / "coffee.md")
    (papers / "rice.txt").unlink()
    region = chosen(page, papers)
    expect(group(region, "1 to replace by a newer version")).to_have_text(re.compile("^tea.txt"))
    expect(group(region, "1 to rename")).to_have_text("coffee.md from deep/coffee.md")
    expect(group(region, "1 whose file is gone")).to_have_text("rice.txt")
    assert barriers(page, strict=True) == []
    apply(region)
    for done in ("1 replaced", "1 renamed", "1 kept"):
        expect(region.get_by_text(done, exact=True)).to_be_visible()
    assert names(me, base) == ["by-hand.txt", "coffee.md", "rice.txt", "tea.txt"]
    [tea] = [each for each in me.do("documents.list", base=base)["documents"] if each["name"] == "tea.txt"]
    assert tea["size"] == (papers / "tea.txt").stat().st_size
    region = chosen(page, papers)
    region.get_by_role("checkbox", name="Remove 1 document whose files are gone").press("Space")
    apply(region)
    expect(region.get_by_role("listitem")).to_have_text(re.compile(r"rice\.txt\s+removed"))
    assert names(me, base) == ["by-hand.txt", "coffee.md", "tea.txt"]
    expect(page.get_by_role("link", name="rice.txt")).to_have_count(0)


def test_another_folder_of_the_same_name_is_given_one_of_its_own(
    windows: Windows, shelf: Server, papers: Path, tmp_path: Path
) -> None:
    """It is told that it looks like another one; by another name nothing of the first is touched."""
    page, me, base = opened(windows, shelf, "Two of a name")
    apply(chosen(page, papers))
    other = tmp_path / "elsewhere" / "papers"
    other.mkdir(parents=True)
    (other / "wheat.txt").write_text("Wheat is grown in Punjab.")
    region = chosen(page, other)
    expect(group(region, "3 whose files are gone")).to_have_count(3)
    expect(region).to_contain_text("If this is another folder, give it another name below.")
    name = region.get_by_role("combobox", name="Name of the folder in this base")
    name.fill("Not sound")
    expect(button(region, "Bring the base in step")).to_be_disabled()
    name.fill("second-papers")
    expect(region.get_by_role("group").filter(has_text="whose files are gone")).to_have_count(0)
    apply(region)
    places = {each["place"].split("/")[0] for each in me.do("documents.list", base=base)["documents"]}
    assert len(places) == 2 and "second-papers" in places
    assert len(names(me, base)) == 4


def test_what_is_stopped_half_way_goes_on(windows: Windows, shelf: Server, papers: Path) -> None:
    """From the same page, and after it was left: only what is not there is sent."""
    for number in range(12):
        (papers / f"page-{number:02}.txt").write_text(f"This is page {number}.")
    page, me, base = opened(windows, shelf, "Half way")
    sent: list[str] = []

    def pass_five(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) <= 5:  # the others hang
            route.continue_()

    page.route(UPLOADS, pass_five)
    region = chosen(page, papers)
    button(region, "Bring the base in step").press("Enter")
    expect(region.get_by_role("status")).to_have_text("5 of 15 files sent")
    expect(region.get_by_role("listitem")).to_have_count(3)
    assert barriers(page, strict=True) == [] and len(sent) == 8
    button(region, "Stop").press("Enter")
    expect(region.get_by_role("status")).to_contain_text("Stopped. 10 files were not sent.")
    assert barriers(page, strict=True) == [] and len(names(me, base)) == 5
    page.unroute(UPLOADS)
    page.reload()
    page.on("request", lambda request: sent.append(request.url) if "/documents.upload?" in request.url else None)
    region = chosen(page, papers)
    expect(group(region, "10 to add")).to_have_count(10)
    apply(region)
    assert len(names(me, base)) == 15 and len(sent) == 8 + 10


def test_a_file_that_fails_is_tried_again(windows: Windows, shelf: Server, papers: Path) -> None:
    """The others arrive; a server that asks to wait is waited for, and one that is gone ends it until it goes on."""
    window = windows(at=shelf)
    window.tolerate("50[03]|ERR_FAILED")
    me = Person(shelf)
    base = me.do("bases.create", name="Failing", embedder="")["id"]
    page = window.tab(f"/bases/{base}")
    asked: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        asked.append(url)
        if "tea" in url and sum("tea" in each for each in asked) == 1:
            route.fulfill(status=500, json={"code": "internal", "detail": "It broke.", "type": "internal"})
        elif "rice" in url and sum("rice" in each for each in asked) == 1:
            route.fulfill(status=503, headers={"retry-after": "1"}, json={"code": "busy", "detail": "Later."})
        elif "coffee" in url and sum("coffee" in each for each in asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(UPLOADS, answer)
    region = chosen(page, papers)
    button(region, "Bring the base in step").press("Enter")
    expect(region.get_by_role("status")).to_have_text("Done, but for what is named here.")
    expect(region).to_contain_text("1 added")
    expect(region.get_by_role("listitem")).to_have_count(2)
    assert names(me, base) == ["rice.txt"] and barriers(page, strict=True) == []
    region.get_by_role("button", name=re.compile(r"^Try again.*tea\.txt")).press("Enter")
    expect(region).to_contain_text("2 added")
    region.get_by_role("button", name=re.compile(r"^Try again.*coffee\.md")).press("Enter")
    expect(region.get_by_role("status")).to_have_text(re.compile("^Done\\. "))
    assert names(me, base) == ["deep/coffee.md", "rice.txt", "tea.txt"]


def test_what_arrives_and_cannot_be_read_is_told_of_too(windows: Windows, shelf: Server, tmp_path: Path) -> None:
    """Seconds after all was sent; of a file that failed before, both sentences are sentences."""
    page, _, _ = opened(windows, shelf, "Broken")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "tea.txt").write_text("Tea is grown in Assam.")
    (mixed / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    region = chosen(page, mixed)
    button(region, "Bring the base in step").click()
    expect(region).to_contain_text("1 added")
    expect(region).to_contain_text("1 failed")
    expect(region.get_by_role("listitem").filter(has_text="broken.pdf")).to_contain_text("failed: ")
    expect(region.get_by_role("status")).to_have_text("Done, but for what is named here.")
    button(region, "Close").last.press("Enter")
    (mixed / "rice.txt").write_text("Rice is grown in Bengal.")
    region = chosen(page, mixed)
    button(region, "Bring the base in step").click()
    expect(region).to_contain_text("1 added")
    told = region.get_by_role("listitem").filter(has_text="broken.pdf")
    expect(told).to_contain_text("it is there, and could not be read")
    expect(told).not_to_contain_text(". it is")
    assert barriers(page, strict=True) == []


def test_a_folder_is_dropped(windows: Windows, shelf: Server, papers: Path) -> None:
    """It is shown as one that was chosen, and says of itself which folders are empty."""
    (papers / "bare").mkdir()
    page, me, base = opened(windows, shelf, "Dropped")
    me.add(base, "nothing.txt", b"Nothing.")
    data = {"items": [], "files": [str(papers)], "dragOperationsMask": 1}
    line, choose = page.context.new_cdp_session(page), page.get_by_role("button", name="Choose files")
    before = choose.bounding_box()
    for kind in ("dragEnter", "dragOver", "dragOver", "drop"):
        line.send("Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 300, "data": data})
        if kind == "dragOver":  # a browser drops nothing where the page has not said yet that it takes it
            expect(page.get_by_text("Let go to add them")).to_be_visible()
            assert choose.bounding_box() == before, "the page moved below what is held over it"
    region = page.get_by_role("region", name="Folder “papers”")
    expect(group(region, "3 to add")).to_have_count(3)
    apply(region)
    assert names(me, base) == ["deep/coffee.md", "nothing.txt", "rice.txt", "tea.txt"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_there_in_chinese_and_on_a_small_screen(
    windows: Windows, shelf: Server, papers: Path, theme: str
) -> None:
    """All of it fits, and none of it is a barrier."""
    (papers / f"a-name-of-some-length-{'that-goes-on-' * 8}.txt").write_text("Long.")
    look = {"width": 320, "theme": theme, "language": "zh-CN"}
    page, me, base = opened(windows, shelf, f"茶 {theme}", **look)
    region = chosen(page, papers, "选择文件夹", "文件夹“{}”")
    expect(region.get_by_role("status")).to_have_text("将要做的事如下，目前尚未更改任何内容。")
    for title in ("新增 4 个", "略过 5 个"):
        expect(group(region, title).first).to_be_visible()
    assert (barriers(page, strict=True), sideways(page), clipped(page)) == ([], [], [])
    button(region, "使知识库与文件夹一致").press("Enter")
    expect(region.get_by_role("status")).to_contain_text("完成")
    assert (barriers(page, strict=True), sideways(page), clipped(page)) == ([], [], [])
    assert len(names(me, base)) == 4
