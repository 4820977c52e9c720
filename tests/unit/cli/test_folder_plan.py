"""What is to be done so that a base has what a folder has, and what must never be done."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlance.cli.folder import looked
from parlance.cli.folder_outcome import KEPT_FAILED, Sent, Told, outcome
from parlance.cli.folder_plan import (
    EMPTY,
    NEVER_READ,
    RESTLESS,
    STRANGE,
    UNSEEN,
    Gone,
    Plan,
    Planner,
    still_gone,
)
from parlance.cli.index_told import line, summary
from parlance.core.knowledge.remarks import BEING_RECUT
from parlance.values.extras import PACKAGE, advice

US = "papers"


def sha(text: str) -> str:
    """As the server has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def document(text: str = "one", **about: Any) -> dict[str, Any]:
    """A document as the server tells of it."""
    return {
        "id": "d1",
        "name": "one.txt",
        "source": "upload",
        "state": "ready",
        "chunks": 1,
        "sha256": sha(text),
        **about,
    }


def ours(path: str, text: str, id: str = "d1", **about: Any) -> dict[str, Any]:
    """One that this folder's sync put there."""
    return document(text, id=id, source="folder", place=f"{US}/{path}", name=path, **about)


def folder(at: Path, **files: str) -> Path:
    """A folder with these files, `__` for a dot and `___` for a slash."""
    for name, text in files.items():
        path = at / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return at


def plan(at: Path, *there: dict[str, Any], restless: frozenset[str] = frozenset(), **more: Any) -> Plan:
    """What is to be done."""
    return Planner(at, US, **more).planned(looked(at), there, restless)


def test_only_bytes_that_are_not_there_are_new(tmp_path: Path) -> None:
    """Whatever they are called; twice in the folder they are sent once."""
    made = plan(folder(tmp_path, moved__md="one", two__md="two", twice__md="two"), document())
    assert [file.name for file in made.new] == ["twice.md"] and made.changed == frozenset()
    assert made.told == [
        Told("moved.md", "unchanged", "as one.txt", "d1"),
        Told("two.md", "unchanged", "the same bytes as twice.md"),
    ]
    assert (made.moved, made.removed, made.outdated) == ([], [], {})


def test_a_file_with_other_bytes_takes_its_versions_place(tmp_path: Path) -> None:
    """The version goes when the file is there as it is now; of a document that somebody uploaded nothing is said."""
    made = plan(folder(tmp_path, one__txt="more"), ours("one.txt", "one"), document("else", id="d2"))
    assert made.changed == {"one.txt"} and made.outdated == {"one.txt": [Gone("one.txt", "d1", absent=False)]}
    assert made.removed == []


def test_a_version_waits_for_the_bytes_wherever_they_are(tmp_path: Path) -> None:
    """It is now what another file is that is to be sent first."""
    made = plan(folder(tmp_path, a__txt="same", b__txt="same"), ours("b.txt", "before"))
    assert [file.name for file in made.new] == ["a.txt"] and made.changed == {"b.txt"}
    assert made.outdated == {"a.txt": [Gone("b.txt", "d1", absent=False)]}


def test_a_file_of_another_name_is_renamed(tmp_path: Path) -> None:
    """Two that changed places, too; one that is there twice stays where it is."""
    at = folder(tmp_path, a__txt="b", b__txt="a", c__txt="c", d__txt="c")
    made = plan(at, ours("a.txt", "a", "1"), ours("b.txt", "b", "2"), ours("d.txt", "c", "3"), ours("e.txt", "c2", "4"))
    assert [(gone.document, file.name) for gone, file in made.moved] == [("1", "b.txt"), ("2", "a.txt")]
    assert [gone.document for gone in made.removed] == ["4"] and made.new == []


def test_what_another_folder_put_there_is_sent_once_and_is_ours_as_well(tmp_path: Path) -> None:
    """By the note of it: it is not sent again, follows its file, and is let go of when that is gone."""
    theirs = document("one", source="folder", place="books/b.txt", name="b.txt")
    noted = {**theirs, "foreign": {"folders": {US: "one.txt"}}}
    made = plan(folder(tmp_path, one__txt="one"), theirs)
    assert [file.name for file in made.new] == ["one.txt"] and not (made.moved or made.removed)
    made = plan(tmp_path, noted)
    assert not (made.new or made.moved or made.removed) and made.told == [Told("one.txt", "unchanged", "", "d1")]
    (tmp_path / "one.txt").rename(tmp_path / "two.txt")
    assert [(gone.name, file.name) for gone, file in plan(tmp_path, noted).moved] == [("one.txt", "two.txt")]
    (tmp_path / "two.txt").write_text("other")
    assert [gone.name for gone in plan(tmp_path, noted).removed] == ["one.txt"]
    assert plan(tmp_path, theirs).removed == []


