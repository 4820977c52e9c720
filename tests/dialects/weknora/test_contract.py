"""What a compatible server must show, line by line: which test holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
BASES, KNOWLEDGE, CHUNKS, RETRIEVAL, EVALUATION, CLIENTS = (
    f"dialects/weknora/test_{name}.py"
    for name in ("bases", "knowledge", "chunks", "retrieval", "evaluation", "clients_of_knowledge")
)
INGEST, CHANGING, COPYING, STORAGE = (
    f"unit/core/knowledge/test_{name}.py" for name in ("ingest", "changing", "copying", "storage")
)
QUOTA, CRASHES = "contract/test_knowledge_quota.py", "flows/test_knowledge_crashes.py"
PASSAGES, MEASURES, FETCHING = (
    "unit/core/knowledge/chunking/test_passages.py",
    "unit/core/knowledge/test_measures.py",
    "contract/test_outbound_fetching.py",
)
CHAT, SESSIONS, MESSAGES, CONTINUE, TALK_CRASHES = (
    f"dialects/weknora/test_{name}.py" for name in ("chat", "sessions", "messages", "continue", "talk_crashes")
)
TEMPLATES = "unit/dialects/weknora/test_go_template.py"
Held = Mapping[str, tuple[str, ...]]
"""By file: the names of tests, without `test_`."""

OF_KNOWLEDGE: Mapping[str, Held] = {
    "a file is 200, an address 201, a base 201": {
        BASES: ("a_base_needs_nothing",),
        KNOWLEDGE: (
            "a_file_is_sent_watched_and_fetched",
            "an_address_is_201_and_the_same_one_again_a_conflict",
        ),
    },
    "all routes of bases, documents, chunks and search": {
        BASES: ("a_change_takes_what_the_contract_says", "a_base_is_copied_in_the_background"),
        KNOWLEDGE: ("a_title_is_changed_by_the_id_in_the_body", "a_document_goes_whatever_is_being_done_with_it"),
        CHUNKS: ("what_is_in_a_picture_can_be_said_anew", "a_chunk_is_one_of_its_document"),
        CLIENTS: ("its_tools_of_bases_and_documents_work",),
    },
    "a login and the key of its tenant are the same": {
        CLIENTS: ("a_login_and_the_key_of_its_tenant_have_the_same_bases",)
    },
    "a duplicate is 409 with the document and a code": {
        KNOWLEDGE: ("the_same_bytes_are_a_conflict_that_shows_the_document",)
    },
    "hybrid search as GET with a body, as POST, and by the address": {
        RETRIEVAL: (
            "a_base_is_searched_in_whichever_way_a_client_asks",
            "nothing_is_null_where_nothing_is_wanted_or_found",
        ),
        CLIENTS: ("the_go_sdk_searches_without_a_body",),
    },
    "evaluation with a slash and without": {EVALUATION: ("a_base_is_evaluated_by_a_set_that_is_kept",)},
    "pages are bounded and refused": {KNOWLEDGE: ("documents_are_listed_by_pages",)},
    "names and types of fields": {
        BASES: ("a_base_needs_nothing", "a_base_as_the_mcp_server_and_the_front_end_make_it"),
        KNOWLEDGE: ("a_file_is_sent_watched_and_fetched",),
        CHUNKS: ("chunks_are_listed_by_pages_as_they_stand",),
        RETRIEVAL: ("how_something_was_found_is_a_number",),
    },
    "quota: exact whatever comes at once, ten gibibytes, its sentences": {
        QUOTA: ("a_quota_holds_whatever_comes_at_once",),
        KNOWLEDGE: ("no_more_is_taken_than_there_is_room_for", "each_state_is_told_in_its_words"),
        STORAGE: ("a_tenant_may_have_another_bound_than_the_settings",),
    },
    "states are seen in a batch, whose `&` at the end is let pass": {
        KNOWLEDGE: ("many_documents_are_asked_for_at_once", "each_state_is_told_in_its_words")
    },
    "404 in place of 500": {
        BASES: ("a_base_goes_with_all_that_is_in_it",),
        KNOWLEDGE: ("a_document_goes_whatever_is_being_done_with_it",),
    },
    "jobs outlast a crash, and what fails says why": {
        CRASHES: (),
        INGEST: (
            "a_worker_that_died_is_followed_by_another",
            "what_cannot_be_read_fails_with_a_reason_and_can_be_tried_again",
        ),
        COPYING: ("what_failed_makes_way_where_that_is_wished",),
    },
    "a base goes whole; chunks are embedded anew, go with their vectors, and are found when they are on": {
        BASES: ("a_base_goes_with_all_that_is_in_it",),
        CHUNKS: ("a_changed_chunk_is_found_by_what_it_says_now", "a_deleted_chunk_is_found_no_more"),
        INGEST: ("a_document_can_be_switched_off_and_renamed",),
    },
    "thresholds throw nothing away that is there": {
        RETRIEVAL: (
            "a_search_without_a_session_finds_in_a_base_of_ones_own",
            "a_threshold_of_cosines_is_a_low_score_of_ours",
        )
    },
    "figures are right, sets are one's own, results stay": {
        EVALUATION: ("a_base_is_evaluated_by_a_set_that_is_kept", "an_evaluation_is_its_tenants"),
        MEASURES: (),
    },
    "tenants see nothing of each other; secrets are masked": {
        BASES: (
            "a_base_as_the_mcp_server_and_the_front_end_make_it",
            "an_id_of_the_clients_is_honoured_once",
            "bases_are_listed_the_newest_first",
        ),
        RETRIEVAL: ("a_search_without_a_session_finds_in_a_base_of_ones_own",),
    },
    "addresses are guarded, names of files are safe": {
        FETCHING: (),
        KNOWLEDGE: (
            "an_address_is_201_and_the_same_one_again_a_conflict",
            "a_name_that_is_more_than_a_name_is_refused",
        ),
    },
    "the total of chunks counts what is shown, and text is text": {
        CHUNKS: ("chunks_are_listed_by_pages_as_they_stand",)
    },
    "any embedder, whatever its dimension, and another one later": {
        INGEST: ("a_base_moves_to_another_embedder_without_going_dark",)
    },
    "what has no mark to cut at is cut": {PASSAGES: ()},
}
"""What concerns bases, documents, chunks, search and evaluations; of a file without names, all of its tests."""

OF_TALKS: Mapping[str, Held] = {
    "one request id in the stream and in both messages, of any length": {
        MESSAGES: ("both_messages_of_a_turn_have_the_requests_id",)
    },
    "the bytes of a stream, references first, an empty end": {
        CHAT: (
            "references_come_first_then_the_answer_then_an_empty_end",
            "references_never_make_a_line_that_the_go_sdk_cannot_read",
            "what_fails_before_the_stream_is_json",
        )
    },
    "an answer goes on without its client, and is read on with nothing lost": {
        CONTINUE: (
            "an_answer_goes_on_without_its_client_and_is_read_on_whole",
            "a_finished_answer_is_told_as_json_for_half_a_minute",
            "the_go_sdks_reader_understands_every_line",
        ),
        TALK_CRASHES: (),
    },
    "session defaults without a strategy alone, unknown fallbacks, the alias of a threshold": {
        SESSIONS: ("a_session_without_a_strategy_has_the_servers_own", "a_strategy_is_taken_literally")
    },
    "Go templates with the four variables": {
        CHAT: ("prompt_and_template_are_what_the_model_is_asked_with",),
        TEMPLATES: (),
    },
    "order and pages of sessions and messages, and `before_time`": {
        SESSIONS: ("sessions_are_listed_newest_first_by_pages",),
        MESSAGES: ("the_newest_come_in_the_order_in_which_they_were_said", "a_moment_that_is_none_is_refused"),
    },
    "holding back, the fallback, thoughts in the text": {
        CHAT: (
            "what_begins_with_the_marker_is_replaced_before_anybody_sees_it",
            "a_fallback_is_one_event_and_no_model_is_asked",
            "thoughts_in_the_text_pass_through",
        )
    },
    "rewriting, rounds and the fallback by a model have an effect": {
        CHAT: (
            "a_follow_up_is_completed_by_what_was_said_before",
            "where_nothing_is_found_the_model_answers_if_the_session_says_so",
        )
    },
    "a session of another tenant is 404": {SESSIONS: ("a_session_of_another_tenant_is_none",)},
}
"""What concerns sessions, answers and messages, likewise."""
LINES: Mapping[str, Held] = {**OF_KNOWLEDGE, **OF_TALKS}


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_held_by_tests_that_are_there(line: str) -> None:
    """A name that leads nowhere would hold nothing."""
    for file, names in LINES[line].items():
        known = set(re.findall(r"def test_(\w+)", (TESTS / file).read_text()))
        assert known, file
        assert set(names) <= known, (file, set(names) - known)
