"""What tokens cost, by the prices on a model's card."""

from __future__ import annotations

from parlance.values.ledger import Spent
from parlance.values.models import ModelCard

MILLION = 1_000_000


def price(card: ModelCard, prompt: int, completion: int) -> int:
    """Micro-units of the card's currency, a started one counted whole; nothing where the card has no price."""
    total = prompt * (card.prompt_price or 0) + completion * (card.completion_price or 0)
    return -(-total // MILLION)


def spent(card: ModelCard, prompt: int, completion: int) -> Spent:
    """What one answer used."""
    if card.currency is None:
        return Spent(1, prompt, completion)
    return Spent(1, prompt, completion, price(card, prompt, completion), card.currency)
