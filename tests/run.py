"""Everything `make test` checks, in the order in which a fault is cheapest to find.

`python tests/run.py` does lint, types, layers, tests and browser tests with embedded parts only.
With `--servers` it runs the tests against DATABASE_URL and REDIS_URL, but for those that use
neither or bring their own: they could only say the same again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SERVERS = ("DATABASE_URL", "REDIS_URL")

CHECKS = {
    "lint": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "templates": [str(BIN / "djlint"), "--lint", "--quiet", "templates"],
    "layers": [str(BIN / "lint-imports")],
    "types": [str(BIN / "mypy"), "."],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
}
UNIT = ["-m", "pytest", "tests", "--ignore", "tests/browser", "-n", "4", "--dist", "worksteal"]
# What neither database nor broker can change; the servers' pass leaves it out, and so the `LOOKS`.
PURE = [
    *(f"tests/{name}" for name in ("azure", "demo", "deploy", "emulator", "fidelity", "rollout")),
    *(f"tests/w365/reprovision/test_{name}.py" for name in ("rules", "rules_can_fail", "planner")),
]
LOOKS = [f"tests/browser/test_{name}.py" for name in ("bad_input", "keyboard", "pages")]
BROWSER = ["-m", "pytest", "tests/browser", "-n", "2", "--dist", "loadscope"]


def main() -> int:
    servers = "--servers" in sys.argv[1:]
    environment = {**os.environ, "SPOTPC_DEVELOPMENT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    if not servers:
        for name in SERVERS:
            environment.pop(name, None)
    steps = {} if servers else dict(CHECKS)
    steps["tests"] = [sys.executable, *UNIT, *(ignoring(PURE) if servers else [])]
    steps["browser tests"] = [sys.executable, *BROWSER, *(ignoring(LOOKS) if servers else [])]
    find_chromium()
    return run(steps, environment)


def ignoring(paths: list[str]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def run(steps: dict[str, list[str]], environment: dict[str, str]) -> int:
    for name, command in steps.items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"== {name}: {time.monotonic() - started:.0f} s", flush=True)
        if code:
            return code
    return 0


def find_chromium() -> None:
    """The browser tests drive Debian's chromium; installed here where apt may."""
    if shutil.which("chromium"):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("== installing chromium", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    if not shutil.which("chromium"):
        sys.exit("The browser tests need chromium on the PATH: install the package “chromium”.")


if __name__ == "__main__":
    sys.exit(main())
