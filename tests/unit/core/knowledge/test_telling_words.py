"""Words that say something stay in a question, though a part of them, or the same in small letters, says nothing."""

from __future__ import annotations

import re

import pytest

from parlance.core.knowledge.search.fusion import fused
from parlance.core.knowledge.search.telling import looked_for, telling
from parlance.ports.indexes import IndexedChunk
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.indexes import MemorySource
from parlance.values.grounds import Grounds

WORDS = {
    "就业怎么样？": "就业",
    "就业情况怎么样？": "就业情况",
    "和平是什么时候签的？": "和平 签",
    "世界和平在哪里？": "世界和平",
    "有机的是哪些？": "有机",
    "有机蔬菜在哪里？": "有机蔬菜",
    "几何是什么？": "几何",
    "几何作业和代数": "几何作业 代数",
    "在线课程的密码": "在线课程 密码",
    "首都在哪里？": "首都",
    "首都都在哪里？": "首都",
    "成都和首都": "成都 首都",
    "都江堰是谁修的？": "都江堰 修",
    "大都市有多少？": "大都市",
    "呼和浩特在哪里？": "呼和浩特",
    "共和国的总和是多少？": "共和国 总和",
    "护照的有效期是多少？": "护照 有效期",
    "有限公司和私有企业": "有限公司 私有企业",
    "文件的所有者是谁？": "文件 所有者",
    "国有企业在哪里？": "国有企业",
    "谁参与？": "参与",
    "这是谁的目的？": "目的",
    "吉他在哪里？": "吉他",
    "酒吧和网吧": "酒吧 网吧",
    "茶几在哪里？": "茶几",
    "维也纳在哪里？": "维也纳",
    "几内亚和也门": "几内亚 也门",
    "就餐和就医": "就餐 就医",
    "他是在职的吗？": "在职",
    "這是有機的吗": "這 有機",
    "令和と京都": "令和と京都",
}
"""Questions with a word that has a light character inside."""
LIGHT = {
    "公司和员工": "公司 员工",
    "钥匙在车里吗？": "钥匙 车里",
    "我的钥匙在哪里？": "钥匙",
    "谁赢得了世界杯？": "赢得 世界杯",
    "会议是什么时候？": "会议",
    "停车和平台": "停车 平台",
    "他有机会吗？": "机会",
    "飞机有机场吗？": "飞机 机场",
    "他在世界各地": "世界各地",
    "他就业务说明": "业务说明",
    "我们和解释者": "解释者",
    "商标的颜色": "商标 颜色",
    "题目的答案": "题目 答案",
    "北京都有什么？": "北京",
    "空调和冰箱": "空调 冰箱",
    "中国有多少人": "中国 人",
    "完成都要几天": "完成 要 天",
    "体温和身高": "体温 身高",
    "快喝酒吧": "快喝酒",
    "这里有线索吗": "里 线索",
    "药很有效果吗": "药 效果",
    "没有猫和狗": "没 猫 狗",
    "他是非洲人": "非洲人",
    "猫或狗": "猫 狗",
    "什么": "什么",
}
"""Questions where it is light indeed."""
ENGLISH = {
    "What happens in May?": "happens May",
    "Is the office open in May or June?": "office open May June",
    "When is May's birthday?": "May's birthday",
    "Who is Will Smith?": "Will Smith",
    "Did the US sign?": "US sign",
    "US exports in 2020": "US exports 2020",
    "What does WHO say about tea?": "WHO say tea",
    "WHO advice for tea": "WHO advice tea",
    "How do I reach IT?": "reach IT",
    "Who wrote It in 1986?": "wrote It 1986",
    "Where does The Who play?": "play",
    "Is there a store in OR?": "store OR",
    "May I come in?": "come",
    "I am lost. May I call? Will it help?": "lost call help",
    "Can you tell us who it may be?": "tell",
    'He said "May I go?"': 'said " go "',
    "What Happens In May?": "Happens",
    "Weather New York May": "Weather New York",
    "WHAT HAPPENS IN MAY?": "HAPPENS",
    "WHAT is the capital?": "capital",
    "Can I help?": "help",
    "I think I'm late": "think late",
    "Wer hilft uns bei der IT?": "hilft IT",
    "Wann haben Sie Urlaub?": "Urlaub",
}
NOTES = (
    "2020年双方签署了和平协议。",
    "今年毕业生就业率是百分之九十。",
    "有机蔬菜周三送到。",
    "几何作业周五交。",
    "The course begins in May.",
    "Call IT about the printer.",
    "在线课程的密码贴在冰箱上。",
)
FOUND = {
    "和平是什么时候签的？": 0,
    "就业怎么样？": 1,
    "有机的在哪里？": 2,
    "几何是什么时候？": 3,
    "What happens in May?": 4,
    "Who is IT?": 5,
    "在线的是什么？": 6,
}
BESIDE = (
    "谁赢得了世界杯？",
    "他有没有兄弟？",
    "现在天气怎么样？",
    "他有机会吗？",
    "这是谁的平台？",
    "May I have tea?",
    "Can you tell us who it is?",
    "What is WHO?",
)


@pytest.mark.parametrize(("question", "left"), [*(WORDS | LIGHT | ENGLISH).items()])
def test_a_word_is_left_out_only_as_a_whole_and_where_it_is_light(question: str, left: str) -> None:
    """In Chinese by the words that are known, in English by capitals that say something."""
    assert re.sub(r"[？?.,]", " ", telling(question)).split() == left.split()


async def test_a_few_notes_answer_by_such_words_and_refuse_as_before() -> None:
    """What shares only light words with them is refused."""
    source = MemorySource()
    for place, note in enumerate(NOTES):
        source.put(f"n{place}", [IndexedChunk(f"n{place}", note)])
    index = SegmentIndex(source, None)
    least, answered, refused = Grounds().threshold, {}, []
    for question in (*FOUND, *BESIDE):
        every = fused(await looked_for(index, source.base(), question, None, 10))
        if every and every[0].score >= least:
            answered[question] = int(every[0].match.chunk[1:2])
        else:
            refused.append(question)
    await index.close()
    assert (answered, refused) == (FOUND, list(BESIDE))
