"""What is said of another time, as a wish or by somebody, or of the other of two things, bears nothing out."""

from __future__ import annotations

import pytest

from tests.unit.core.knowledge.asking.test_sureness import sure

NEXT = "The manual has a chapter on each of them."


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Set retries to 30 and timeout to 3 [1].", "Set retries to 3 and timeout to 30."),
        ("Set retries to 30 and timeout to 3 [1].", f"Set retries to 3 and timeout to 30. {NEXT}"),
        ("Set the heap to 64 MB and the cache to 512 MB [1].", "Set the heap to 512 MB and the cache to 64 MB."),
        (
            "Exports rose to 25 million tons and imports fell to 40 [1].",
            "Exports rose to 40 million tons and imports fell to 25.",
        ),
        ("把端口改为30，把超时改为8080[1]。", "把端口改为8080，把超时改为30。"),
        ("端口改为30并将超时改为8080秒[1]。", "端口改为8080并将超时改为30秒。"),
        (
            "Give 20 to 30 ml to children and 5 to 10 to adults [1].",
            "Give 5 to 10 ml to children and 20 to 30 to adults.",
        ),
        ("The port listens on 30 and ends at 8080 [1].", "The port listens on 8080 and ends at 30."),
    ],
)
def test_numbers_that_changed_places_are_not_sure(answer: str, text: str) -> None:
    """Also behind `to`, which is not always of a range, and beside another sentence; and 8080 is no year."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Rents fell in Berlin and rose in Munich [1].", "Rents rose in Berlin and fell in Munich."),
        ("Rents fell in Berlin and rose in Munich [1].", f"Rents rose in Berlin and fell in Munich. {NEXT}"),
        ("prices fell in spring and rose in autumn [1].", "Prices rose in spring and fell in autumn."),
        (
            "The pump heats the basement while the boiler cools the attic [1].",
            "The pump cools the basement while the boiler heats the attic.",
        ),
    ],
)
def test_words_that_changed_clauses_are_not_sure(answer: str, text: str) -> None:
    """Where each clause has something of the other."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("The reactor is cooled with sea water [1].", "The reactor used to be cooled with sea water."),
        ("The old interface was removed in version 5 [1].", "The old interface will be removed in version 5."),
        ("The old interface is kept in version 5 [1].", "The old interface won't be kept in version 5."),
        ("The old interface was removed in version 5 [1].", "The old interface'll be removed in version 5."),
        ("Bats are blind in daylight [1].", "It is a misconception that bats are blind in daylight."),
        ("Bats are blind in daylight [1].", "The belief that bats are blind in daylight is a popular misconception."),
        ("Bats are blind in daylight [1].", "It is one of many fallacies that bats are blind in daylight."),
        ("The dam drowned forty villages [1].", "Critics say the dam drowned forty villages."),
        ("The dam drowned forty villages [1].", "The dam drowned forty villages, its opponents often say."),
        ("The dam drowned forty villages [1].", "Residents allege that the dam drowned forty villages."),
        ("The dam is the oldest of the valley [1].", "The dam is said to be the oldest of the valley."),
        ("The dam drowned forty villages [1].", "The dam reportedly drowned forty villages."),
        ("The library fee for students [1].", "The senate wants to abolish the library fee for students."),
        ("The senate raises the library fee [1].", "The senate wants to raise the library fee."),
        ("The senate raises the library fee [1].", "The senate is going to raise the library fee."),
        ("The senate raised the library fee [1].", "The senate threatened to raise the library fee."),
        ("The house was a brewery with a garden [1].", "The house was previously a brewery with a garden."),
    ],
)
def test_another_time_a_wish_and_an_opinion_are_no_fact(answer: str, text: str) -> None:
    """What was, will be, is wanted, or is said by some."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Der Reaktor wird mit Wasser gekühlt [1].", "Der Reaktor wird mit Wasser gekühlt: ein Irrtum."),
        ("Der Reaktor war mit Wasser gekühlt [1].", "Früher war der Reaktor mit Wasser gekühlt."),
        ("Der Damm hat vierzig Dörfer zerstört [1].", "Kritiker sagen, der Damm hat vierzig Dörfer zerstört."),
        ("Der Damm hat vierzig Dörfer zerstört [1].", "Der Damm hat mutmaßlich vierzig Dörfer zerstört."),
        ("die Gebühr für alle Studenten [1].", "Der Senat möchte die Gebühr für alle Studenten abschaffen."),
        ("Le pont est fermé aux voitures [1].", "Autrefois le pont est fermé aux voitures."),
        ("la taxe sur les voitures neuves [1].", "Le maire veut supprimer la taxe sur les voitures neuves."),
        ("el impuesto sobre los coches nuevos [1].", "El alcalde quiere derogar el impuesto sobre los coches nuevos."),
        ("la tassa sulle automobili nuove [1].", "Il sindaco vuole abolire la tassa sulle automobili nuove."),
        ("Налог на новые машины в городе [1].", "Мэр хочет отменить налог на новые машины в городе."),
        ("旧接口在第五版被删除[1]。", "旧接口即将在第五版被删除。"),
        ("旧接口在第五版被删除[1]。", "旧接口将在第五版被删除。"),
        ("反应堆用海水冷却降温[1]。", "反应堆曾用海水冷却降温。"),
        ("蝙蝠白天看见东西困难[1]。", "常见误解：蝙蝠白天看见东西困难。"),
        ("大坝淹没四十座村庄[1]。", "批评者认为大坝淹没四十座村庄。"),
        ("大坝淹没四十座村庄[1]。", "传闻大坝淹没四十座村庄。"),
        ("公司出售北京的总部大楼[1]。", "公司打算出售北京的总部大楼。"),
    ],
)
def test_nor_in_other_languages(answer: str, text: str) -> None:
    """German, French, Spanish, Italian, Russian, Chinese."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("In version 5 the old interface will be removed [1].", "The old interface will be removed in version 5."),
        ("In version 5 it won't be removed as planned [1].", "It will not be removed in version 5 as planned."),
        ("With sea water the reactor used to be cooled [1].", "The reactor used to be cooled with sea water."),
        ("The dam drowned forty villages [1].", "The dam drowned forty villages. Critics say that it leaks."),
        ("In 2021 retries rose to 3 and timeouts to 30 [1].", "Retries rose to 3 and timeouts to 30 in 2021."),
        ("From 3 to 5 degrees at the lake were measured [1].", "3 to 5 degrees were measured at the lake."),
        ("In Berlin rents rose, and fell in Munich [1].", "Rents rose in Berlin and fell in Munich."),
        ("The tool is made of steel [1].", "The tool is made of steel, and is used to cut bread."),
        ("The film, praised by critics, made 5 million [1].", "The film made 5 million, praised by critics."),
        ("本公司于1998年成立，员工120人。[1]", "本公司成立于一九九八年，员工一百二十人。"),
    ],
)
def test_what_has_them_too_or_has_them_elsewhere_stays_sure(answer: str, text: str) -> None:
    """And numbers, words and clauses in their places."""
    assert None not in sure(answer, text)
