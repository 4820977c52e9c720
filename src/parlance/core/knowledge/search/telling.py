"""Which words of a question say what it is about: all but those that every sentence of a language has.

`the`, `is` and `how` are found in any note, and in a base of five notes BM25 counts them as much as nouns: there is
nothing that they are more frequent than, and a question that nothing answers has half of its words in each. So in a
small base a question is looked for without them, as long as it has others; "who" alone is looked for. Of many chunks
BM25 knows by itself what they are worth, which is a little: known items are found worse without them. Which language's
they are is told by the question: `die` and `war` say nothing in German, and something in English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from parlance.core.knowledge.search.capitals import names
from parlance.core.knowledge.search.han import without_light
from parlance.ports.indexes import BaseIndex, Found
from parlance.values.knowledge import Base

FEW = 100
"""Chunks below which words that carry nothing are left out: in a hundred of English `the` weighs next to nothing."""

_LIGHT: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "a about am an and any are aren't as at be been being by can can't could did didn't do does "
        "doesn't doing don't for from had has have he her here him his how i i'm if in into is isn't it "
        "it's its just let may me might my of on or our shall she should so some than that that's the "
        "their them then there there's these they this those to us was we were what what's when where "
        "which while who who's whom whose why will with would you your",
        "de": "aber als am an auch auf aus bei bin bis bist da das dass dein deine dem den denn der des dich "
        "die dies diese dieser dieses dir doch du durch ein eine einem einen einer eines er es euch euer "
        "für gibt habe haben hat hatte ich ihm ihn ihr ihre im in ist ja kann können man mein meine mich "
        "mir mit nach noch nur ob oder sein seine sich sie sind so soll um und uns unser unsere vom von "
        "vor war waren warum was wann welche welchem welchen welcher welches wem wen wenn wer werden wie "
        "wieso wir wird wo woher wohin worin wurde wurden zu zum zur über",
        "fr": "a au aux avec c ce ces cette comment d dans de des du elle elles en est et eu il ils j je l la "
        "le les leur lui m ma mais me mes mon n nos notre nous on ont ou où par pas pour pourquoi qu "
        "quand que quel quelle quelles quels qui quoi s sa se ses son sont sur t ta te tes toi ton tu un "
        "une vos votre vous y à",
        "es": "a al como con cual cuando cuál cuáles cuándo cómo de del donde dónde el ella ellos en es esa ese "
        "eso esta este esto está están ha han hay la las le les lo los me mi mis nos o para pero por "
        "porque que quien quién qué se ser si son su sus te tu tus un una unas unos y yo",
        "it": "a agli ai al all alla alle allo anche c'è ce che chi ci cioè col com'è come con cos cos'è cosa così "
        "cui d da dagli dai dal dall dalla dalle dallo degli dei del dell della delle dello di dov'è dove e "
        "ed era erano fra gli ha hai hanno ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio "
        "ne nei nel nell nella nelle nello noi nostra nostro o per perché posso può qual quale quali quand'è "
        "quando quel quell quella quelle quelli quello questa queste questi questo se sei si sia siamo sono "
        "sta su sua sue sugli sui sul sull sulla sulle sullo suo suoi te ti tra tu tua tue tuo tuoi un una "
        "uno vi voi vostra vostro è",
        "pt": "a ao aos as até com como da das de dela dele do dos e ela elas ele eles em entre era essa esse esta "
        "este está estão eu foi foram há isso isto já lhe mas me meu meus minha minhas na nas nem no nos nossa nosso "
        "num numa o onde os ou para pela pelas pelo pelos por porque porquê posso pra quais qual quando que quem quê "
        "se ser seu seus sua suas são só também te tem teu tua têm um uma umas uns você vocês à às é",
        "nl": "aan als bij dan dat de deze die dit een en er had heb hebben heeft het hij hoe hun ik in is je jij "
        "jouw jullie kan kunnen kunt maar me mij mijn naar nog nu of om ons onze ook op te tot u uit uw van voor waar "
        "waarin waarom wanneer waren was wat we welk welke werd wie wij word worden wordt ze zich zij zijn zo",
    }.items()
}
"""Of each language the words that carry nothing in a question."""
_CROWDED = frozenset(("it", "pt", "nl"))
"""Languages whose light words are names and nouns elsewhere (`ai`, `dos`, `van`): of these a question has to have two
that English does not have."""
_ELIDING = frozenset(("fr", "it"))
"""Languages in which such words lose their end before a vowel (`l'eau`, `dell'acqua`): the next word is another one."""
_WORD = re.compile(r"(?<![\w.\-/:@+#])[^\W\d_]+(?:['’][^\W\d_]+)*(?![\w\-/:@+#]|\.\w)")
"""A word that stands by itself: what is a part of a name, an address or an option stays."""
_LETTER = re.compile(r"[^\W_]")


async def looked_for(
    index: BaseIndex,
    base: Base,
    question: str,
    vector: Sequence[float] | None,
    most: int,
    only: AbstractSet[str] | None = None,
) -> Found:
    """What an index finds for a question: in a base of few chunks by its words that tell something. Raises `Fault`."""
    found = await index.find(base, question, vector, most, only)
    if found.chunks >= FEW or (fewer := telling(question)) == question:
        return found
    return await index.find(base, fewer, vector, most, only)


def telling(question: str) -> str:
    """A question without the words of its language that carry nothing; as it is where it has no others."""
    left = without_light(question)
    found = _WORD.findall(question)
    begun = {_plain(word) for word in found[:1]}  # of two that have as many, a question is in that of its first word
    language = max(_LIGHT, key=lambda each: (_light(found, each), bool(begun & _LIGHT[each])))
    kept = names(left, list(_WORD.finditer(left)), _LIGHT[language]) if language == "en" else ()
    left = _WORD.sub(lambda word: word.group() if word.start() in kept else _rest(word.group(), language), left)
    return left if _LETTER.search(left) else question


def _light(words: Sequence[str], language: str) -> int:
    """How many of a question's words carry nothing in a language, or begin so; none where that may be by chance. What
    English has as well speaks for no crowded language: beside a few particles of a name it would outvote English."""
    own = [plain for word in words if (plain := _plain(word)) in _LIGHT[language]]
    own += [_plain(word) for word in words if _elided(_plain(word), language) and (own or word[0].islower())]
    if language not in _CROWDED:
        return len(own)
    telling_it = [word for word in own if word not in _LIGHT["en"]]
    return len(telling_it) if len(set(telling_it)) > 1 else 0


def _rest(word: str, language: str) -> str:
    """What of a word tells something: nothing, what follows an apostrophe, or all."""
    plain = _plain(word)
    if plain in _LIGHT[language]:
        return " "
    elided = _elided(plain, language)
    return _rest(word[elided:], language) if elided else word


def _elided(word: str, language: str) -> int:
    """How many letters of a word are another one that carries nothing: of `l'eau` two."""
    head, sign, _ = word.partition("'")
    return len(head) + 1 if sign and language in _ELIDING and head in _LIGHT[language] else 0


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'")
