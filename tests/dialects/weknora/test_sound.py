"""Files of sound: what that system does not take is written down here by a model that hears."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.documents.sounds import silence
from parlance.testing.upstreams import MockOpenAI, Script, in_thread
from tests.dialects.weknora.desk import KEY, Desk
from tests.dialects.weknora.served import serving
from tests.dialects.weknora.test_pictures import options
from tests.flows.callers import connection_toml, key_toml

TEXT = "Green tea is grown in Uji."
CUT = {"chunk_size": 60, "chunk_overlap": 0}


async def test_sound_is_found_by_what_is_said_in_it(tmp_path: Path) -> None:
    """And a model that somebody chose for a base by our own API stays when such a client changes the base."""
    with in_thread(MockOpenAI(models=("mock-whisper",), script=Script(text=TEXT))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock-whisper", "mock-plain-whisper")
        toml += key_toml(KEY, "program", "ada", scopes=["all"])
        async with serving(tmp_path, toml=toml) as nobody:
            desk = Desk(nobody.with_key(KEY), nobody)
            base = await desk.base(chunking_config=CUT)
            assert (await desk.document(base["id"], silence(), "talk.wav"))["parse_status"] == "completed"
            wanted = {"query_text": "grown in Uji", "vector_threshold": 0, "keyword_threshold": 0, "match_count": 3}
            found = (await desk.client.ask(f"GET /knowledge-bases/{base['id']}/hybrid-search", wanted))["data"]
            assert [each["content"] for each in found] == [f"0:00:00 \u2013 0:00:03\n\n{TEXT}"]
            ours = {"base": base["id"], "options": {**await options(desk, base), "transcriber": "mock-plain-whisper"}}
            await desk.client.ask("POST //parlance/v1/bases.change", ours)
            change = {"name": "a", "config": {"chunking_config": {**CUT, "chunk_size": 70}}}
            await desk.client.ask(f"PUT /knowledge-bases/{base['id']}", change)
            after = await options(desk, base)
            assert (after["size"], after["transcriber"]) == (70, "mock-plain-whisper")
            assert "mock-whisper" not in {each["name"] for each in (await desk.client.ask("GET /models"))["data"]}
