"""An answer is shown as it comes: thinking apart, words unbroken, and nothing that commands the terminal."""

from __future__ import annotations

from typing import Any

from parlance.cli.answers import Display, Wrapper, summary


def shown(*pieces: dict[str, Any], **how: Any) -> tuple[str, Display]:
    """What a display writes for some messages and the last object."""
    written: list[str] = []
    display = Display(written.append, **how)
    for piece in pieces:
        display.show({"message": piece})
    display.show({"done": True})
    return "".join(written), display


def wrapped(columns: int, *pieces: str) -> list[str]:
    """The lines that stand on a screen of this width after the pieces."""
    written: list[str] = []
    wrapper = Wrapper(written.append, columns)
    for piece in pieces:
        wrapper.feed(piece)
    rows, place = [""], 0
    text = "".join(written)
    while place < len(text):
        if text[place] == "\x1b":
            end = place + 2
            while not text[end].isalpha():
                end += 1
            if text[end] == "D":
                rows[-1] = rows[-1][: -int(text[place + 2 : end])]
            place = end
        elif text[place] == "\n":
            rows.append("")
        else:
            rows[-1] += text[place]
        place += 1
    return rows


def test_an_answer_is_written_as_it_comes() -> None:
    """Every character of it, and kept for the next turn."""
    text, display = shown({"content": "Hel"}, {"content": "lo"}, {"role": "assistant"})
    assert text == "Hello"
    assert display.message() == {"role": "assistant", "content": "Hello"}
    assert display.whole


def test_thinking_stands_apart() -> None:
    """Between two lines of its own, grey where there are colours."""
    text, display = shown({"thinking": "Hm"}, {"thinking": "m."}, {"content": "Yes"})
    assert text == "Thinking...\nHmm.\n...done thinking.\n\nYes"
    assert display.thought == "Hmm."
    text, _ = shown({"thinking": "Hm\n"}, {"content": "Yes"}, colour=True)
    assert text == "\x1b[90mThinking...\nHm\n...done thinking.\n\n\x1b[0mYes"


def test_hidden_thinking_is_kept_but_not_shown() -> None:
    """An answer of nothing but thoughts closes them at its end."""
    text, display = shown({"thinking": "Hm"}, {"content": "Yes"}, hide_thinking=True)
    assert (text, display.thought) == ("Yes", "Hm")
    assert shown({"thinking": "Hm"})[0].endswith("...done thinking.\n\n")


def test_an_answer_cannot_command_the_terminal() -> None:
    """Escapes fall out on a terminal; a file gets the text as it is."""
    evil = "\x1b]0;title\x07a\x9bb\tc\n"
    assert shown({"content": evil}, terminal=True)[0] == "]0;titleab\tc\n"
    assert shown({"content": evil})[0] == evil


def test_words_move_to_the_next_line_whole() -> None:
    """Also when a word comes in pieces."""
    assert wrapped(20, "one two three fo", "ur five six") == ["one two three ", "four five six"]


def test_a_word_wider_than_the_screen_is_broken() -> None:
    """There is no other place for it."""
    assert wrapped(20, "abcdefghijklmnopqrstuvwxyz") == ["abcdefghijklmno", "pqrstuvwxyz"]


def test_wide_scripts_break_anywhere() -> None:
    """Between any two characters, two columns each."""
    assert wrapped(20, "模型模型模型模型模型") == ["模型模型模型模", "型模型"]


def test_line_breaks_of_the_answer_stay() -> None:
    """And a space at the edge begins no word."""
    assert wrapped(20, "one\n\ntwo") == ["one", "", "two"]
    assert [row.strip() for row in wrapped(20, "123456789012345 next")] == ["123456789012345", "next"]


def test_a_display_wraps_only_where_there_is_room() -> None:
    """Not in a sliver of a window."""
    long = "one two three four five six"
    assert "\n" in shown({"content": long}, columns=20)[0]
    assert shown({"content": long}, columns=5)[0] == long


def test_the_summary_counts_and_times() -> None:
    """In the words of `ollama run --verbose`; what is not told has no line."""
    last = {
        "total_duration": 2_500_000_000,
        "prompt_eval_count": 26,
        "eval_count": 100,
        "eval_duration": 2_000_000_000,
    }
    assert list(summary(last)) == [
        "total duration:       2.5s",
        "prompt eval count:    26 token(s)",
        "eval count:           100 token(s)",
        "eval duration:        2s",
        "eval rate:            50.00 tokens/s",
    ]
