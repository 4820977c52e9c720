"""What decides whether the environment is up to date."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tools.setup import Checkout, install_uv, like_pip, main


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A folder with locks and something that stands for an interpreter."""
    made = Checkout(tmp_path / "checkout")
    for name in ("run.txt", "build.txt", "dev.txt", "embed.txt", "weights.txt", "documents.txt"):
        made.lock(name).parent.mkdir(parents=True, exist_ok=True)
        made.lock(name).write_text(name)
    (made.root / "pyproject.toml").write_text("")
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    return made


def stamped(checkout: Checkout, purpose: str) -> Checkout:
    """The same checkout after a complete installation."""
    checkout.stamp(purpose).write_text(checkout.digest(purpose))
    return checkout


def test_an_environment_with_a_current_stamp_is_ready(checkout: Checkout) -> None:
    """Nothing is installed again while nothing has changed."""
    assert not checkout.is_ready("run")
    assert stamped(checkout, "run").is_ready("run") and not checkout.is_ready("dev")
    main(checkout, ["run"])


def test_a_changed_lock_makes_it_stale(checkout: Checkout) -> None:
    """The stamp is keyed on what the locks say, not on when they were written."""
    stamped(checkout, "run").lock("run.txt").write_text("another")
    assert not checkout.is_ready("run")


def test_serving_does_not_need_the_development_lock(checkout: Checkout) -> None:
    """A change of the development tools leaves an environment that only serves as it is."""
    stamped(checkout, "run").lock("dev.txt").write_text("another")
    assert checkout.is_ready("run")


def test_a_moved_checkout_is_set_up_again(checkout: Checkout, tmp_path: Path) -> None:
    """The scripts of an environment hold its address."""
    stamped(checkout, "run")
    moved = Checkout(shutil.copytree(checkout.root, tmp_path / "elsewhere"))
    assert moved.python.exists() and not moved.is_ready("run")


def test_a_copy_in_the_environment_gives_way_to_the_checkout(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pip install .` leaves one, and what is pulled later would not run; nothing else is installed again."""
    added: list[tuple[str, ...]] = []

    def add(_: Checkout, *told: str, silent: bool = False) -> bool:
        added.append(told)
        return not silent

    monkeypatch.setattr(Checkout, "add", add)
    main(stamped(checkout, "run"), ["run"])
    assert added == []
    (checkout.environment / "lib" / "python3.11" / "site-packages" / "parlance").mkdir(parents=True)
    main(checkout, ["run"])
    assert [told[-2:] for told in added] == [("--editable", ".")]


def test_an_unknown_purpose_is_refused_with_the_known_ones(checkout: Checkout) -> None:
    """The sentence names what could be meant."""
    with pytest.raises(SystemExit, match="run, dev"):
        main(checkout, ["serve"])


def test_the_sources_are_compiled_so_that_no_start_pays_for_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python is told to write no bytecode."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    source = checkout.root / "src" / "parlance" / "module.py"
    source.parent.mkdir(parents=True)
    source.write_text("x = 1\n")
    main(stamped(checkout, "run"), ["run"])
    assert len(list(source.parent.glob("__pycache__/module.*.pyc"))) == 1


def test_uv_asks_the_indexes_that_pip_is_configured_with() -> None:
    """What pip reads last holds: its environment over its files; what uv has no use for is left out."""
    printed = (
        "global.index-url='https://packages.example/simple'\n"
        "global.extra-index-url='file:///a/simple file:///b/simple'\n"
        "global.find-links='/old'\n"
        "global.cert='/certificates'\n"
        ":env:.find-links='/wheels'\n"
    )
    assert list(like_pip(printed)) == [
        *("--index-url", "https://packages.example/simple"),
        *("--extra-index-url", "file:///a/simple", "--extra-index-url", "file:///b/simple"),
        *("--find-links", "/wheels"),
    ]
    assert not list(like_pip(""))


@pytest.mark.parametrize(("uv", "by_pip"), [("exit 0", 0), ("exit 1", 1), (None, 1)])
def test_pip_installs_what_uv_cannot(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, uv: str | None, by_pip: int
) -> None:
    """Also where uv itself could not be had."""
    asked: list[tuple[str, ...]] = []

    def pip(_: Checkout, *told: str, silent: bool = False) -> bool:
        asked.append(told)
        return not silent

    monkeypatch.setattr(Checkout, "pip", pip)
    checkout.python.write_text("#!/bin/sh\n")
    checkout.python.chmod(0o755)
    if uv is not None:
        (script := checkout.python.with_name("uv")).write_text(f"#!/bin/sh\n{uv}\n")
        script.chmod(0o755)
    assert checkout.add("--no-deps", "-r", "dev.txt")
    assert asked == [("--no-deps", "-r", "dev.txt")] * by_pip


def test_uv_comes_first_and_alone_from_the_development_lock(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its hashes, and nothing of its neighbours; a lock without it leaves everything to pip."""
    asked = []

    def pip(_: Checkout, *told: str, silent: bool = False) -> bool:
        asked.append(Path(told[-1]).read_text())
        return silent

    monkeypatch.setattr(Checkout, "pip", pip)
    install_uv(checkout)
    assert not asked
    pin = "uv==1.2 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\n"
    checkout.lock("dev.txt").write_text(f"uvloop==2 ; sys_platform != 'win32' \\\n    --hash=x\n{pin}virtual==1\n")
    install_uv(checkout)
    assert asked == [pin]


def test_packages_are_compiled_once_and_not_for_who_wants_little(checkout: Checkout) -> None:
    """What a check imports it compiles itself; whoever starts many servers has everything compiled before."""
    package = checkout.environment / "lib" / "package"
    package.mkdir(parents=True)
    (package / "module.py").write_text("x = 1\n")
    checkout.python.unlink()
    checkout.python.symlink_to(sys.executable)
    main(stamped(checkout, "dev"), ["dev", "lean"])
    assert not list(package.glob("__pycache__/*"))
    main(checkout, ["dev"])
    [made] = package.glob("__pycache__/module.*.pyc")
    made.unlink()
    main(checkout, ["dev"])
    assert not made.exists()
