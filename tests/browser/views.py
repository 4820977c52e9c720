"""Every view of the page that `make screenshots` draws, by the name that its pictures get."""

from __future__ import annotations

from collections.abc import Mapping

from tests.browser.views_around import AROUND
from tests.browser.views_of_chats import CHATS
from tests.browser.views_of_knowledge import KNOWLEDGE
from tests.browser.views_of_settings import SETTINGS
from tests.browser.ways import QUESTION as QUESTION
from tests.browser.ways import View as View
from tests.browser.ways import answered as answered
from tests.browser.ways import ask as ask
from tests.browser.ways import entry as entry

VIEWS: Mapping[str, View] = {**AROUND, **CHATS, **KNOWLEDGE, **SETTINGS}
