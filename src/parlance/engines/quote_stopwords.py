"""Words that carry nothing, by language: a question is not answered by a sentence that shares only these with it.

One short list a language, of what questions are asked with. A word counts as such only in a language that the question
seems to be in, as `die`, `son`, `come` and `door` say something in another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LISTS = {
    "en": """
a about an and any are as at be been by can could did do does for from get had has have he her his how i if in into is
it its many may me mean means much must my not of on or our please shall she should tell than that the their them then
there these they this those to us was we were what when where which who whom whose why will with would you your
""",
    "de": """
ab aber alle als am an auch auf aus bei beim bin bis bitte da darf das dass dein dem den der des die dies diese dieser
doch du durch dürfen ein eine einem einen einer eines er es für gibt habe haben hat hatte ich ihr ihre im in ist kann
kein keine können man mein meine meinem meinen meiner mich mir mit muss müssen nach nicht noch nur oder ohne sein sich
sie sind so soll sollen um und uns unser unsere viel viele vom von vor wann war warum was welche welchem welchen
welcher welches wem wen wenn wer werden weshalb wie wieso wieviel wird wo woher wohin zu zum zur über
""",
    "fr": """
a ai au aux avec avoir c ce ces cet cette combien comment d dans de des doit du elle en est et faire fait faut font il
ils j je l la le les leur lui m ma mais me mes moi mon n ne nos notre nous on ont ou où par pas peut peux plus pour
pourquoi qu quand que quel quelle quelles quels qui quoi s sa se ses son sont sur ta te tes toi ton tu un une vos
votre vous y à été être
""",
    "es": """
a al algún como con cuando cuanta cuanto cuál cuáles cuándo cuánta cuántas cuánto cuántos cómo de debe del donde dónde
e el ella en era es esa ese esta este está están fue ha han hay la las le les lo los me mi mis muy más ni no nos
nuestra nuestro o para pero por porque puede puedo que quien quién qué se ser si sin sobre son su sus también te tengo
tiene tienen tu tus un una unas uno unos y ya yo
""",
    "it": """
a agli ai al alla alle anche che chi ci col come con cos cosa cui d da dagli dai dal dalla degli dei del della delle
deve devo di dove e ed era essere fa gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia mie miei mio
ne nei nel nella non o per perché più posso può qual quale quali quando quanta quante quanti quanto questa questo se
sei si sono su sua sue sui sul sulla suo ti tra tu un una uno vi è
""",
    "pt": """
a ao aos as até com como da das de deve do dos e ela ele em entre era essa esse esta este está foi há isso já lhe mais
mas me meu meus minha minhas muito na nas nem no nos não o onde os ou para pela pelo pelos pode por porque posso quais
qual quando quanta quantas quanto quantos que quem se sem ser seu sua são só também te tem tenho tu têm um uma você à
às é
""",
    "nl": """
aan al als bij dan dat de deze die dit door een en er had heb hebben heeft het hij hoe hoeveel hun ik in is je jij
jouw kan kun kunnen maar mag me met mij mijn moet moeten na naar niet nog nu of om ons onze ook op over te tot u uit
uw van veel voor waar waarom wanneer was wat we welk welke wie wij wil worden wordt zal ze zich zij zijn zo zou
""",
}
_COMMON = {language: frozenset(words.split()) for language, words in _LISTS.items()}
EVERY = frozenset().union(*_COMMON.values())
"""All of them together: a line that ends in one of them is seldom at its end."""
_HAN = (
    "为什么|多长时间|什么时候|什么|怎么样|怎么|怎样|如何|多少|多久|多长|多高|多大|几点|哪里|哪儿|哪个|哪些|哪天|是否|有没有|能不能|"
    "可不可以|可以|请问|告诉|我们|你们|他们|自己|的|了|是|在|吗|呢|吧|啊|我|你|您|他|她|它|谁|哪|几|这|那|和|与|或|及|把|被|会|能|要|有"
)
HAN_COMMON = re.compile(_HAN)
"""Likewise in a run of Chinese."""
COMPOUNDING = frozenset({"de", "nl"})
"""Languages that write several words as one."""


def languages(words: Sequence[str]) -> frozenset[str]:
    """Those that a text seems to be in by its common words, folded in case: one, several alike, or none."""
    counts = {language: sum(word in common for word in words) for language, common in _COMMON.items()}
    most = max(counts.values())
    return frozenset(language for language, count in counts.items() if count == most > 0)


def telling(words: Sequence[str]) -> list[str]:
    """The words that say something. A question that is one word asks for that word."""
    if len(words) < 2:
        return list(words)
    common: frozenset[str] = frozenset().union(*(_COMMON[each] for each in languages(words)))
    return [word for word in words if word not in common]
