"""What a model is told when it is to help with a search, in English, or in Chinese where the question is.

Each function gives what the model is told to do, what it is asked, and how many tokens its answer may have: models
that think first need some for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from parlance.values.grounds import Rounds, Slot, Words

Prompt = tuple[str, str, int]
_HAN = re.compile(r"[\u4e00-\u9fff]")

_REWRITE = (
    "Put the last question of a conversation so that it can be understood without the conversation: name what words "
    "such as 'it', 'they' or 'there' stand for. Keep its language and what it asks for; answer nothing, add nothing. "
    "Write the question alone, on one line."
)
_REWRITE_ZH = (
    "请改写对话中的最后一个问题，使其脱离对话也能看懂：把“它”“他们”“那里”等指代换成具体所指。"
    "保持原意和原来的语言，不要回答，也不要增添内容。只写出问题本身，写成一行。"
)
_DECOMPOSE = (
    "Some questions can only be answered from several facts that stand in different places. If this is one, write the "
    "questions that each ask for one of these facts, at most {most}, one on each line, in its language, each to be "
    "understood by itself. If it is not, write it again as it is. Write nothing else."
)
_DECOMPOSE_ZH = (
    "有些问题需要结合分散在不同地方的几个事实才能回答。如果下面的问题是这样，请写出分别询问这些事实的问题，"
    "最多 {most} 个，每行一个，每个都能单独看懂。如果不是，请原样写出该问题。不要写别的内容。"
)
_HYDE = (
    "Write a passage of three or four sentences as it could stand in a document that answers the question, in the "
    "question's language. What you do not know you may make up: the passage is only compared with real ones and shown "
    "to nobody. Write the passage alone."
)
_HYDE_ZH = (
    "请写一段三四句话的文字，就像能回答该问题的文档中会出现的那样。不知道的内容可以虚构："
    "这段文字只用来与真实的段落作比较，不会给任何人看。只写这段文字。"
)


def rewrite(question: str, history: Sequence[tuple[str, str]]) -> Prompt:
    """For a question that leans on what was said before: turns as (role, text)."""
    talk = "\n".join(f"<{role}>\n{text}\n</{role}>" for role, text in history)
    return _of(question, _REWRITE, _REWRITE_ZH), f"{talk}\n\n<question>\n{question}\n</question>", 512


def rounds(history: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Turns as rounds of what was asked and how it was answered; one that has no other side has an empty text."""
    found: list[tuple[str, str]] = []
    for role, text in history:
        if role == "user":
            found.append((text, ""))
        elif found and not found[-1][1]:
            found[-1] = (found[-1][0], text)
        else:
            found.append(("", text))
    return found


def filled(script: Iterable[Words | Slot | Rounds], question: str, before: Sequence[tuple[str, str]]) -> str:
    """What somebody else's words come to, with the question and the rounds before it put in."""
    held = {"question": question}
    return "".join(
        "".join(_put_in(part.parts, {**held, "asked": asked, "answered": answered}) for asked, answered in before)
        if isinstance(part, Rounds)
        else _put_in((part,), held)
        for part in script
    )


def _put_in(parts: Iterable[Words | Slot], held: dict[str, str]) -> str:
    return "".join(part.text if isinstance(part, Words) else held.get(part.what, "") for part in parts)


def decompose(question: str, most: int) -> Prompt:
    """For a question that may be several."""
    return _of(question, _DECOMPOSE, _DECOMPOSE_ZH).format(most=most), question, 512


def hyde(question: str) -> Prompt:
    """For a passage that would answer."""
    return _of(question, _HYDE, _HYDE_ZH), question, 768


def _of(question: str, english: str, chinese: str) -> str:
    return chinese if _HAN.search(question) else english
