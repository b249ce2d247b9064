"""Which processes make up the demo, and in which order they are started."""

from __future__ import annotations

import errno
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redis import Redis, RedisError

from spotpc.demo.children import Child, python, redis_executable
from spotpc.demo.home import Home, Secrets

MANAGE = str(Path(__file__).resolve().parents[2] / "manage.py")


@dataclass(frozen=True)
class Options:
    home: Home
    port: int
    speed: float
    lively: bool

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def emulator_port(self) -> int:
        return self.port + 1

    @property
    def emulator_url(self) -> str:
        return f"https://127.0.0.1:{self.emulator_port}"


def why_not_usable(port: int) -> str:
    """Empty if a server may listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            return "is busy" if busy else f"cannot be used ({os.strerror(error.errno or 0)})"
    return ""


def redis_answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as server:
            return bool(server.ping())
    except (RedisError, ValueError, OSError):
        return False


def environment(options: Options, secrets: Secrets, broker_url: str) -> dict[str, str]:
    """What makes the product's own settings point at the emulator: nothing else differs."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "spotpc.settings",
        "PYTHONUNBUFFERED": "1",
        "SPOTPC_DEVELOPMENT": "1",
        "SPOTPC_HTTPS": "0",
        "SECRET_KEY": secrets.secret_key,
        "SPOTPC_FIELD_KEYS": secrets.field_key,
        "DATABASE_URL": options.home.database_url,
        "REDIS_URL": broker_url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SPOTPC_AZURE_CLOUD": "custom",
        "SPOTPC_AZURE_AUTHORITY": options.emulator_url,
        "SPOTPC_AZURE_RESOURCE_MANAGER": options.emulator_url,
        "SPOTPC_AZURE_GRAPH": options.emulator_url,
        "SPOTPC_AZURE_CA_FILE": str(options.home.ca_file),
        "SPOTPC_AZURE_PACE": str(options.speed),
        "SPOTPC_DISPATCH_SECONDS": "1",
        "SPOTPC_SYNC_SECONDS": "5",
    }


def redis_child(options: Options, socket_path: Path) -> Child:
    """A Redis that keeps nothing and that only this machine can reach."""
    command = [
        redis_executable(), "--port", "0", "--unixsocket", str(socket_path),
        "--unixsocketperm", "700", "--save", "", "--appendonly", "no",
        "--dir", str(options.home.path),
    ]  # fmt: skip
    return Child("Redis", command, options.home.logs / "redis.log", dict(os.environ))


def emulator_child(options: Options, env: dict[str, str]) -> Child:
    command = python(
        MANAGE, "emulator", "--home", str(options.home.emulator),
        "--port", str(options.emulator_port), "--speed", str(options.speed),
    )  # fmt: skip
    return Child("Azure emulator", command, options.home.logs / "emulator.log", env)


def worker_child(options: Options, env: dict[str, str]) -> Child:
    command = python(
        "-m", "celery", "-A", "spotpc", "worker", "--beat", "--concurrency", "2",
        "--schedule", str(options.home.path / "beat"), "--loglevel", "INFO",
        "--without-gossip", "--without-mingle",
    )  # fmt: skip
    return Child("Celery worker", command, options.home.logs / "worker.log", env)


def web_child(options: Options, env: dict[str, str]) -> Child:
    command = python(
        "-m", "gunicorn", "spotpc.wsgi", "--bind", f"127.0.0.1:{options.port}",
        "--workers", "2", "--threads", "4", "--access-logfile", "-", "--no-control-socket",
    )  # fmt: skip
    return Child("web server", command, options.home.logs / "web.log", env)


def listens(port: int) -> Callable[[], bool]:
    def probe() -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", port)) == 0

    return probe


def answers(url: str) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  our own http URL
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    return probe


def setup_child(options: Options, env: dict[str, str], *command: str) -> Child:
    """One management command; it ends by itself."""
    log = options.home.logs / "setup.log"
    return Child(f"command “{command[0]}”", python(MANAGE, *command), log, env)
