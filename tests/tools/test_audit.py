"""The comparison of the locks with the published advisories."""

from __future__ import annotations

from tools.audit import judge

CLEAN = {"name": "click", "version": "8.1", "vulns": []}
BAD = {"name": "h11", "version": "0.1", "vulns": [{"id": "X-1", "fix_versions": ["0.2"]}]}
UNKNOWN = {"name": "uvloop", "skip_reason": "not found"}


def test_an_advisory_is_a_finding_with_its_mend() -> None:
    """It names the package, the version, the advisory and the release that mends it."""
    found, _ = judge("run", {"dependencies": [CLEAN, BAD]})
    assert found == ["run.txt: h11 0.1: X-1, mended in 0.2"]


def test_what_could_not_be_audited_is_said() -> None:
    """A package without data is named, and none at all is called a skipped audit."""
    assert judge("run", {"dependencies": [CLEAN, UNKNOWN]}) == (
        [],
        "run.txt: 1 packages audited. No data about uvloop.",
    )
    skipped: tuple[list[str], str] = ([], "run.txt: advisory data not reachable, audit skipped.")
    assert judge("run", {"dependencies": [UNKNOWN]}) == skipped == judge("run", None)
