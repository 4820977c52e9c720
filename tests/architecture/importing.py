"""Imports every module of a package in this process and prints what the imports did, one finding a line.

Run as a script, with the folder to import from and the package's name: `python importing.py src parlance`. It must be a
process of its own, because only the first import of a module runs it, and an audit hook cannot be taken away again.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import signal
import sys
import sysconfig
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

TOUCHING = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.fork")
CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.putenv", "os.unsetenv", "os.chdir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Trap:
    """Notes every side effect that happens while a module of the package is being imported.

    Somebody else's library may do as it likes with the environment when it is imported; what the package itself does is
    told apart by the nearest frame that is not part of Python's own library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._script = __file__
        self._python = sysconfig.get_path("stdlib")
        self._busy = False
        self.findings: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook."""
        if self._busy:
            return
        if event == "open":
            self._opened(*arguments)
        elif event in TOUCHING + CHANGING:
            self.note(event, str(arguments[0]) if arguments else "")

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        writes = any(letter in mode for letter in "wax+") if mode else bool(flags & WRITING)
        if writes:
            self.note("open for writing", str(path))

    def close(self) -> None:
        """Look away from now on: an audit hook stays installed until the process ends."""
        self._busy = True

    def note(self, what: str, detail: str) -> None:
        """Write down a side effect with the line of the package that caused it, if one did."""
        if self._busy:
            return
        self._busy = True
        place = self._culprit()
        if place:
            self.findings.append(f"{place}: {what} {detail}".rstrip())
        self._busy = False

    def _culprit(self) -> str | None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self._folder):
                return f"{os.path.relpath(name, self._folder)}:{frame.f_lineno}"
            if "site-packages" in name or not name.startswith((self._python, "<frozen", self._script)):
                return None
            frame = frame.f_back
        return None


class Environment(dict[str, str]):
    """The environment, telling the trap about every look at it."""

    trap: Trap

    def __getitem__(self, name: str) -> str:
        self.trap.note("reads the environment:", name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As `dict.get`, and told."""
        self.trap.note("reads the environment:", name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.trap.note("reads the environment:", str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.trap.note("reads the environment:", "all of it")
        return super().__iter__()


def modules(folder: Path, package: str) -> list[str]:
    """The dotted names of all modules, found without importing any."""
    found = pkgutil.walk_packages([str(folder / package)], prefix=f"{package}.", onerror=lambda _: None)
    names = {package, *(entry.name for entry in found)}
    files = (folder / package).rglob("*.py")
    names |= {".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__") for path in files}
    return sorted(names)


def lasting(before: object) -> list[str]:
    """What is still there after the imports and should not be; `before` is the handler for SIGTERM from before them."""
    found = [
        f"thread still running: {thread.name}"
        for thread in threading.enumerate()
        if thread is not threading.main_thread()
    ]
    if signal.getsignal(signal.SIGTERM) is not before:
        found.append("a handler for SIGTERM was installed")
    return found


def failed(name: str) -> str | None:
    """Import one module; the sentence about it when that is impossible."""
    try:
        importlib.import_module(name)
    except (ImportError, SyntaxError) as error:
        return f"{name} cannot be imported: {error}"
    return None


def main(folder: Path, package: str) -> int:
    """Import everything; print the findings; 1 when there are any."""
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    names = modules(folder, package)
    trap = Trap(folder / package)
    environment = Environment(os.environ)
    environment.trap = trap
    handler = signal.getsignal(signal.SIGTERM)
    said, sys.stdout = sys.stdout, io.StringIO()
    os.environ = environment  # type: ignore[assignment]  # noqa: B003 - replaced to be watched, not to be cleared
    sys.addaudithook(trap)
    broken = [failure for name in names if (failure := failed(name))]
    printed, sys.stdout = sys.stdout, said
    trap.close()
    findings = [*broken, *trap.findings, *lasting(handler)]
    if printed.getvalue():
        findings.append(f"an import printed {printed.getvalue()!r}")
    sys.stdout.write("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2]))
