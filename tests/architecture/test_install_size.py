"""The default install stays small, and its locks say exactly what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT

MOST_PACKAGES = 40


def packages(lock: str) -> dict[str, str]:
    """Name → version of everything a lock lists."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock, re.MULTILINE))


def read(name: str) -> str:
    """The text of a lock."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def names(wanted: list[str]) -> set[str]:
    """The bare names of requirements."""
    return {re.split(r"[\s<>=!~;\[]", one, maxsplit=1)[0].lower().replace("_", "-") for one in wanted}


EXTRAS = ("embed", "hnsw", "ocr", "documents", "postgres", "mysql", "redis", "bcrypt", "chatbot", "traces")


def project() -> dict[str, object]:
    """The project as pyproject.toml describes it."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_default_install_has_fewer_than_forty_packages() -> None:
    """Counted from the lock, transitive ones and Parlance itself included."""
    assert len(packages(read("run"))) + 1 < MOST_PACKAGES


@pytest.mark.parametrize("lock", ["run", *EXTRAS, "build", "dev", "deploy", "weights"])
def test_every_locked_file_has_a_hash_and_no_address(lock: str) -> None:
    """A lock decides by hashes what may be installed, and leaves open from where."""
    text = read(lock)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks and all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text and not re.search(
        r"^\s*(-f|-i|--find-links|--index-url|--extra-index-url)", text, re.MULTILINE
    )


@pytest.mark.parametrize("lock", ["run", *EXTRAS, "build", "dev"])
def test_no_lock_has_a_local_version(lock: str) -> None:
    """A version with a `+` exists in one place only."""
    assert not [version for version in packages(read(lock)).values() if "+" in version]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """Every requirement of pyproject.toml stands in its lock: a forgotten `make lock` fails here."""
    table = project()
    metadata: dict[str, object] = table["project"]  # type: ignore[assignment]
    groups: dict[str, list[str]] = table["dependency-groups"]  # type: ignore[assignment]
    extras: dict[str, list[str]] = metadata["optional-dependencies"]  # type: ignore[assignment]
    wanted = {lock: extras[lock] for lock in EXTRAS}
    assert set(extras) == set(EXTRAS)
    wanted |= {"run": metadata["dependencies"], "build": groups["build"]}  # type: ignore[dict-item]
    wanted["dev"] = [*groups["dev"], *(one for extra in extras.values() for one in extra)]
    lacking = {lock: names(asked) - set(packages(read(lock))) for lock, asked in wanted.items()}
    assert not any(lacking.values()), lacking


def test_all_locks_agree_on_versions() -> None:
    """Whatever two locks share, they share in one version, so that they can be installed over each other."""
    dev = packages(read("dev"))
    for lock in ("run", *EXTRAS, "build"):
        assert packages(read(lock)).items() <= dev.items()


def test_a_lock_is_read_as_it_is_written() -> None:
    """Markers and hashes are not taken for packages."""
    text = "# a comment==1\nclick==8.1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    assert packages(text) == {"click": "8.1"}
    assert names(["uvloop>=0.21; sys_platform != 'win32'", "Foo_Bar[x]>=1"]) == {"uvloop", "foo-bar"}
