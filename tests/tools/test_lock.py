"""What a lock may not contain."""

from __future__ import annotations

import pytest

from tools.lock import LOCKS, command, leaks, surroundings


@pytest.mark.parametrize("line", ["torch @ https://example.com/torch.whl", "-i https://example.com", "x @ ../x"])
def test_an_address_in_a_lock_is_found(line: str) -> None:
    """Addresses, local files and installer options tie a lock to one place."""
    assert leaks(f"click==8.1 \\\n    --hash=sha256:00\n{line}\n") == [line]


def test_an_ordinary_lock_has_no_leak() -> None:
    """Versions, markers and hashes are all a lock needs."""
    assert leaks("click==8.1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n") == []


def test_the_development_lock_constrains_the_others() -> None:
    """It is resolved first, and every other lock is held to its versions."""
    assert LOCKS[0][0] == "dev" and {constraint for _, _, constraint in LOCKS[1:]} == {"dev"}
    assert "requirements/dev.txt" in command("uv", ("pyproject.toml",), "dev")


def test_local_wheel_folders_do_not_reach_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that only one machine has must not be chosen."""
    monkeypatch.setenv("UV_FIND_LINKS", "wheels")
    assert "UV_FIND_LINKS" not in surroundings()
