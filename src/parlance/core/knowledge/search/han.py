"""Which characters of a question in Chinese carry nothing: those it is asked with, and particles.

No spaces tell `和` (and) from `和平` (peace), and a question that lost half of a word has lost the word, since pairs of
characters are counted. So a light character is left out unless it stands in a word that is known here. These are the
frequent words with such a character that say what a question is about; those that say nothing by themselves (`没有`,
`现在`, `还有`) are not among them: they stand in notes of anything. Where the characters beside it make something else
of such a word (`和平台`, `有机会`), they are named behind it or before it.
"""

from __future__ import annotations

import re

_KNOWN = """
呼和浩特 共和 雍和 颐和 太和 义和团 郑和 昭和 令和 协和 维和 总和 總和 饱和 飽和 柔和 祥和 谦和 随和 附和 缓和 緩和
暖和 求和 (?<![体气室水])温和 溫和 (?<!水)平和 (?<!空)调和 (?<!其)中和 和平(?![台均时板常日安方面]) 和谐 和諧
和尚 和睦 和解(?![释决答读除]) 和约(?![会束定]) 和服(?![务装从饰用]) 和谈(?!话) 和田 和珅 和声(?!音) 和弦 和善 和蔼
和气(?![温候体球味]) 和亲(?![戚人友属子]) 和食(?![物品堂材]) 和室(?![内外温]) 和牛(?![奶肉排]) 和風 存在主义 存在感
所在地 在线(?![索路条]) 在線 在职 在職 在校 在读 在建 在押 在编 在册 在籍 在任 在野 在逃 在乎 在岸 在世(?!界)
在场(?![地馆所]) 在座(?!位) 在宅 在庫 在留 潜在 内在 外在 健在 自在 有机(?![会场票器构]) 有機(?![會場票器構]) 有限
有效(?![果率]) 有効 有权 有利(?![息润率]) 有害 有毒 有益 有趣 有罪 有氧 有偿 有轨 有料 有給 有线(?![索路条上下])
有声(?!音) 有色 有形(?![状式]) 有序(?![列号言]) 有名(?![字额单片称]) 有用(?![户品途电水餐]) 有价(?![格钱值])
有期徒刑 有的放矢 国有(?=[企资银土林化控股制经独]) 公有(?=[制云领链]) 所有(?=[权者制]) 共有产权 私有 特有 稀有 占有
持有 富有 就业(?![务主绩]) 就業 就职 就職 就餐 就医 就醫 就诊 就診 就读 就学(?![习会生校]) 就任(?![务何]) 就寝 就近
就绪 就地 就范 就义 成就 造就 迁就 将就 首都 (?<!完)成都 (?<![北南东東])京都 (?<!蒙)古都 帝都 迁都 建都 定都 丰都
宜都 故都 雾都 陪都 都市(?!场) 都城 都督 都灵 都匀 都柏林 都江堰 几何(?!时) 几率 几内亚 几维 茶几 窗明几净 参与 参與
与会(?=[者人代国]) 赠与 授与 给与 与众不同 或然 也门 维也纳 (?<![题项节科数栏])目的 (?<![目指商坐鼠])标的
的士(?![兵气]) 的哥 的黎波里 的里雅斯特 美的(?=空调|集团|电器) 了结 了断 了如指掌 一目了然 吗啡 吗丁啉 呢绒 呢子
呢喃 网吧 氧吧 贴吧 吧台 (?<!喝)酒吧 是非(?!洲) 实事求是 自我(?!们) 忘我 敌我 迷你 吉他 犹他 马耳他 维他命 利他 排他
他杀 他乡 刹那 那不勒斯 那曲 那霸 那达慕 安那 加那利 哪吒
"""
_LIGHT = (
    "是什么时候|什么时候|为什么|怎么样|是什么|有什么|有多少|多少|什么|哪里|哪儿|哪个|哪些|哪年|怎么|怎样|如何|是否|可以|能否|"
    "请问|我们|你们|他们|[的了吗呢吧啊是在有谁我你他她它这那哪和与或就都也很几]"
)
_CUT = re.compile(f"(?P<word>{'|'.join(_KNOWN.split())})|{_LIGHT}")
"""What comes first decides, and at one place a word: of `首都都在哪里` only `首都` is left."""


def without_light(question: str) -> str:
    """A question without the characters that carry nothing; words that have one of them stay whole."""
    return _CUT.sub(lambda found: found["word"] or " ", question)
