"""A small base is not asked for words that every sentence has."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.search.fusion import fused
from parlance.core.knowledge.search.telling import FEW, looked_for, telling
from parlance.ports.indexes import IndexedChunk
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.indexes import MemorySource
from parlance.values.grounds import Grounds

NOTES = {
    "en": (
        "Buy milk and eggs on Saturday.",
        "Call the plumber about the sink in the kitchen.",
        "Grandmother's birthday is on 12 May; she likes tulips.",
        "The wifi password is under the router.",
        "Car insurance is due in October.",
    ),
    "it": (
        "Compra il latte e le uova sabato.",
        "Chiama l'idraulico per il lavandino della cucina.",
        "Il compleanno della nonna è il 12 maggio; le piacciono i tulipani.",
        "La password del wifi è sotto il router.",
        "L'assicurazione dell'auto scade in ottobre.",
    ),
    "pt": (
        "Comprar leite e ovos no sábado.",
        "Ligar ao canalizador por causa do lava-louça da cozinha.",
        "O aniversário da avó é a 12 de maio; ela gosta de tulipas.",
        "A senha do wifi está debaixo do router.",
        "O seguro do carro vence em outubro.",
    ),
    "nl": (
        "Melk en eieren kopen op zaterdag.",
        "De loodgieter bellen over de gootsteen in de keuken.",
        "Oma is op 12 mei jarig; ze houdt van tulpen.",
        "Het wachtwoord van de wifi ligt onder de router.",
        "De verzekering van de auto vervalt in oktober.",
    ),
}
BESIDE = {
    "en": (
        "What is the capital of France?",
        "When was the French revolution?",
        "What is the weather today?",
        "Is the sky blue?",
        "Who is the president of Brazil?",
        "Wie heißt die Hauptstadt von Frankreich?",
        "谁赢得了世界杯？",
    ),
    "it": (
        "Qual è la capitale dell'Italia?",
        "Quando è stata la rivoluzione francese?",
        "Che tempo fa oggi a Roma?",
        "Chi è il presidente della repubblica?",
        "Dov'è l'aeroporto?",
    ),
    "pt": (
        "Qual é a capital do Brasil?",
        "Quando foi a revolução francesa?",
        "Como está o tempo hoje em Lisboa?",
        "Quem é o presidente da república?",
        "Onde fica o aeroporto?",
    ),
    "nl": (
        "Wat is de hoofdstad van Frankrijk?",
        "Wanneer was de Franse revolutie?",
        "Hoe is het weer vandaag in Utrecht?",
        "Wie is de president van Brazilië?",
        "Waar is het vliegveld?",
    ),
}
ANSWERED = {
    "en": ("Where is the router password?", "When do I have to pay for the car?", "sink", "Who likes tulips?"),
    "it": ("Dov'è la password del router?", "Quando scade l'assicurazione dell'auto?", "lavandino"),
    "pt": ("Onde está a senha do router?", "Quando vence o seguro do carro?", "cozinha"),
    "nl": ("Waar is het wachtwoord van de wifi?", "Wanneer vervalt de verzekering van de auto?", "gootsteen"),
}


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What is the capital of France?", ["capital", "France"]),
        ("Wann war der Krieg?", ["Krieg"]),
        ("When did the war die down?", ["war", "die", "down"]),
        ("Où est la clé ?", ["clé"]),
        ("¿Dónde está la llave?", ["llave"]),
        ("Qual è la capitale dell’Italia?", ["capitale", "Italia"]),
        ("Où est l'eau ?", ["eau"]),
        ("Qual é a capital do Brasil?", ["capital", "Brasil"]),
        ("Wat is de hoofdstad van Frankrijk?", ["hoofdstad", "Frankrijk"]),
        ("Is van insurance due?", ["van", "insurance", "due"]),
        ("ai in dos", ["ai", "dos"]),
        ("公司总部在哪里？", ["公司总部"]),
        ("Who's who?", ["Who's", "who"]),
        ("how does ls -is work", ["ls", "-is", "work"]),
        ("什么", ["什么"]),
    ],
)
def test_words_that_carry_nothing_are_left_out_where_there_are_others(question: str, left: list[str]) -> None:
    """Those of the question's own language; a part of a name or an option is none."""
    assert telling(question).replace("?", "").replace("？", "").replace("¿", "").split() == left


@pytest.mark.parametrize("language", NOTES)
async def test_a_few_notes_refuse_what_they_share_no_word_with(language: str) -> None:
    """And answer what they did."""
    source = MemorySource()
    for place, note in enumerate(NOTES[language]):
        source.put(f"n{place}", [IndexedChunk(f"n{place}", note)])
    index = SegmentIndex(source, None)
    best = {}
    for question in (*BESIDE[language], *ANSWERED[language]):
        every = fused(await looked_for(index, source.base(), question, None, 10))
        best[question] = every[0].score if every else 0.0
    await index.close()
    least = Grounds().threshold
    assert [each for each in BESIDE[language] if best[each] >= least] == []
    assert [each for each in ANSWERED[language] if best[each] < least] == []


async def test_many_chunks_are_asked_for_every_word() -> None:
    """There BM25 knows what each is worth."""
    source = MemorySource()
    for place in range(FEW):
        source.put(f"d{place:03}", [IndexedChunk(f"d{place:03}", "the tea" if place else "how the tea is made")])
    index = SegmentIndex(source, None)
    found = await looked_for(index, source.base(), "how is the coffee", None, 200)
    source.put("d000", [])
    fewer = await looked_for(index, source.base(), "how is the coffee", None, 200)
    await index.close()
    assert len(found.matches) == FEW and fewer.matches == ()


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Is Dan van Berg in Berlin?", "Dan van Berg Berlin?"),
        ("Where is Jan de Vries van Dijk?", "Jan de Vries van Dijk?"),
        ("Did O'Brien meet O'Connor?", "O'Brien meet O'Connor?"),
        ("Has L'Oréal bought D'Arcy?", "L'Oréal bought D'Arcy?"),
        ("Wat is de hoofdstad van Frankrijk?", "hoofdstad Frankrijk?"),
        ("Qual é a capital do Brasil?", "capital Brasil?"),
    ],
)
def test_the_particles_of_a_name_make_no_other_language_of_a_question(question: str, left: str) -> None:
    assert telling(question).split() == left.split()