def test_what_is_gone_is_to_be_removed(tmp_path: Path) -> None:
    """Of this folder's documents only."""
    there = (
        ours("one.txt", "one", "d0"),
        ours("gone.txt", "1", "d1"),
        ours("deep/gone.txt", "2", "d2", state="failed"),
        document("3", id="d3", name="gone.txt"),
        document("4", id="d4", source="folder", place="papers-2/gone.txt"),
        document("5", id="d5", source="folder", place="papers"),
        document("6", id="d6", source="text", place=""),
        document("7", id="d7", source="address", place="papers/gone.txt"),
    )
    made = plan(folder(tmp_path, one__txt="one"), *there)
    assert made.removed == [Gone("gone.txt", "d1"), Gone("deep/gone.txt", "d2")]


def test_an_ignored_file_is_to_be_removed(tmp_path: Path) -> None:
    """Whoever ignores it wants that; it is still on the disk."""
    (tmp_path / ".parlanceignore").write_text("*.log")
    made = plan(folder(tmp_path, a__log="a", b__txt="b"), ours("a.log", "a"))
    assert made.removed == [Gone("a.log", "d1", absent=False)]


def test_an_empty_folder_keeps_its_documents(tmp_path: Path) -> None:
    """It may be a disk that is not mounted; the folder itself gone is another matter."""
    (tmp_path / "disk").mkdir()
    there = (ours("a.txt", "a", "d0"), ours("disk/deep/b.txt", "b", "d1"), ours("other/c.txt", "c", "d2"))
    made = plan(folder(tmp_path, a__txt="a"), *there)
    assert Told("disk/deep/b.txt", "kept", EMPTY, "d1") in made.told
    assert made.removed == [Gone("other/c.txt", "d2")]
    bare = tmp_path / "disk"
    assert plan(bare, ours("a.txt", "a")).told == [Told("a.txt", "kept", EMPTY, "d1")]


def test_where_nothing_known_is_left_nothing_is_gone(tmp_path: Path) -> None:
    """Of a folder anywhere in the tree that has other files now; one file that takes another's place is none of it."""
    there = (ours("disk/a.txt", "a", "1"), ours("disk/b/c.txt", "c", "2"), ours("d.txt", "d", "3"), ours("e.txt", "e"))
    at = folder(tmp_path, d__txt="d", disk___stray__txt="s")
    made = plan(at, *there)
    assert [gone.name for gone in made.removed] == ["e.txt"]
    assert {each.name for each in made.told if each.reason == STRANGE} == {"disk/a.txt", "disk/b/c.txt"}
    assert len(plan(at, *there, sure=True).removed) == 3
    (tmp_path / "d.txt").rename(tmp_path / "disk" / "d.txt")  # what is there now is known
    assert len(plan(at, *there).removed) == 3
    single = folder(tmp_path / "single", new__txt="new")
    assert plan(single, ours("old.txt", "old")).removed == [Gone("old.txt", "d1")]


def test_what_cannot_be_seen_is_not_gone(tmp_path: Path) -> None:
    """A folder that cannot be looked at, a file that is being written or is no document any more."""
    look = looked(folder(tmp_path, a__txt="a", empty__txt="", film__mp4="f"))._replace(unseen={"shut": "denied"})
    there = [ours("shut/b.txt", "b", "1"), ours("c.txt", "c", "2"), ours("empty.txt", "d", "3"), ours("film.mp4", "e")]
    made = Planner(tmp_path, US).planned(look, there, {"c.txt", "a.txt"})
    assert made.removed == [] and made.outdated == {} and made.new == []
    kept = {(each.name, each.reason) for each in made.told if each.outcome == "kept"}
    assert kept == {("shut/b.txt", UNSEEN), ("c.txt", RESTLESS)}
    assert Told("shut", "failed", "Not looked at: denied.") in made.told


def test_what_came_from_an_address_is_another_document(tmp_path: Path) -> None:
    """The server, too, tells it apart by the address."""
    made = plan(folder(tmp_path, one__txt="one"), document(source="address"))
    assert [file.name for file in made.new] == ["one.txt"]


