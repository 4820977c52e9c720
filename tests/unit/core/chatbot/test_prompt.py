"""What a model of the chatbot app is sent: the figures of its contract (§11.1), and that a budget is never passed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parlance.core.chatbot.prompt import fitting, history_budget, messages, tokens, written_out
from parlance.values.messages import Message

TEXTS = st.text(max_size=300)


def test_the_budget_is_that_of_the_contract() -> None:
    """A context of 1000 with four bytes each of prompt and memory leaves 798; never less than nothing."""
    assert history_budget(1000, "abcd", "efgh") == 798
    assert history_budget(8192, "", "") == 6553
    assert history_budget(10, "x" * 400, "") == 0
    assert tokens("ää") == 1.0


def test_one_huge_pair_is_kept_in_part() -> None:
    """A budget of 300 gives 600 characters of each side; one of 100 gives nothing."""
    (pair,) = fitting([("q" * 5000, "a" * 5000)], 300)
    assert (len(pair[0]), len(pair[1])) == (600, 600)
    assert fitting([("q" * 5000, "a" * 5000)], 100) == []


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=30), st.integers(0, 2000))
def test_the_newest_pairs_that_fit_are_kept_in_their_order(history: list[tuple[str, str]], budget: int) -> None:
    """All but perhaps the first are the end of the history as it was, within the budget."""
    kept = fitting(history, budget)
    whole = [pair for pair in kept if pair in history]
    tail = history[len(history) - len(whole) :] if whole == kept else history[len(history) - len(kept) + 1 :]
    assert kept[len(kept) - len(tail) :] == tail
    assert sum(tokens(said) + tokens(answer) for said, answer in tail) <= budget
    if kept and kept != tail:
        first = history[len(history) - len(kept)]
        assert first[0].startswith(kept[0][0]) and first[1].startswith(kept[0][1])


def test_a_conversation_has_its_order_and_its_memory_a_bound() -> None:
    """An empty answer is skipped, a blank memory too; 2000 characters of it are sent."""
    found = messages("s", "m" * 3000, [("q", ""), ("r", "a")], "now")
    assert [(each.role, len(str(each.content))) for each in found if isinstance(each, Message)] == [
        *(("system", 1), ("system", 2008), ("user", 1), ("user", 1), ("assistant", 1), ("user", 3)),
    ]
    assert len(messages("s", " \n", [], "now")) == 2
    assert written_out("s", " ", [], "now") == "s\n\n### User:\nnow\n\n### Assistant:\n"
