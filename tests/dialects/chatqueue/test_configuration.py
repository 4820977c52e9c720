"""The system's own configuration: its `config.toml`, its variables, and what happens without either."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.testing.upstreams import Behaviour
from tests.dialects.chatqueue.served import CHAT, MODEL, OTHER, QUEUE, STATS, Ollama, question, serving

SEED = """[server]
host = "0.0.0.0"
port = 8080
workers = 4                 # Number of worker threads

[ollama]
api_url = "http://172.18.0.111:11434"
model = "deepseek-r1:8b"
keep_alive = "15m"          # Keep model loaded in memory

[cache]
max_size_mb = 256           # Maximum cache size
ttl_seconds = 3600          # Time-to-live for cached entries
enabled = true

[conversation_cache]
max_size_mb = 128
ttl_seconds = 1800

[batch]
max_batch_size = 3          # Process up to 3 requests together
batch_timeout_ms = 2000     # Wait max 2s before processing batch
enable_deduplication = true # Deduplicate identical requests

[queue]
max_concurrent = 1          # Process 1 request at a time
max_queue_size = 100
"""
"""The sample of that system's own README, every byte of it."""


async def test_it_starts_without_a_configuration(tmp_path: Path) -> None:
    """Health at once; what answers is the engine that is there, here the one that quotes."""
    async with serving(tmp_path, None) as client:
        assert (await client.ask("GET /health"))["status"] == "healthy"
        told = await client.chat("Rust is a language. What is Rust?")
        assert "Rust is a language." in told["message"]["content"]
        assert (await client.ask(f"POST {STATS}", {"action": "warm_model"}))["message"] == "Model quote warmed"


async def test_without_an_ollama_of_its_own_it_uses_the_one_that_is_found(tmp_path: Path) -> None:
    """The default model is then the server's: that system's default name need not be there."""
    async with Ollama(models=("llama3.2:1b",)) as upstream:
        found = {"discovery.ollama": True, "discovery.ollama_url": upstream.base_url}
        async with serving(tmp_path, None, flags=found) as client:
            await client.chat()
            assert upstream.chats[0]["model"] == "llama3.2:1b"
            assert "error" in await client.chat(model=MODEL, status=404), "a name that is said means that model"


async def test_a_model_that_somebody_chose_is_asked_for_also_without_an_ollama_of_its_own(tmp_path: Path) -> None:
    """OLLAMA_MODEL alone picks among the models of the engine that is found."""
    async with Ollama() as upstream:
        found = {"discovery.ollama": True, "discovery.ollama_url": upstream.base_url}
        async with serving(tmp_path, None, flags=found, env={"OLLAMA_MODEL": OTHER}) as client:
            await client.chat()
            assert upstream.chats[0]["model"] == OTHER


async def test_it_starts_with_the_systems_own_file_word_for_word(tmp_path: Path) -> None:
    """Health, statistics and the queue's totals answer without a call to the Ollama that the file names."""
    async with serving(tmp_path, None, config=SEED) as client:
        assert (await client.ask("GET /health"))["status"] == "healthy"
        assert (await client.stats())["queue_length"] == 0
        assert await client.ask(f"GET {QUEUE}") == {"queue_length": 0, "is_processing": False}
        house = client.server.house
        assert house is not None
        assert house.road.models.connections[0].name == "ollama"
        assert house.settings.chatqueue.api_url == "http://172.18.0.111:11434"
        assert house.settings.server.host == "0.0.0.0"


async def test_its_file_lets_anybody_in_as_a_guest_of_this_dialect_alone(tmp_path: Path) -> None:
    """That system knows no keys, and its file opens the server to other machines."""
    async with Ollama() as upstream, serving(tmp_path, upstream, config=SEED) as client:
        assert (await client.chat())["cached"] is False
        assert (await client.raw("GET /v1/models"))[0] == 401
        assert (await client.raw("GET /health"))[0] == 200


async def test_a_variable_is_stronger_than_the_file(tmp_path: Path) -> None:
    """OLLAMA_API_URL moves the dialect to another Ollama."""
    async with Ollama() as upstream, serving(tmp_path, upstream, config=SEED) as client:
        await client.chat()
        assert upstream.chats[0]["model"] == MODEL


