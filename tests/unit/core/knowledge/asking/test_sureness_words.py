"""A sentence is not sure where its passage has a word that turns or narrows it, or its words in another order."""

from __future__ import annotations

import pytest

from tests.unit.core.knowledge.asking.test_sureness import sure


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Der Hund ist für Kinder gefährlich [1].", "Der Hund ist für Kinder nicht gefährlich."),
        ("Der Vertrag kann gekündigt werden [1].", "Der Vertrag kann nicht ohne Grund gekündigt werden."),
        ("Das Gerät ist ohne Aufsicht sicher [1].", "Das Gerät ist niemals ohne Aufsicht sicher."),
        ("Es besteht Anspruch auf Erstattung der Kosten [1].", "Es besteht kein Anspruch auf Erstattung der Kosten."),
        ("Die Firma hat Gewinn gemacht im Jahr 2020 [1].", "Die Firma hat keinen Gewinn gemacht im Jahr 2020."),
        ("Le chien est dangereux pour les enfants [1].", "Le chien n'est pas dangereux pour les enfants."),
        ("El perro es peligroso para los niños [1].", "El perro no es peligroso para los niños."),
        ("El perro es peligroso para niños [1].", "El perro nunca es peligroso para niños."),
        ("Собака опасна для маленьких детей [1].", "Собака не опасна для маленьких детей."),
        ("Der Hund ist für Kinder gefährlich [1].", "Niemand sagt, der Hund ist für Kinder gefährlich."),
        ("Der Rabatt gilt für Kinder [1].", "Der Rabatt gilt für Kinder außer am Sonntag."),
        ("De hond is gevaarlijk voor kinderen [1].", "De hond is niet gevaarlijk voor kinderen."),
        ("Pies jest groźny dla dzieci w domu [1].", "Pies nigdy jest groźny w domu dla dzieci."),
        ("Ο σκύλος είναι επικίνδυνος για τα παιδιά [1].", "Ο σκύλος δεν είναι επικίνδυνος για τα παιδιά."),
        ("El jarabe es apto para niños y adultos [1].", "El jarabe solo es apto para niños y adultos mayores."),
        ("Le sirop est conseillé aux enfants [1].", "Le sirop est conseillé aux enfants sauf avis contraire."),
        ("O xarope é indicado para crianças [1].", "O xarope não é indicado para crianças."),
        ("Lo sciroppo è adatto ai bambini [1].", "Lo sciroppo è adatto ai bambini senza febbre."),
        ("Сироп подходит для детей [1].", "Сироп подходит только для детей старше пяти лет."),
    ],
)
def test_what_is_denied_in_other_languages_is_not_said(answer: str, text: str) -> None:
    """German, French, Spanish, Italian, Portuguese, Russian, and what nobody here knows."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("All managers receive a yearly bonus [1].", "All staff except managers receive a yearly bonus."),
        ("Managers receive a yearly bonus [1].", "All staff except managers receive a yearly bonus."),
        (
            "The yearly bonus is paid to all staff [1].",
            "The yearly bonus is paid to all staff unless the board decides otherwise.",
        ),
        ("The drug cures lung cancer [1].", "The drug may cure lung cancer."),
        ("The drug cures lung cancer [1].", "It is false that the drug cures lung cancer."),
        ("The drug cures lung cancer [1].", "Smith denied that the drug cures lung cancer."),
        ("Students must pay the fee before May [1].", "Students who must pay the fee before May are exempt after."),
        (
            "You must restart the server after the update [1].",
            "You must restart the server before the update, after the backup.",
        ),
        ("Visitors can enter the archive freely [1].", "Visitors cannot enter the archive freely."),
        ("Visitors may enter the archive freely [1].", "Visitors may only enter the archive freely on Mondays."),
        ("The warranty covers water damage [1].", "The warranty excludes water damage and covers theft."),
        ("Recommended for children under five [1].", "The syrup is not generally recommended for children under five."),
        ("Recommended for children under five [1].", "The syrup isn't recommended for children under five."),
        ("Recommended for children under five [1].", "The syrup is never ever recommended for children under five."),
        ("The syrup is recommended for children [1].", "Nobody says the syrup is recommended for children."),
        (
            "The syrup is recommended for children [1].",
            "Without proof nobody says the syrup is recommended for children.",
        ),
        (
            "The syrup is recommended for children under five [1].",
            "The syrup is recommended for children under fifty years.",
        ),
        ("The train leaves on Monday from Bonn [1].", "The train leaves on Tuesday from Bonn, not on Monday, not."),
        ("The first version was slow and ugly [1].", "The second version was slow and ugly, the first not."),
        ("All patients recovered within a week [1].", "Almost all patients recovered within a week."),
        (
            "Patients in the trial recovered within a week [1].",
            "Some patients in the trial recovered within a week; the others died.",
        ),
        ("Patients in the trial died [1].", "Few patients in the trial died."),
        (
            "Payment is due within 30 days of the invoice [1].",
            "Payment is due within 30 weeks of the invoice, not days.",
        ),
        (
            "Payment is due within 30 days of the invoice [1].",
            "Payment is due within 30 days of the invoice only if agreed.",
        ),
        (
            "The archive is closed to visitors on Sundays [1].",
            "The archive is closed to visitors on Sundays if it snows.",
        ),
        (
            "The archive is closed to visitors on Sundays [1].",
            "Some believe that the archive is closed to visitors on Sundays.",
        ),
        (
            "The drug cures lung cancer in mice [1].",
            "It is not true, whatever he says, that the drug cures lung cancer in mice.",
        ),
        (
            "The drug cures lung cancer in mice [1].",
            "It was shown to be false that\nthe drug cures lung cancer in mice.",
        ),
        (
            "The drug cures lung cancer in all mice [1].",
            "It has never been shown that the\ndrug cures lung cancer in all mice of the trial.",
        ),
        ("In mice the drug cures lung cancer [1].", "Nobody has shown that\nthe drug cures lung cancer in mice."),
    ],
)
def test_a_word_that_turns_or_narrows_must_be_in_both(answer: str, text: str) -> None:
    """Left out, put in, or cut off with the rest of the sentence; also over the end of a line."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("所有员工都可以领取年终奖金[1]。", "除经理外，所有员工都可以领取年终奖金。"),
        ("经理可以领取年终奖金[1]。", "除经理外，所有员工都可以领取年终奖金。"),
        ("患者在一周内全部康复出院[1]。", "患者在一周内几乎全部康复出院。"),
        ("该药可以治疗肺癌晚期患者[1]。", "该药难以治疗肺癌晚期患者，可以缓解。"),
        ("该药治疗肺癌晚期患者有效[1]。", "该药治疗肺癌晚期患者有效性尚待证明。"),
        ("水箱容量为300升以上[1]。", "水箱容量为300升以下，以上不可。"),
        ("张三借给李四一万元现金[1]。", "李四借给张三一万元现金。"),
        ("北京比上海的人口多得多[1]。", "上海比北京的人口多得多。"),
        ("公司禁止员工在办公室吸烟[1]。", "公司不禁止员工在办公室吸烟。"),
        ("允许员工在办公室吸烟喝酒[1]。", "公司拒绝允许员工在办公室吸烟喝酒。"),
        ("儿童可以服用这种止咳糖浆[1]。", "不建议儿童可以服用这种止咳糖浆的说法。"),
        ("建议儿童服用这种止咳糖浆[1]。", "不建议儿童服用这种止咳糖浆。"),
        ("建议儿童服用这种止咳糖浆[1]。", "我们并不建议儿童服用这种止咳糖浆。"),
        ("建议儿童服用这种止咳糖浆[1]。", "医生禁止建议儿童服用这种止咳糖浆。"),
        ("儿童服用这种止咳糖浆[1]。", "禁止儿童服用这种止咳糖浆。"),
        ("公司成立于一九九八年[1]。", "本公司成立于一九九八年前后。"),
        ("该公司盈利三千万元人民币[1]。", "该公司亏损盈利三千万元人民币以上。"),
        ("この薬は子供に安全です [1]。", "この薬は子供に安全ではありません。"),
        ("五十人参加了这次会议[1]。", "一百五十人参加了这次会议。"),
        ("这次会议有第二届代表参加[1]。", "这次会议有第三届代表参加。"),
        ("今年销售额增加百分之二十[1]。", "今年销售额减少百分之二十，增加。"),
        ("甲方应当向乙方支付违约金[1]。", "乙方应当向甲方支付违约金。"),
        ("员工必须提前三天请假申请[1]。", "员工必须提前三天请假申请的规定已经废除。"),
        ("他承认自己偷了公司的钱[1]。", "他否认自己偷了公司的钱，承认借。"),
    ],
)
def test_a_chinese_word_that_turns_or_narrows_must_be_in_both(answer: str, text: str) -> None:
    """And Japanese; also in another order."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            "“The warranty covers water damage” [1].",
            "It is not true that the warranty covers water damage to any extent.",
        ),
        ("“recommended for children under five” [1].", "The syrup is not recommended for children under five."),
        ("It is “recommended for children under five” [1].", "The syrup is not recommended for children under five."),
        (
            'The syrup is "recommended for children under five" [1].',
            "The syrup is not recommended for children under five.",
        ),
        ("It says “500 euro was the bill altogether” [1].", "1 500 euro was the bill altogether."),
        (
            'The text denies that "Tea is grown in Assam on the river banks" [1].',
            "Tea is grown in Assam on the river banks. Coffee is grown in Kerala under old trees.",
        ),
        (
            'The text never says "Tea is grown in Assam on the river banks" [1].',
            "Tea is grown in Assam on the river banks. Coffee is grown in Kerala under old trees.",
        ),
        (
            'The minister resigned over bribes: "Tea is grown in Assam on the river banks" [1].',
            "Tea is grown in Assam on the river banks. Coffee is grown in Kerala under old trees.",
        ),
        (
            "He lied about “the river banks” and “Kerala under old trees” [1].",
            "Tea is grown in Assam on the river banks. Coffee is grown in Kerala under old trees.",
        ),
        (
            "`parlance ask --provider WRONG 'Does it answer?'` [1]",
            "Then `parlance ask --provider local 'Does it answer?'` tells.",
        ),
        ("Every user “moves to another tenant” [1].", "No user moves to another tenant."),
        (
            "“The syrup is […] recommended for children under five” [1].",
            "The syrup is not recommended for children under five.",
        ),
        ("医生说“建议儿童服用这种止咳糖浆”[1]。", "我们并不建议儿童服用这种止咳糖浆。"),
        ("「建議兒童服用這種止咳糖漿」[1]。", "醫生禁止建議兒童服用這種止咳糖漿。"),
        (
            "“empfohlen für Kinder unter fünf Jahren” [1].",
            "Der Sirup ist nicht empfohlen für Kinder unter fünf Jahren.",
        ),
        ("“recomendado para niños menores de cinco” [1].", "El jarabe no es recomendado para niños menores de cinco."),
    ],
)
def test_a_quotation_from_a_clause_that_is_denied_or_within_words_of_another_matter_is_not_sure(
    answer: str, text: str
) -> None:
    """The words around it are read as well."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Dogs bite men in the park often [1].", "Men bite dogs in the park often."),
        (
            "Profits fell by 20 percent and sales rose by 30 percent [1].",
            "Profits rose by 20 percent and sales fell by 30 percent.",
        ),
        ("Lead is heavier than gold [1].", "Gold is heavier than lead."),
        (
            "Men, women and children were saved from the ship [1].",
            "Men but no women and children were saved from the ship, no.",
        ),
        ("Anna said that Bob lied about the money [1].", "Bob said that Anna lied about the money."),
        ("anna said that bob lied about the money [1].", "Bob said that Anna lied about the money."),
        ("IBM sued the small company last year [1].", "IBM was sued by the small company last year."),
        ("The dog was bitten by the man [1].", "The dog bit the man; the man was bitten by it."),
        ("IBM sold the unit to Dell last year [1].", "IBM sold the unit from Dell last year."),
        ("The rate rose from 5 to 7 percent [1].", "The rate rose to 5 from 7 percent."),
        ("Teacher hits the pupil with a stick [1].", "Pupil hits the teacher with a stick."),
        ("Aspirin is better than placebo for pain [1].", "Placebo is better than aspirin for pain."),
        ("The file was deleted, not the folder itself [1].", "The folder was deleted, not the file itself."),
    ],
)
def test_the_same_words_turned_round_say_something_else(answer: str, text: str) -> None:
    """Without capitals as well."""
    assert sure(answer, text) == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            'The syrup is not "recommended for children under five" [1].',
            "The syrup is not recommended for children under five.",
        ),
        (
            "The syrup is “not recommended for children under five” [1].",
            "The syrup is not recommended for children under five.",
        ),
        (
            'On page 3 the guide says: "Coffee is grown in Kerala" [1].',
            "Tea is not grown in Goa, but coffee is grown in Kerala.",
        ),
        ("Only managers may enter the archive [1].", "On Sundays only managers may enter the archive."),
        ("Visitors may not enter the archive on Mondays [1].", "On Mondays visitors may not enter the archive."),
        ("The company was sued by IBM last year [1].", "Last year the company was sued by IBM."),
        ("For pain aspirin is better than placebo [1].", "Aspirin is better than placebo for pain."),
        (
            "Der Hund ist für Kinder nicht gefährlich [1].",
            "Am Tag ist es so: Der Hund ist für Kinder nicht gefährlich.",
        ),
        ("除经理外，员工都可以领取奖金[1]。", "公司规定：除经理外，员工都可以领取奖金。"),
    ],
)
def test_what_has_all_such_words_stays_sure(answer: str, text: str) -> None:
    """In the words of the passage, quoted in part, or in another order."""
    assert None not in sure(answer, text)
