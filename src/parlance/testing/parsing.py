"""The contracts of parsers and of parsing: subclass, give the fixtures, and inherit the tests.

`ParserContract` wants the fixtures `parser` and `sample` (a file that it reads); `ParsingContract` wants `parsing`.
"""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from pathlib import Path

import pytest

from parlance.parsers.draft import clean
from parlance.parsers.problems import CODES
from parlance.ports.parsing import ParseHints, Parser, Parsing
from parlance.values.errors import Fault
from parlance.values.knowledge import Parsed

WORDS = "Tea is grown in Assam.\n\n茶叶产于阿萨姆。\n"
NAMES = {
    "a path": "../../etc/passwd.txt",
    "a drive": "C:\\secret\\notes.txt",
    "nothing": "",
    "NUL": "a\x00b.txt",
    "right to left": "\u202etxt.exe.txt",
    "very long": "x" * 4096 + ".txt",
    "only dots": "..",
    "a device": "CON",
    "a lone surrogate's place": "\ufffd\n\r.txt",
}


def sound(parsed: Parsed) -> bool:
    """Whether all places lie in the text, in order and without overlap, and the text holds nothing that no text has."""
    spans = [block.span for block in parsed.blocks]
    return (
        all(0 <= span.start < span.stop <= len(parsed.text) for span in spans)
        and all(before.stop <= after.start for before, after in pairwise(spans))
        and all(parsed.text[span.start : span.stop].strip() for span in spans)
        and list(parsed.pages) == sorted(parsed.pages)
        and (not parsed.pages or (parsed.pages[0] == 0 and parsed.pages[-1] <= len(parsed.text)))
        and all(span.page is None or parsed.pages[span.page - 1] <= span.start for span in spans)
        and all(0 <= share <= 1 for span in spans for share in span.box or ())
        and all(parsed.text[picture.span.start : picture.span.stop] is not None for picture in parsed.images)
        and clean(parsed.text) == parsed.text
        and parsed.text.encode("utf-8") is not None
    )


class ParserContract:
    """What every parser does with a file that it reads, and with what is left of one."""

    def test_all_places_lie_in_the_text(self, parser: Parser, sample: Path) -> None:
        """Blocks in order, pages ascending, boxes in shares."""
        parsed = self.parsed(parser, sample)
        assert parsed.blocks and sound(parsed)

    def test_a_file_is_read_the_same_each_time(self, parser: Parser, sample: Path) -> None:
        """Citations of yesterday must fit today."""
        assert self.parsed(parser, sample) == self.parsed(parser, sample)

    def test_progress_only_grows_and_reaches_its_end(self, parser: Parser, sample: Path) -> None:
        """Whoever waits is told the truth."""
        heard: list[tuple[int, int]] = []
        parser.parse(sample, hints=ParseHints(sample.name), progress=lambda done, pages: heard.append((done, pages)))
        assert heard and heard[-1][0] == heard[-1][1] > 0
        assert all(before[0] <= after[0] for before, after in pairwise(heard))

    def test_it_says_what_it_reads(self, parser: Parser, sample: Path) -> None:
        """Types in lower case with a slash, endings with their point."""
        assert parser.media_types and all("/" in one and one == one.lower() for one in parser.media_types)
        assert all(one[0] == "." and one == one.lower() for one in parser.suffixes)

    def test_a_file_that_is_cut_or_damaged_is_a_fault_with_a_code_or_is_read(
        self, parser: Parser, sample: Path, tmp_path: Path
    ) -> None:
        """Never another exception, and never a text whose places are wrong."""
        whole, chance = sample.read_bytes(), random.Random(4711)
        broken = tmp_path / f"broken{sample.suffix}"
        for number in range(40):
            raw = bytearray(whole[: chance.randrange(len(whole))] if number % 2 else whole)
            for _ in range(number % 4 * 3 if raw else 0):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            broken.write_bytes(bytes(raw))
            try:
                assert sound(self.parsed(parser, broken))
            except Fault as fault:
                assert fault.code in CODES and fault.hint

    def parsed(self, parser: Parser, path: Path) -> Parsed:
        """What it makes of a file."""
        return parser.parse(path, hints=ParseHints(path.name), progress=lambda done, pages: None)


class ParsingContract:
    """What the server may rely on."""

    async def test_a_text_is_read_and_its_progress_told(self, parsing: Parsing, tmp_path: Path) -> None:
        """The plainest document there is."""
        heard: list[tuple[int, int]] = []
        (path := tmp_path / "file").write_text(WORDS)
        parsed = await parsing.parse(path, "tea.txt", "", progress=lambda done, pages: heard.append((done, pages)))
        assert parsed.text == WORDS and len(parsed.blocks) == 2 and sound(parsed)
        assert heard[-1] == (1, 1)

    @pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
    async def test_no_name_is_more_than_a_name(self, parsing: Parsing, tmp_path: Path, name: str) -> None:
        """Whatever a sender calls a text, it is read."""
        (path := tmp_path / "file").write_text(WORDS)
        assert (await parsing.parse(path, name, "", progress=lambda done, pages: None)).text == WORDS

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.txt", b"", "empty_file"),
            ("a.md", b" \n\t\n", "empty_file"),
            ("a.pdf", WORDS.encode(), "wrong_content"),
            ("a.docx", bytes(range(256)) * 20, "wrong_content"),
            ("a.bin", bytes(range(256)) * 20, "unknown_format"),
            ("a.docx", b"PK\x03\x04" + bytes(100), "damaged_file"),
            ("a.json", b'{"a": ', "damaged_file"),
        ],
    )
    async def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
        self, parsing: Parsing, tmp_path: Path, name: str, content: bytes, code: str
    ) -> None:
        """A code for programs, two sentences for people, and no path."""
        (path := tmp_path / "file").write_bytes(content)
        with pytest.raises(Fault) as caught:
            await parsing.parse(path, name, "", progress=lambda done, pages: None)
        assert caught.value.code == code and caught.value.hint
        assert str(tmp_path) not in caught.value.sentence()

    async def test_many_at_once_are_all_read(self, parsing: Parsing, tmp_path: Path) -> None:
        """Each waits for its turn."""
        paths = [tmp_path / str(number) for number in range(12)]
        for number, path in enumerate(paths):
            path.write_text(f"{WORDS}{number}")
        calls = (parsing.parse(path, "a.txt", "", progress=lambda done, pages: None) for path in paths)
        found = await asyncio.gather(*calls)
        assert [parsed.text for parsed in found] == [f"{WORDS}{number}" for number in range(12)]

    async def test_after_a_cancelled_call_the_next_one_works(self, parsing: Parsing, tmp_path: Path) -> None:
        """Whoever deletes a document does not wait for it, and nobody waits behind it."""
        (path := tmp_path / "file").write_text(WORDS)
        call = asyncio.create_task(parsing.parse(path, "a.txt", "", progress=lambda done, pages: None))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await parsing.parse(path, "a.txt", "", progress=lambda done, pages: None)).text == WORDS