async def test_config_path_names_the_file(tmp_path: Path) -> None:
    """It alone is read, not the one in the working directory."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with Ollama() as upstream:
        text = f'[ollama]\napi_url = "{upstream.base_url}"\nmodel = "{OTHER}"\nsystem_prompt = "Be brief."\n'
        (elsewhere / "mine.toml").write_text(text)
        env = {"CONFIG_PATH": str(elsewhere / "mine.toml")}
        async with serving(tmp_path, None, config=SEED, env=env) as client:
            await client.chat()
        assert upstream.chats[0]["model"] == OTHER
        assert upstream.chats[0]["messages"][0] == {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize("form", ["flat", "sections"])
async def test_the_systems_variables_take_effect(tmp_path: Path, form: str) -> None:
    """By the names of its README and by those of its code."""
    async with Ollama() as upstream:
        flat = {
            "OLLAMA_API_URL": upstream.base_url,
            "OLLAMA_MODEL": OTHER,
            "OLLAMA_SYSTEM_PROMPT": "Be brief.",
            "OLLAMA_KEEP_ALIVE": "30m",
            "CACHE_MAX_SIZE_MB": "1",
            "CACHE_TTL_SECONDS": "60",
            "MAX_CONCURRENT": "2",
            "MAX_BATCH_SIZE": "5",
            "BATCH_TIMEOUT_MS": "1000",
            "RUST_LOG": "error,chatbot_backend=error",
        }
        sections = {
            "OLLAMA__API_URL": upstream.base_url,
            "OLLAMA__MODEL": OTHER,
            "OLLAMA__SYSTEM_PROMPT": "Be brief.",
            "OLLAMA__KEEP_ALIVE": "30m",
            "CACHE__MAX_SIZE_MB": "1",
            "CACHE__TTL_SECONDS": "60",
            "QUEUE__MAX_CONCURRENT": "2",
            "BATCH__MAX_BATCH_SIZE": "5",
            "BATCH__BATCH_TIMEOUT_MS": "1000",
        }
        async with serving(tmp_path, None, env=flat if form == "flat" else sections) as client:
            await client.chat()
            (chat,) = upstream.chats
            assert (chat["model"], chat["keep_alive"]) == (OTHER, "30m")
            assert chat["messages"][0]["content"] == "Be brief."
            stats = (await client.stats())["response_cache"]
            assert stats["memory_usage_percent"] == pytest.approx(100 * stats["total_size_mb"])
            house = client.server.house
            assert house is not None
            queue = house.settings.chatqueue
            assert (queue.cache.ttl_seconds, queue.queue.max_concurrent) == (60, 2)
            assert (queue.batch.max_batch_size, queue.batch.batch_timeout_ms) == (5, 1000)


async def test_host_and_port_are_the_servers(tmp_path: Path) -> None:
    """HOST and PORT say where the whole server listens."""
    env = {"HOST": "127.0.0.1", "PORT": "0"}
    async with serving(tmp_path, None, env=env) as client:
        house = client.server.house
        assert house is not None and (house.settings.server.host, house.settings.server.port) == ("127.0.0.1", 0)


async def test_the_server_is_there_while_its_ollama_is_not(tmp_path: Path) -> None:
    """Health does not ask it; chats fail with 500 until it comes, then they work."""
    async with Ollama(behaviour=Behaviour.RESET_BEFORE) as upstream, serving(tmp_path, upstream) as client:
        assert (await client.ask("GET /health"))["status"] == "healthy"
        assert "error" in await client.chat(status=500)
        upstream.behaviour = Behaviour.HEALTHY
        assert (await client.chat())["cached"] is False


async def test_an_ollama_that_hangs_is_given_up_after_the_configured_time(tmp_path: Path) -> None:
    """`ollama.timeout_seconds` bounds the whole call, in the queue too."""
    async with Ollama(behaviour=Behaviour.HEADER_HANG) as upstream:
        upstream.healthy_paths = frozenset({"/api/tags", "/api/show", "/api/ps"})
        config = f'[ollama]\napi_url = "{upstream.base_url}"\ntimeout_seconds = 0.2\n'
        async with serving(tmp_path, None, config=config) as client:
            id = (await client.enqueue("a"))["request_id"]
            assert (await client.done(id))["status"] == "failed"


async def test_the_conversation_cache_can_be_off(tmp_path: Path) -> None:
    """Then nothing is kept in it, and the answers are kept all the same."""
    flags = {"chatqueue.conversation_cache.enabled": False}
    async with Ollama() as upstream, serving(tmp_path, upstream, flags=flags) as client:
        await client.chat()
        stats = await client.stats()
        assert stats["conversation_cache"]["total_entries"] == 0
        assert stats["response_cache"]["total_entries"] == 1


async def test_a_cache_without_room_keeps_nothing(tmp_path: Path) -> None:
    """The bound is one of real bytes, keys and all."""
    async with Ollama() as upstream, serving(tmp_path, upstream, env={"CACHE_MAX_SIZE_MB": "0.004"}) as client:
        for at in range(20):
            await client.chat(f"question {at}")
        stats = (await client.stats())["response_cache"]
        assert 0 < stats["total_entries"] < 20 and stats["memory_usage_percent"] <= 100


async def test_pages_of_other_origins_are_let_in_only_where_the_file_says_so(tmp_path: Path) -> None:
    """An origin of `[cors]` may ask and read the answer, as the guest, with the methods and headers that stand there;
    any other may not, and neither may it call other dialects."""
    page = "http://localhost:3000"
    config = '[ollama]\nmodel = "qwen3:4b"\n[cors]\nallowed_origins = ["http://localhost:3000"]\n'
    config += 'allowed_methods = ["POST"]\nallowed_headers = ["content-type"]\n'
    async with Ollama() as upstream, serving(tmp_path, upstream, config=config) as client:
        body = {**question("Hi"), "stream": False}
        status, headers, _ = await client.raw(CHAT, body, origin="http://localhost:3000")
        assert (status, headers["access-control-allow-origin"]) == (200, "http://localhost:3000")
        status, headers, _ = await client.raw(CHAT, body, origin="http://elsewhere.example")
        assert status == 403 and "access-control-allow-origin" not in headers
        asks = {"origin": page, "access_control_request_method": "POST"}
        for path in ("/api/chat-optimized", "/as/chatqueue/api/chat-optimized"):
            status, headers, _ = await client.raw(f"OPTIONS {path}", **asks)
            assert (status, headers["access-control-allow-methods"]) == (204, "POST")
            assert headers["access-control-allow-headers"] == "content-type"
        for path in ("/v1/chat/completions", "/api/chat", "/nowhere"):
            for head, more in ((f"OPTIONS {path}", asks), (f"POST {path}", {"origin": page})):
                status, headers, _ = await client.raw(head, **more)
                assert status == 403 and "access-control-allow-origin" not in headers, head
