"""What was said, as a text with marks of time."""

from __future__ import annotations

from parlance.core.knowledge.chunking.passages import chunked
from parlance.core.knowledge.hearing.laying import MOST, MOST_SAID, SILENT, UNTIMED, clock, laid_out
from parlance.values.asks import Segment, Transcript
from parlance.values.knowledge import ChunkOptions, Parsed


def headings(parsed: Parsed) -> list[str]:
    """The marks of time."""
    spans = [block.span for block in parsed.blocks if block.kind == "heading"]
    return [parsed.text[span.start : span.stop] for span in spans]


def paragraphs(parsed: Parsed) -> list[str]:
    """What stands under them."""
    spans = [block.span for block in parsed.blocks if block.kind == "paragraph"]
    return [parsed.text[span.start : span.stop] for span in spans]


def laid(*segments: Segment, duration: float | None = None) -> Parsed:
    """The text of these."""
    return laid_out(Transcript("".join(one.text for one in segments), segments, "en", duration), "ear")


def test_a_sentence_ends_a_stretch_once_it_is_long_enough() -> None:
    """The marks are in whole seconds, around all that was said."""
    parsed = laid(
        Segment(0.6, 12.0, " Tea is grown"),
        Segment(12.0, 31.0, " in Assam, and"),
        Segment(31.0, 34.2, " in Uji."),
        Segment(34.2, 36.0, " "),
        Segment(3605.9, 3610.1, " Coffee is\nnot. "),
        duration=3611.5,
    )
    assert parsed.text == (
        "0:00:00 \u2013 0:00:35\n\nTea is grown in Assam, and in Uji.\n\n1:00:05 \u2013 1:00:11\n\nCoffee is not."
    )
    assert headings(parsed) == ["0:00:00 \u2013 0:00:35", "1:00:05 \u2013 1:00:11"]
    assert (parsed.language, parsed.remarks) == ("en", ())
    assert parsed.metadata == {"words": "speech", "transcriber": "ear", "seconds": "3611.5"}


def test_who_never_ends_a_sentence_is_cut_off_all_the_same() -> None:
    """After a minute, or after so many letters."""
    slow = laid(*(Segment(10.0 * at, 10.0 * at + 10, " and so on") for at in range(13)))
    assert headings(slow) == [
        "0:00:00 \u2013 0:01:00",
        "0:01:00 \u2013 0:02:00",
        "0:02:00 \u2013 0:02:10",
    ]
    assert MOST == 60.0
    fast = laid(*(Segment(at, at + 1.0, " word" * 50) for at in range(5)))
    assert [len(each) for each in paragraphs(fast)] == [999, 249] and MOST_SAID == 800
    quick = laid(Segment(0, 1.0, " word" * 90 + "."), Segment(1.0, 2.0, " End."))
    assert headings(quick) == ["0:00:00 \u2013 0:00:01", "0:00:01 \u2013 0:00:02"]


def test_chinese_is_put_together_without_blanks_and_korean_with_them() -> None:
    parsed = laid(Segment(0, 1, "\u7eff\u8336"), Segment(1, 2, "\u5f88\u597d\u3002"), Segment(2, 3, "Tea"))
    assert paragraphs(parsed) == ["\u7eff\u8336\u5f88\u597d\u3002Tea"]
    assert paragraphs(laid(Segment(0, 1, "\ub179\ucc28\ub294"), Segment(1, 2, "\uc88b\ub2e4"))) == [
        "\ub179\ucc28\ub294 \uc88b\ub2e4"
    ]


def test_without_times_each_line_is_a_paragraph() -> None:
    """And a remark says why there are no marks."""
    parsed = laid_out(Transcript(" Tea is grown.\n\n In Assam. "), "ear")
    assert (parsed.text, parsed.remarks) == ("Tea is grown.\n\nIn Assam.", (UNTIMED,))
    assert len(parsed.blocks) == 2 and not headings(parsed) and "seconds" not in parsed.metadata


def test_silence_is_no_fault() -> None:
    for said in (Transcript(""), Transcript(" ", ()), Transcript("", (Segment(0, 1, " "),))):
        parsed = laid_out(said, "ear")
        assert (parsed.text, parsed.blocks, parsed.remarks) == ("", (), (SILENT,))


def test_every_passage_stands_under_its_time() -> None:
    """However it is cut; a passage of one stretch never runs into the next."""
    parsed = laid(*(Segment(30.0 * at, 30.0 * at + 30, f" Tea number {at} is grown in the hills.") for at in range(4)))
    for size in (60, 2000):
        passages = chunked(parsed, ChunkOptions(size=size, overlap=0))
        for passage in passages:
            [number] = {words.split()[0] for words in passage.content.split("number ")[1:]} or {""}
            mark = clock(30 * int(number)) if number else ""
            assert mark in passage.content.split() or passage.context.startswith(mark), passage
        assert len(passages) >= 4


def test_times_are_written_as_people_read_them() -> None:
    assert [clock(seconds) for seconds in (0, 59, 61, 3600, 90_061)] == [
        "0:00:00",
        "0:00:59",
        "0:01:01",
        "1:00:00",
        "25:01:01",
    ]
