"""What the page at `/` says, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from parlance.dialects.plain_page import Language


class Words(NamedTuple):
    """Markup; in braces is what the page puts there, which it has escaped."""

    lead: str
    interfaces: str
    door: str
    """Of text, not of markup: the name of a door goes in, and the whole is escaped."""
    locked: str
    opened: str
    watching: str
    docs: str
    abouts: Mapping[str, str]
    """What a dialect is for, by its name, where it is not said as the dialect itself says it."""


_ENGLISH = Words(
    lead="One self-hosted AI chat server that every client already knows how to talk to.",
    interfaces="Interfaces",
    door="Door {name}",
    locked="""<h2>A key is missing</h2>
<p>This server listens beyond its own machine, but no key exists yet, so it answers nobody.</p>
<p>Make the first account with <code>accounts.sign_up</code>, showing the console token (the file
<code>console-token</code> in the data folder) as the key. It is open at once.</p>
<p>Or run <code>{command} config new-key --user NAME</code> on the server, add what it prints to
<code>parlance.toml</code>, and restart.</p>""",
    opened="""<p>The server is running. Its page for chatting is at <a href="{page}">{page}</a>; when this is what you
see there, it is not built: <code>make setup</code> in the folder of the sources builds it, or says what keeps it from
being built. Any client can be pointed at one of these addresses; <code>{command} chat</code> talks in a terminal where
the server runs.</p>""",
    watching="""<h2>Watching</h2>
<p><code>/health</code> says whether the server lives, <code>/ready</code> whether it takes work, and
<code>/metrics</code> what it has measured.</p>""",
    docs="Try them out in this browser",
    abouts={},
)
_CHINESE = Words(
    lead="一台自托管的 AI 对话服务器，现有的各种客户端都能直接使用。",
    interfaces="接口",
    door="入口 {name}",
    locked="""<h2>还没有密钥</h2>
<p>这台服务器在本机之外可以访问，但还没有任何密钥，因此不回应任何人。</p>
<p>用 <code>accounts.sign_up</code> 创建第一个账号，并以控制台令牌（数据文件夹中的 <code>console-token</code>
文件）作为密钥，随即开放。</p>
<p>或者在服务器上运行 <code>{command} config new-key --user NAME</code>，把输出的内容加入 <code>parlance.toml</code>，\
然后重新启动。</p>""",
    opened="""<p>服务器正在运行。对话页面在 <a href="{page}">{page}</a>；如果在那里看到的是本页，说明页面尚未构建：\
在源码文件夹中运行 <code>make setup</code> 即可构建，或得知无法构建的原因。任何客户端都可以指向下列地址之一；\
在服务器所在的机器上，可用 <code>{command} chat</code> 在终端中对话。</p>""",
    watching="""<h2>监测</h2>
<p><code>/health</code> 表明服务器是否存活，<code>/ready</code> 表明是否接受任务，\
<code>/metrics</code> 给出各项度量。</p>""",
    docs="在浏览器中试用",
    abouts={
        "native": "Parlance 的全部功能，每个操作一条路由，运行中断后可以续接。",
        "openai": "OpenAI 官方 SDK 的接口：对话补全、文本补全、responses、嵌入和模型。",
        "ollama": "Ollama 及其官方 SDK 的接口：对话、提示、嵌入，以及管理模型的命令。",
        "chatqueue": "带缓存的流式对话、可按编号查询的提问队列，以及二者的统计。",
        "weknora": "租户及其知识库与模型，以及据此作答的会话。",
        "mcp": "以工具和资源的形式提供知识库，供助手和智能体使用。",
        "chatbot": "chatbot 应用：对话按组保存，带记忆和提示，为每位用户加密，也接待访客。",
    },
)
WORDS: Mapping[Language, Words] = {"en": _ENGLISH, "zh": _CHINESE}
