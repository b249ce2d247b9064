"""docker-compose.yml, the Dockerfile and .dockerignore agree with each other and the project.

Containers cannot be started where the tests run, so this reads what they would be made of.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.demo.harness import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = ("web", "worker", "beat", "migrate")
DOCKERFILE = (ROOT / ".docker/Dockerfile").read_text()
# Read by the image's own programs, or by Django itself, not by our settings.
ELSEWHERE = {"DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("name", ["web", "worker", "beat", "db", "redis"])
def test_every_lasting_service_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_parts_are_postgresql_redis_and_one_image_of_ours() -> None:
    assert set(SERVICES) == {*OWN, "db", "redis"}
    assert SERVICES["db"]["image"].startswith("postgres:")
    assert SERVICES["redis"]["image"].startswith("redis:")
    assert {SERVICES[name]["image"] for name in OWN} == {"spotpc"}
    for name in OWN:
        assert SERVICES[name]["build"] == {"context": ".", "dockerfile": ".docker/Dockerfile"}


def test_nobody_is_privileged() -> None:
    for service in SERVICES.values():
        assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(service)
        assert not [each for each in service.get("volumes", ()) if each.startswith(("/", "."))]
    for name in OWN:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
        assert SERVICES[name]["read_only"] is True


def test_only_the_web_server_is_reachable_and_only_from_this_machine() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_secrets_come_as_files() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search(r"SECRET|PASSWORD|KEY|DATABASE_URL", variable)
            assert not secret or variable.endswith("_FILE"), (name, variable)
            if variable.endswith("_FILE"):
                mounted = value.removeprefix("/run/secrets/")
                assert mounted in service["secrets"]
                assert mounted in COMPOSE["secrets"]
    for secret in COMPOSE["secrets"].values():
        assert set(secret) == {"file"}
        assert secret["file"].startswith("./.secrets/")


def test_secrets_are_kept_out_of_git_and_of_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.env", "/.secrets/"} <= set(ignored)
    assert not copied() & {".", ".env", ".secrets"}


def test_every_variable_is_read_by_the_settings() -> None:
    known = set(re.findall(r'(?:env\.\w+|secret)\(\s*"(\w+)"', settings_text()))
    assert {"SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS"} <= known
    given = {name for each in OWN for name in SERVICES[each]["environment"]}
    given |= set(re.findall(r"\b([A-Z][A-Z_]{3,})=", DOCKERFILE)) - ELSEWHERE
    assert given
    assert {name.removesuffix("_FILE") for name in given} <= known


def settings_text() -> str:
    return (ROOT / "spotpc/settings.py").read_text()


def test_it_waits_for_what_it_needs() -> None:
    for name in ("web", "worker", "beat"):
        needs = SERVICES[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["redis"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["depends_on"]["db"] == {"condition": "service_healthy"}


def test_a_tick_is_not_cut_short() -> None:
    """A worker that is told to stop may finish the longest task that settings allow."""
    match = re.search(r"CELERY_TASK_TIME_LIMIT = (\d+)", settings_text())
    assert match
    grace = SERVICES["worker"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > int(match[1])


def test_the_image_runs_as_nobody_special() -> None:
    [user] = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert user not in ("root", "0")
    assert re.search(rf"useradd .*\b{user}$", DOCKERFILE, re.M)
    # After the last step that writes, before the program.
    steps = re.findall(r"^([A-Z]+) ", DOCKERFILE, re.M)
    assert set(steps[steps.index("USER") :]) == {"USER", "EXPOSE", "CMD"}


def copied() -> set[str]:
    """What the Dockerfile takes from the project."""
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    return {path for line in lines for path in line.split()}


def packages() -> set[str]:
    """Every package of the project that is not about testing it."""
    return {each.parent.name for each in ROOT.glob("*/__init__.py")} - {"tests"}


def test_the_image_has_every_package_and_nothing_more() -> None:
    files = {"pyproject.toml", "requirements.lock", "manage.py"}
    assert copied() == packages() | files | {"templates", "static"}


def test_what_the_image_needs_may_pass() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied()


def test_settings_list_the_installed_packages() -> None:
    from django.conf import settings

    own = {app.partition(".")[0] for app in settings.INSTALLED_APPS}
    apps = {each.parent.name for each in ROOT.glob("*/apps.py")}
    assert apps <= own
