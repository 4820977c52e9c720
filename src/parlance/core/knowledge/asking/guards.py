"""Words that turn or narrow what a sentence says: whoever leaves one out says something else.

`not`, `never` and `without` turn it, and so do `denied that` and `it is a misconception that`; `only`, `unless`, `may`,
`at most` narrow it, and so does what tells it of another time (`used to`, `will`), as a wish (`wants to`) or as the
word of some (`critics say`). They are known in English, German, French, Spanish, Italian, Portuguese, Russian, Chinese
and Japanese, and the commonest denials in some others. What is written otherwise (`is_known`) is taken word for word
only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from parlance.core.knowledge.asking.folding import normal
from parlance.values.letters import HAN

_DENIALS = r"""
not|never|none|nobody|nothing|nowhere|neither|nor|without|hardly|scarcely|barely|seldom|rarely|no(?!\.?\s*\d|-(?!one))
|false(?:ly)?|untrue|incorrect(?:ly)?|myths?|misconceptions?|misbeliefs?|fallac(?:y|ies)|hoax(?:es)?|wrong(?=\s+(?:that|to)\b)|wrongly|impossible|unable|unlikely|doubt(?:s|ed|ful)?
|den(?:y|ies|ied|ying|ial)|refus(?:e|es|ed|ing|al)|reject(?:s|ed|ing)?|fail(?:s|ed|ing)?(?=\s+to\b)|forb(?:id|ids|idden|ade)
|prohibit(?:s|ed|ing)?|ban(?:s|ned)|prevent(?:s|ed|ing)?|disput(?:e|es|ed)|refut(?:e|es|ed)|dispro(?:ve|ves|ved|ven)
|abolish(?:es|ed|ing)?|abolition|repeal(?:s|ed|ing)?|rescind(?:s|ed|ing)?|revok(?:e|es|ed|ing)
|exclud(?:e|es|ed|ing)|except|excepting|unless|lack(?:s|ed|ing)?|instead|unlike|(?:rather|other)(?=\s+than\b)|apart(?=\s+from\b)
|nicht|nichts|kein\w{0,2}|nie|niemals|niemand\w{0,2}|nirgends|weder|ohne|kaum|ausser|falsch|unwahr|verboten|leugne\w*|bestreite\w*|bestritt\w*
|irrtum|irrtümer|irrtümlich\w*|irrglauben?|trugschluss|mythos|mythen|abschaff\w*|abgeschafft\w*|abzuschaffen
|ne|n(?=['’]\w)|pas|jamais|sans|rien|aucun|aucune|ni|sauf|faux|nie[rz]?|interdit\w*|nega|neg[oó]
|mythe|supprim(?:er|e|ent|é|ée|és|ées)|abol(?:ir|it|i|ie|is|ies)
|nunca|jam[aá]s|nada|nadie|ning[uú]n\w?|sin|tampoco|falso|salvo|excepto|prohib\w+
|mitos?|derog\w+|abol(?:ió|ido|ida|irá)
|non|mai|nessun\w?|niente|nulla|senza|n[eé]|tranne|eccetto|vietato
|mit[oi]|abolire|abol(?:ito|ita|irà)|abroga\w*
|n[aã]o|nenhum\w?|ningu[eé]m|sem|nem|exceto|proibid\w
|не|нет|ни|никогда|никто|ничего|нельзя|без|кроме|неверно|ложно|отрица\w+|запрещ\w+|заблужден\w+|миф\w{0,3}|отмен(?:ить|ил|ила|или|ит|ят|яет|яют|ена|ено|ены|ён)
|niet|geen|nooit|zonder|inte|ej|ingen|inget|aldrig|ikke|ikkje|uden|uten|utan|nigdy|bez|není|nikdy|değil|yok|ei|eivät|nem|nu|fără|tidak|bukan|không
"""
_LIMITS = r"""
only|solely|merely|exclusively|until|till|before|after|if|whether|provided|assuming|otherwise
|may|might|can|could|must|should|shall|would|ought|some|few|several|most|many|every|each|all|any|both|half|other|another|again
|almost|nearly|about|approximately|roughly|around|over|under|more|less|fewer|least|than|better|worse|first|last|once|formerly
|alleged(?:ly)?|supposed(?:ly)?|claim(?:s|ed)?|believ(?:e|es|ed)|assum(?:e|es|ed)|pretend(?:s|ed)?|hop(?:e|es|ed)|plan(?:s|ned)|intend(?:s|ed)?
|tr(?:y|ies|ied)|attempt(?:s|ed)?|propos(?:e|es|ed)|expect(?:s|ed)?|threaten(?:s|ed)?|will|going(?=\s+to\b)
|(?<!\bis\s)(?<!\bare\s)(?<!\bwas\s)(?<!\bwere\s)(?<!\bbe\s)(?<!\bbeen\s)(?<!\bbeing\s)used\s+to
|(?:want|wish|aim|seek)(?:s|ed|ing)?(?=\s+to\b)|sought(?=\s+to\b)|planning(?=\s+(?:to|on)\b)|hoping|considering
|alleg(?:e|es|ing|ation|ations)|reportedly|reported(?=\s+to\b)|rumou?r(?:s|ed)?|purported(?:ly)?|suspect(?:s|ed)?|apparently
|(?:said|thought)(?=\s+to\b)|argu(?:e|es|ed)(?=\s+that\b)
|(?:critics?|opponents?|s[kc]eptics?|detractors?|supporters?|proponents?|advocates?)(?=(?:\s+\w+)?\s+(?:sa(?:y|ys|id)|claim|believe|argue|contend|maintain|insist|fear|warn|call|accuse))
|previously|originally|perhaps|possibly|probably|maybe|ex|former
|bce?|ad
|nur|bloss|lediglich|bis|vor|nach|wenn|falls|sofern|ob|vielleicht|möglicherweise|darf|dürfen|muss|müssen|soll|sollen|sollte|könnte|mindestens|höchstens|fast|beinahe|einige|wenige|alle|mehr|weniger|angeblich\w{0,2}
|früher|ehemals|einst|vormals|zuvor|kritikern?|gegnern?(?=\s+(?:sag|behaupt|mein|werf))|mutmasslich\w{0,2}|vermeintlich\w{0,2}|behaupt\w+|möchten?|wollen|wollte\w?|planen|beabsichtig\w+|fordern|fordert\w{0,2}
|seulement|seul|uniquement|si|avant|après|jusqu|peut|peuvent|doit|doivent|presque|tous|toutes|plus|moins|certains|quelques|autrefois|jadis|auparavant|veut|veulent|prétend\w*|envisage\w*|prétendument|rumeurs?
|solo|sólo|solamente|únicamente|antes|después|hasta|puede|pueden|debe|deben|casi|todos|todas|algunos|más|menos|quizás|antiguamente|antaño|sol[ií]an?|quieren?|pretenden?|supuest\w+|rumor(?:es)?
|soltanto|prima|dopo|fino|può|possono|deve|devono|quasi|tutti|tutte|alcuni|più|meno|forse|vuole|vogliono|intende|intendono|presunt\w|sostengono|se|apenas|somente|até|depois|pode|podem|devem|mais|talvez|antigamente|quer|querem|alegad\w+|suposta?mente
|только|лишь|если|до|после|может|могут|должен|должны|почти|все|некоторые|более|менее|возможно|якобы|раньше|прежде|хочет|хотят|планиру\w+|намерен\w?|будет|будут|критики
"""
_HAN_DENIALS = (
    "非(?![常洲])|未(?![来來])|[无無](?![论論数數])|不(?![断斷同仅僅但过過久])|[没沒勿莫]|否(?![则則])|除(?![夕法])|禁止|拒[绝絕]|避免|防止|难以|難以"
    "|[废廢]除|[废廢]止|取消|谎称|謊稱|[误誤][解区區认認会會传傳]|[谣謠][言传傳]|[传傳][闻聞]|迷思|ない|ません|なかった|なく|ずに|なし|以外|のぞ"
)
_HAN_LIMITS = (
    "[仅僅只唯]|几乎|幾乎|差[点點]|必[须須]|[应應][当當该該]|可能|可以|能[够夠]|也[许許]|或[许許]|大[约約]|[约約](?![定会會束])|左右|前后|前後"
    "|以上|以下|超[过過]|不足|至少|至多|最多|最少|如果|若|假如|直到|之前|之后|之後|以前|以后|以後|所有|全部|部分|一些|少[数數]|多[数數]|[据據][说說]|[声聲][称稱]|[尚待]|似乎"
    "|曾|即[将將]|[将將](?=[会會于於在被要])|打算|企[图圖]|想要|[计計][划劃](?=[在于於将將取废廢删刪])|批[评評]者|反[对對]者|指控|涉嫌|疑似|[据據][称稱传傳]"
    "|だけ|のみ|しか|なら|たら|れば|まで|かも|だろう|すべて|一部|べき"
)
_SIGNS = (
    r"(?<=\d)\s?[ap]\.?\s?m\b|(?<=\d)\s?[-–]\s?(?=\d)|(?<=\d)\s+to\s+(?=\d)"
    r"|[≤≥≠≈±]|(?<=[\s\d])[<>]=?(?=\s?[\w.])|(?<=[\s`])[+*/^×÷=](?=[\s`])"
)


def _words(listed: str) -> str:
    return rf"(?<![^\W{HAN}])(?:{''.join(listed.split())})(?![^\W{HAN}])"


_TURNS = re.compile(f"{_words(_DENIALS)}|{_HAN_DENIALS}")
_GUARD = re.compile(f"{_words(_DENIALS)}|{_words(_LIMITS)}|{_HAN_DENIALS}|{_HAN_LIMITS}|{_SIGNS}")
_CONTRACTED = re.compile(r"\b(ca|wo)n['’]t\b|\bcannot\b|n['’]t\b|['’]ll\b", re.I)
_LONG: Mapping[str, str] = {"ca": "can not", "wo": "will not", "cannot": "can not", "ll": " will"}
_SAME: Mapping[str, str] = {
    **dict.fromkeys(("no", "none"), "not"),
    **dict.fromkeys(("solely", "merely", "exclusively"), "only"),
    **dict.fromkeys(("nearly",), "almost"),
    **dict.fromkeys(("approximately", "roughly"), "about"),
    **dict.fromkeys(("fewer",), "less"),
    "till": "until",
    **dict.fromkeys(("-", "–"), "to"),
}
"""Words that turn or narrow in the same way, under one of them."""
_OF_THINGS = re.compile(
    r"no|none|nobody|nothing|nowhere|neither|nor|without|apart|unlike|instead|(?:refus|reject|prevent|lack|exclud|disput|ban).*"
)
"""Of the words that turn those that deny a thing or a person rather than what is said of one."""
_AMOUNTS_WORDS = """
some few several most many every each all any both half other another again about almost around over under more less
than least better worse first last once formerly former ex previously originally
"""
_AMOUNTS = frozenset(_AMOUNTS_WORDS.split())
"""Words that narrow only what stands beside them."""
_MODALS = frozenset(("may", "might", "can", "could", "must", "should", "shall", "would", "ought", "will", "usedto"))
"""Words that narrow only what stands behind them in their clause."""
_ELSEWHERE_NOT = re.compile(
    r"\bno\s+(?:es|está|son|están|fue|era|se|ha|han|hay|puede|pueden|debe|deben|tiene|lo|la|le|les)\b"
)
_THAT = re.compile(r"\b(?:that|whether|dass|daß|que|che|что)\W*$", re.I)
_NEAR = re.compile(rf"(?:(?:[^\s{HAN}]+|[{HAN}]{{1,2}})\s*){{0,2}}$")
_AND = re.compile(r"\b(?:and|or|und|oder|et|ou|y|e|и)\b")
_FAR = re.compile(
    "除|如果|若|假如|只有|[仅僅]限|例外|否|但|[却卻]|不[过過]|然而|[尚待]|取消|[废廢]|[禁难難]|谎|謊|以外|なら|たら|れば"
)
"""What in Chinese turns or narrows a clause before it; the other words do so only within their own."""
_BREAK = re.compile(r"[,;:，；：、()（）—–]|\b(?:but|aber|sondern|mais|pero|sino|ma|но)\b|[但而]", re.I)
_IS_HAN = re.compile(f"[{HAN}]")
_FOREIGN = re.compile(rf"[^\W\d_a-zàâäáãçéèêëíìîïñóòôöõúùûüßœæÿа-яёμωπ{HAN}]", re.I)


def guards(text: str) -> Counter[str]:
    """The words of a text that turn or narrow what it says, each as often as it stands there."""
    return Counter(map(_form, _GUARD.findall(plain(text))))


def turns(text: str) -> Counter[str]:
    """Those alone that turn it."""
    return Counter(map(_form, _TURNS.findall(plain(text))))


def cut_off(before: str, behind: str) -> set[str]:
    """The words in what is left of a sentence that turn or narrow a stretch of it that stands between these."""
    near = guards(" ".join(before.split()[-3:])) + guards(" ".join(behind.split()[:3]))
    modal = {word for word in guards(clause_before(before)) if word in _MODALS}
    return modal | {word for word in guards(before) + guards(behind) if word in near or word not in _AMOUNTS | _MODALS}


def denied_nearby(before: str) -> bool:
    """Whether what comes right behind these words is denied by one of the last of them."""
    near = _NEAR.search(_AND.split(plain(before))[-1])
    told = near.group() if near else ""
    denied = any(not _OF_THINGS.fullmatch(word) for word in _TURNS.findall(told)) or _ELSEWHERE_NOT.search(told)
    return bool(denied) or is_said_not_to_be(before)


def is_said_not_to_be(before: str) -> bool:
    """Whether these words say of a clause that comes that it is not so."""
    return _THAT.search(before) is not None and bool(turns(before))


def is_guard(word: str) -> bool:
    """Whether a word, in small letters, turns or narrows."""
    return _GUARD.fullmatch(word) is not None


def is_known(text: str) -> bool:
    """Whether these words could be known in a text: it has no letter of another script, nor one of another alphabet."""
    return _FOREIGN.search(normal(text)) is None


def uncontracted(text: str) -> str:
    """A text in common forms, with each `not` and `will` as a word of its own."""
    return _CONTRACTED.sub(_written_out, normal(text))


def plain(text: str) -> str:
    """The same in small letters, `ß` as `ss`."""
    return uncontracted(text).casefold()


def reaching_back(text: str) -> str:
    """What of the rest of a sentence may turn what stands before it: in Chinese its first clause, and what reaches over
    several; else all of it."""
    if not _IS_HAN.search(text):
        return text
    clause = clause_behind(text)
    return text if _FAR.search(text, len(clause)) else clause


def clause_before(text: str) -> str:
    """The end of a text that is in one clause with what comes."""
    return _BREAK.split(text)[-1]


def clause_behind(text: str) -> str:
    """The beginning of a text that is in one clause with what came."""
    return _BREAK.split(text, maxsplit=1)[0]


def _written_out(match: re.Match[str]) -> str:
    return _LONG.get((match.group(1) or match.group().strip("'’")).casefold(), " not")


def _form(found: str) -> str:
    """One form of a word that was found: without the stops and blanks of `p. m.`, and of several that say the same."""
    word = found if len(found) == 1 else "".join(found.split()).replace(".", "")
    return _SAME.get(word, word)
