"""What stands in deploy/ is what its own tools accept, and as locked up as its documents say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.charts import manifests
from tests.deploy.programs import program

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
CHART = DEPLOY / "helm" / "parlance"
UNIT = DEPLOY / "systemd" / "parlance.service"
MOST_EXPOSED = 15
"""Tenths of a point of `systemd-analyze security`; 0 is locked up, 100 is open. What is left is the network."""
SHARED = {"databaseSecret": "database", "redisSecret": "redis", "replicas": 3}


def ran(*command: str) -> str:
    """What a program printed; the test fails when it failed."""
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout + found.stderr


def test_the_dockerfile_is_well_formed() -> None:
    """By hadolint, with nothing switched off."""
    ran(str(Path(sys.executable).parent / "hadolint"), str(DEPLOY / "Dockerfile"))


def test_the_container_runs_as_a_number_that_is_not_root() -> None:
    """Kubernetes can check only a number."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]


def services() -> dict[str, Any]:
    """The services of the compose file."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


@pytest.mark.parametrize("name", ["parlance", "parlance-shared"])
def test_a_composed_server_is_locked_up(name: str) -> None:
    """Read-only root, no capability, nothing gained by a setuid file, and time to drain."""
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["stop_grace_period"].removesuffix("s")) > 15
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_one_service_needs_no_other() -> None:
    """PostgreSQL and Redis start only when the profile asks for them."""
    assert [name for name, service in services().items() if "profiles" not in service] == ["parlance"]
    assert "depends_on" not in services()["parlance"]


@pytest.mark.parametrize("values", [{}, SHARED], ids=["alone", "shared"])
def test_the_chart_makes_objects_that_kubernetes_takes(values: dict[str, Any]) -> None:
    """By its own schema, strictly: a field that it does not know fails."""
    made = manifests(CHART, **values)
    assert sorted(each["kind"] for each in made) == ["ConfigMap", "Service", "StatefulSet"]
    for each in made:
        kubernetes_validate.validate(each, "1.31", strict=True)


def test_a_pod_is_locked_up() -> None:
    """Not root, read-only root, no capability, no service account, the default seccomp filter, and time to drain."""
    [workload] = [each for each in manifests(CHART) if each["kind"] == "StatefulSet"]
    pod = workload["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["terminationGracePeriodSeconds"] > 15
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")} == {"/data", "/tmp"}


def test_secrets_come_from_secrets() -> None:
    """The addresses of database and Redis hold passwords: they are never in the pod's own text."""
    [workload] = [each for each in manifests(CHART, **SHARED) if each["kind"] == "StatefulSet"]
    [container] = workload["spec"]["template"]["spec"]["containers"]
    sources = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef") for each in container["env"]}
    assert sources["PARLANCE_DATABASE_URL"] == {"name": "database", "key": "url"}
    assert sources["PARLANCE_REDIS_URL"] == {"name": "redis", "key": "url"}


def test_the_unit_is_well_formed(tmp_path: Path) -> None:
    """By systemd itself; the program it names need not be installed here."""
    unit = tmp_path / "parlance.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/parlance/bin/parlance", "/bin/true"))
    assert ran(program("systemd-analyze"), "verify", str(unit)) == ""


def test_the_unit_is_locked_up() -> None:
    """By systemd's own judgement."""
    ran(program("systemd-analyze"), "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNIT))


def test_a_wrong_setting_does_not_make_systemd_start_again_for_ever() -> None:
    """Exit 78 is for people."""
    assert "RestartPreventExitStatus=78" in UNIT.read_text(encoding="utf-8")