def test_what_is_no_document_is_skipped_unless_it_is_asked_for(tmp_path: Path) -> None:
    at = folder(tmp_path, film__MP4="x", empty__txt="", text__txt="t")
    made = plan(at)
    assert {each.name: each.outcome for each in made.told} == {"film.MP4": "skipped", "empty.txt": "skipped"}
    assert "--any-format" in made.told[1].reason
    assert [file.name for file in plan(at, any_format=True).new] == ["film.MP4", "text.txt"]


def test_the_page_leaves_out_the_same_formats() -> None:
    """Both say beforehand what no parser reads."""
    page = (Path(__file__).parents[3] / "web" / "src" / "knowledge" / "folder" / "formats.ts").read_text()
    assert set(re.findall(r"\.[a-z0-9]+(?=[ \"])", page.partition("Set(")[2])) == NEVER_READ


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Its document stays."""
    look = looked(folder(tmp_path, one__txt="one"))
    (tmp_path / "one.txt").unlink()
    (tmp_path / "one.txt").symlink_to("/etc/passwd")
    made = Planner(tmp_path, US).planned(look, [ours("one.txt", "before")])
    assert [each.outcome for each in made.told] == ["failed"] and made.removed == [] and made.outdated == {}


def test_what_is_there_and_not_read_yet_is_waited_for(tmp_path: Path) -> None:
    made = plan(folder(tmp_path, one__txt="one"), document(state="parsing"))
    assert (made.new, made.told, made.waiting) == ([], [], [Sent("one.txt", "d1", 3, known=True)])


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"state": "waiting"}, None),
        ({"state": "ready"}, Told("one.txt", "added", "", "d1")),
        (
            {"state": "failed", "problem": "damaged_file", "words": "It is cut off."},
            Told("one.txt", "failed", "It is cut off.", "d1"),
        ),
        (
            {"state": "failed", "problem": "unknown_format"},
            Told("one.txt", "skipped", f"unknown_format {KEPT_FAILED}", "d1"),
        ),
    ],
)
def test_a_document_becomes_an_outcome(about: dict[str, Any], expected: Told | None) -> None:
    """While it is read it has none."""
    assert outcome(Sent("one.txt", "d1", 3), document(**about)) == expected


def test_what_was_read_without_a_word_is_told_with_the_reason() -> None:
    """Ready is not found: the remark says why, and the command how it is read when that is mended."""
    told = outcome(Sent("one.txt", "d1", 3), document(chunks=0, remarks=["Left out: page 1."]))
    assert told is not None and told.outcome == "added" and told.unread
    assert "Left out: page 1." in told.reason and "documents.recut document=d1" in told.reason
    assert list(summary([told]))[1:] == [line(told)]
    reworded = told._replace(reason="No words.")
    assert list(summary([reworded]))[1:] == [line(reworded)], "whatever the sentence is"
    assert list(summary([told._replace(unread=False)]))[1:] == []


@pytest.mark.parametrize("package", [PACKAGE, Path("/nowhere/parlance")])
def test_what_lacked_an_extra_is_told_with_the_next_step(package: Path) -> None:
    """Without a word it is read again by the next run; in part, by an operation, and of one that was there before
    nobody says that the extra is still to be installed."""
    remark = f"Pictures without text, left out: page 2. {advice('ocr', package)}"
    told = outcome(Sent("one.txt", "d1", 3, known=True), document(chunks=0, remarks=[remark]))
    assert told is not None and told.unread and told.reason.endswith("run again then, reads it once more.")
    fresh = outcome(Sent("one.txt", "d1", 3), document(remarks=["Other.", remark]))
    known = outcome(Sent("one.txt", "d1", 3, known=True), document(remarks=["Other.", remark]))
    assert fresh is not None and known is not None and fresh.partly and known.partly
    assert advice("ocr", package) in fresh.reason and "Other." not in fresh.reason
    assert "pip" not in known.reason and "page 2. Where the extra `ocr` is there by now, `parlance do" in known.reason
    assert list(summary([known] * 12))[-2:] == [line(known), "and 2 more that were not read whole (--json names them)"]
    assert list(summary([known]))[1:] == [line(known)]


def test_what_has_no_word_for_want_of_an_extra_is_read_again_once(tmp_path: Path) -> None:
    """Being cut anew, it is waited for; what was read in part, or has no word for another reason, is left alone."""
    at = folder(tmp_path, one__txt="one")
    planner, remarks = Planner(at, US), [f"Left out: page 1. {advice('ocr')}"]
    mute = document(chunks=0, remarks=remarks)
    again = planner.planned(looked(at), [mute]).again
    assert again == [Sent("one.txt", "d1", 3, anew=True)] and planner.planned(looked(at), [mute]).again == []
    cutting = document(chunks=0, remarks=[*remarks, BEING_RECUT.words])
    assert outcome(again[0], cutting) is None
    still, read = outcome(again[0], mute), outcome(again[0], document())
    assert still is not None and (still.outcome, still.unread) == ("unchanged", True)
    assert read == Told("one.txt", "added", "", "d1")
    assert plan(at, document(remarks=remarks)).again == plan(at, document(chunks=0, remarks=["No words."])).again == []


def test_what_failed_for_what_may_be_mended_is_tried_again_once(tmp_path: Path) -> None:
    """Not what is the file's own fault, and not at every round."""
    at = folder(tmp_path, one__txt="one")
    planner = Planner(at, US)
    lacking = document(state="failed", problem="extra_missing", words="Pictures are not read.")
    assert planner.planned(looked(at), [lacking]).again == [Sent("one.txt", "d1", 3)]
    second = planner.planned(looked(at), [lacking])
    assert second.again == [] and [each.outcome for each in second.told] == ["failed"]
    assert plan(at, document(state="failed", problem="damaged_file")).again == []


