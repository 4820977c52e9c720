"""What the built-in engine says of itself, in the language of the question: English, or Chinese for one in Chinese."""

from __future__ import annotations

import re
from typing import NamedTuple

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_ASKED = re.compile(r"[^.!?。！？\n]+[?？]")


class Phrases(NamedTuple):
    """The sentences that are the engine's own. `notice` has a place for where the quotes are from."""

    notice: str
    from_message: str
    from_documents: str
    nothing: str
    no_word: str
    message: str

    def source(self, name: str) -> str:
        """Where a sentence stands, as people say it: one of their messages, or a name."""
        return name.replace(ENGLISH.message, self.message, 1) if name.startswith(ENGLISH.message) else name

    def told(self, documents: bool) -> str:
        """That no model answers, and what is quoted."""
        return self.notice.format(self.from_documents if documents else self.from_message)


ENGLISH = Phrases(
    "This is no language model: these are the sentences that fit your question best, quoted from {}. For an answer, "
    "choose a model; where there is none, start Ollama or set OPENAI_API_KEY, then restart Parlance.",
    "what you sent",
    "the documents",
    "Nothing in what you sent answers this. Send the text to search along with the question, or choose documents to "
    "ask.",
    "No sentence that was found has a word of your question. The first passage that was found begins so:",
    "your message ",
)
CHINESE = Phrases(
    "以下并非语言模型的回答，而是从{}中摘录的、最符合问题的句子。需要回答时请选择一个模型；如果还没有模型，"
    "请启动 Ollama 或设置 OPENAI_API_KEY，然后重新启动 Parlance。",
    "你发送的内容",
    "文档",
    "你发送的内容里没有答案。请把要查找的文字和问题一起发送，或选择要查询的文档。",
    "找到的句子都不含问题中的词。最先找到的段落开头是：",
    "你的消息 ",
)


def phrases(said: str) -> Phrases:
    """Those in the language of what somebody said: of its questions, where it has some."""
    asked = "".join(_ASKED.findall(said)) or said
    return CHINESE if _HAN.search(asked) and not _KANA.search(asked) else ENGLISH
