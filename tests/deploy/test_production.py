"""Production's settings, as a container has them: in processes of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.demo.harness import ROOT

RENDER = """
import django, sys
django.setup()
from django.conf import settings
from django.test import Client
for path, host in (("/sign-in/", "portal.example"), ("/healthz", "127.0.0.1")):
    answer = Client(headers={"host": host}).get(path, secure=path != "/healthz")
    print(answer.status_code, answer.content.decode())
    print(answer.cookies.output(), "HSTS", answer.headers.get("Strict-Transport-Security"))
"""


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """The environment, with secrets in files that an editor ended with a newline."""
    secrets = {
        "SECRET_KEY": "x9" * 10 + "production-looking-key-0123456789-abcdef",
        "SPOTPC_FIELD_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}",
    }
    env = {
        "DJANGO_SETTINGS_MODULE": "spotpc.settings",
        "ALLOWED_HOSTS": "portal.example",
        "STATIC_ROOT": str(tmp_path / "static"),
        "PATH": "/usr/bin:/bin",
    }
    for name, value in secrets.items():
        file = tmp_path / name.lower()
        file.write_text(f"{value}\n")
        env[f"{name}_FILE"] = str(file)
    return env


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_djangos_own_check_for_production_is_content(production: dict[str, str]) -> None:
    done = run(production, "manage.py", "check", "--deploy", "--fail-level", "INFO")
    assert (done.returncode, done.stderr) == (0, "")
    weak = run(production | {"SPOTPC_HTTPS": "0"}, "manage.py", "check", "--deploy")
    assert "security.W008" in weak.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "SPOTPC_FIELD_KEYS"])
def test_a_missing_secret_is_one_clear_line(production: dict[str, str], name: str) -> None:
    del production[f"{name}_FILE"]
    done = run(production, "manage.py", "check")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert f"{name} (or {name}_FILE) must be set" in line


def test_a_secret_file_that_is_not_there_is_one_clear_line(production: dict[str, str]) -> None:
    production["SECRET_KEY_FILE"] = "/nowhere/key"
    done = run(production, "manage.py", "check")
    [line] = done.stderr.splitlines()
    assert "SECRET_KEY_FILE cannot be read" in line
    assert "/nowhere/key" in line


def test_the_last_newline_of_a_file_is_no_part_of_a_secret(production: dict[str, str]) -> None:
    show = "from django.conf import settings as s; print(ascii([s.SECRET_KEY, *s.FIELD_KEYS]))"
    assert "\\n" not in run(production, "-c", show).stdout


def test_static_files_get_hashed_names_and_pages_use_them(production: dict[str, str]) -> None:
    """With the very command of the Dockerfile, then as the web server."""
    given, command = collect_command()
    built = run({**given, "STATIC_ROOT": production["STATIC_ROOT"]}, *command)
    assert built.returncode == 0, built.stderr
    shown = run(production | {"PYTHONPATH": str(ROOT)}, "-c", RENDER)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("200 ")
    sheets = re.findall(r'href="/static/(css/[^"]+)"', shown.stdout)
    assert sheets
    for sheet in sheets:
        assert re.fullmatch(r"css/\w+\.[0-9a-f]{12}\.css", sheet)
        assert (Path(production["STATIC_ROOT"]) / sheet).exists()
    assert "200 ok" in shown.stdout  # a health check asks for 127.0.0.1, not for the public name
    [cookie] = re.findall(r"Set-Cookie: csrftoken=.*", shown.stdout)
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(re.split(r"; |\s", cookie))
    assert "HSTS max-age=31536000" in shown.stdout


def collect_command() -> tuple[dict[str, str], list[str]]:
    text = (ROOT / ".docker/Dockerfile").read_text()
    [line] = re.findall(r"^RUN (.*collectstatic.*)$", text, re.M)
    words = line.split()
    env = dict(word.split("=", 1) for word in words[: words.index("python")])
    return env, words[words.index("python") + 1 :]