def test_right_before_a_removal_it_is_looked_once_more(tmp_path: Path) -> None:
    """The file may be there again, and the folder another or gone."""
    at = folder(tmp_path / "a", b__txt="b").parent / "a"
    look, planner, gone = looked(at), Planner(at, US), Gone("c%E9.txt", "d1")
    stays = still_gone(planner, look)
    assert stays(gone) == ""
    (at / "c\udce9.txt").write_text("c")
    assert stays(gone) == "it is there again" and stays(gone._replace(absent=False)) == ""
    at.rename(tmp_path / "away")
    assert stays(gone) == "the folder is not there any more"
    at.mkdir()
    assert stays(gone) == "another folder is in its place"


PATHS = st.sampled_from(["a.txt", "b.txt", "d/a.txt", "d/b.txt", "d/e/c.txt", "x.mp4", ".hidden"])
WORDS = st.sampled_from(["", "one", "two", "three", "four"])
FILES = st.dictionaries(PATHS, WORDS, max_size=6)
PLACES = st.sampled_from(
    ["", "papers", "papers-2/a.txt", "papers/a.txt", "papers/d/b.txt", "papers/d/e/c.txt", "other/a.txt"]
)
DOCUMENTS = st.lists(
    st.tuples(WORDS, st.sampled_from(["upload", "folder", "address", "text"]), PLACES), unique_by=lambda each: each[0]
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, DOCUMENTS, st.sets(PATHS), st.sets(st.sampled_from(["d", "d/e"])))
def test_nothing_is_touched_that_the_folder_did_not_put_there(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, str],
    documents: list[tuple[str, str, str]],
    restless: set[str],
    unseen: set[str],
) -> None:
    """Over folders and bases of all kinds: whatever is renamed, replaced or removed is a document of this folder; what
    is removed has bytes that the folder has not; and what could not be seen keeps its documents."""
    at = tmp_path_factory.mktemp("tree")
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)
    there = [
        document(text, id=f"d{n}", source=source, place=place) for n, (text, source, place) in enumerate(documents)
    ]
    look = looked(at)
    look = look._replace(
        unseen=dict.fromkeys(unseen, "denied"),
        files=[file for file in look.files if not any(file.name.startswith(f"{each}/") for each in unseen)],
    )
    made = Planner(at, US).planned(look, there, restless)
    by_id = {each["id"]: each for each in there}
    touched = [
        *(gone for gone, _ in made.moved),
        *made.removed,
        *(one for each in made.outdated.values() for one in each),
    ]
    for gone in touched:
        assert by_id[gone.document]["source"] == "folder" and by_id[gone.document]["place"] == f"{US}/{gone.name}"
    assert len({gone.document for gone in touched}) == len(touched)
    readable = [file.name for file in look.files if file.name not in restless and not file.name.endswith(".mp4")]
    seen = {sha(files[name]) for name in readable if files[name]}
    for gone in made.removed:
        assert gone.name not in restless and not any(gone.name.startswith(f"{each}/") for each in unseen)
        assert by_id[gone.document]["sha256"] not in seen and look.files
    told = {each.name for each in made.told} | {each.name for each in made.waiting}
    assert {file.name for file in look.files} <= told | {file.name for file in made.new}
