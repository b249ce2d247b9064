"""The emulated world: resources, documents and the events still to come.

All state is in memory and written through to SQLite. Time is the wall clock; a duration is given
in Azure seconds and divided by the speed. Nothing runs in the background: what became due since
the last request is applied, in due order, before the next one (`settle`), each event at its own
due time. So a restart goes on exactly where it was, and the order never depends on who asks when.
"""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .store import Store, dump

Json = dict[str, Any]
EventHandler = Callable[..., None]

EVENTS: dict[str, EventHandler] = {}
LISTENERS: dict[str, list[EventHandler]] = {}


def event(name: str) -> Callable[[EventHandler], EventHandler]:
    """Registers `handler(world, **args)` for `world.after(seconds, name, **args)`."""

    def register(handler: EventHandler) -> EventHandler:
        EVENTS[name] = handler
        return handler

    return register


def listens(name: str) -> Callable[[EventHandler], EventHandler]:
    """Registers `handler(world, **facts)` for `world.emit(name, **facts)`; any number may."""

    def register(handler: EventHandler) -> EventHandler:
        LISTENERS.setdefault(name, []).append(handler)
        return handler

    return register


@dataclass
class Resource:
    """`body` is what Azure would answer, whole; `inner` is what Azure knows and never shows."""

    id: str
    type: str
    body: Json
    inner: Json = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def properties(self) -> Json:
        found: Json = self.body.setdefault("properties", {})
        return found

    @property
    def location(self) -> str:
        return str(self.body.get("location", ""))


@dataclass(order=True)
class Event:
    due: float
    seq: int
    name: str = field(compare=False)
    args: Json = field(compare=False)


class Documents:
    """A durable dictionary of JSON values beside the resources. Save after changing a value."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store, self._kind = store, kind
        rows = store.read("SELECT key, value FROM documents WHERE kind = ? ORDER BY rowid", kind)
        self._values: dict[str, Json] = {key: json.loads(value) for key, value in rows}

    def get(self, key: str) -> Json | None:
        return self._values.get(key)

    def items(self) -> list[tuple[str, Json]]:
        return list(self._values.items())

    def values(self) -> list[Json]:
        return list(self._values.values())

    def save(self, key: str, value: Json) -> Json:
        self._values[key] = value
        self._store.write(
            "INSERT INTO documents VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            self._kind,
            key,
            dump(value),
        )
        return value

    def remove(self, key: str) -> None:
        if self._values.pop(key, None) is not None:
            self._store.write("DELETE FROM documents WHERE kind = ? AND key = ?", self._kind, key)

    def clear(self) -> None:
        self._values.clear()
        self._store.write("DELETE FROM documents WHERE kind = ?", self._kind)


class World:
    def __init__(self, home: Path, speed: float | None = None, page_size: int = 100) -> None:
        """Opens or makes the state in `home`. A given speed replaces the stored one."""
        home.mkdir(parents=True, exist_ok=True)
        self.page_size = page_size
        self._store = Store(home / "emulator.sqlite3")
        self._documents: dict[str, Documents] = {}
        self._resources: dict[str, Resource] = {}
        self._moment: float | None = None
        for key, id_, type_, body, inner in self._store.read("SELECT * FROM resources"):
            self._resources[key] = Resource(id_, type_, json.loads(body), json.loads(inner))
        self._events = [
            Event(due, seq, name, json.loads(args))
            for seq, due, name, args in self._store.read("SELECT seq, due, name, args FROM events")
        ]
        heapq.heapify(self._events)
        self._seq = max((pending.seq for pending in self._events), default=0)
        settings = self.documents("settings").get("speed")
        self.speed = float(settings["value"]) if settings else 1.0
        if speed is not None and speed != self.speed:
            self.change_speed(speed)
        self.commit()

    # -- time ---------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since the epoch; while an event is applied, the moment it was due."""
        return time.time() if self._moment is None else self._moment

    @property
    def timestamp(self) -> str:
        return stamp(self.now)

    def after(self, seconds: float, name: str, /, **args: Any) -> None:
        """Schedules an event `seconds` Azure seconds from now."""
        if name not in EVENTS:
            raise KeyError(name)
        self._seq += 1
        self._schedule(Event(self.now + seconds / self.speed, self._seq, name, args))

    def pending(self, name: str, /, **args: Any) -> list[Event]:
        """Events of that name still to come whose arguments include these, soonest first."""
        return sorted(
            found
            for found in self._events
            if found.name == name and args.items() <= found.args.items()
        )

    def cancel(self, name: str, /, **args: Any) -> None:
        gone = {found.seq for found in self.pending(name, **args)}
        self._events = [found for found in self._events if found.seq not in gone]
        heapq.heapify(self._events)
        for seq in gone:
            self._store.write("DELETE FROM events WHERE seq = ?", seq)

    def settle(self) -> None:
        """Applies every event that is due, oldest first."""
        until = time.time()
        while self._events and self._events[0].due <= until:
            due = heapq.heappop(self._events)
            self._store.write("DELETE FROM events WHERE seq = ?", due.seq)
            self._moment = due.due
            try:
                EVENTS[due.name](self, **due.args)
            finally:
                self._moment = None
        self.commit()

    def change_speed(self, speed: float) -> None:
        """What is still to come takes as long in Azure time as before."""
        now, factor = self.now, self.speed / speed
        self.speed = speed
        self.documents("settings").save("speed", {"value": speed})
        waiting, self._events = self._events, []
        for pending in waiting:
            pending.due = now + max(0.0, pending.due - now) * factor
            self._schedule(pending)

    def _schedule(self, pending: Event) -> None:
        heapq.heappush(self._events, pending)
        self._store.write(
            "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)",
            pending.seq,
            pending.due,
            pending.name,
            dump(pending.args),
        )

    # -- resources ----------------------------------------------------------------------------

    def find(self, resource_id: str) -> Resource | None:
        return self._resources.get(resource_id.lower().rstrip("/"))

    def save(self, resource: Resource) -> Resource:
        key = resource.id.lower()
        self._resources[key] = resource
        self._store.write(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?)",
            key,
            resource.id,
            resource.type,
            dump(resource.body),
            dump(resource.inner),
        )
        return resource

    def remove(self, resource_id: str) -> None:
        """Removes the resource and everything nested under it."""
        key = resource_id.lower()
        for gone in [k for k in self._resources if k == key or k.startswith(key + "/")]:
            del self._resources[gone]
            self._store.write("DELETE FROM resources WHERE key = ?", gone)

    def each(self, type_: str = "", under: str = "") -> Iterator[Resource]:
        """Resources by id; of one type where given, below one id where given."""
        wanted, prefix = type_.lower(), under.lower().rstrip("/") + "/"
        for key in sorted(self._resources):
            found = self._resources[key]
            if (not wanted or found.type.lower() == wanted) and key.startswith(prefix):
                yield found

    # -- the rest -----------------------------------------------------------------------------

    def documents(self, kind: str) -> Documents:
        if kind not in self._documents:
            self._documents[kind] = Documents(self._store, kind)
        return self._documents[kind]

    def kinds(self, prefix: str) -> list[str]:
        """The kinds of documents there are whose names begin like this, sorted."""
        rows = self._store.read("SELECT DISTINCT kind FROM documents ORDER BY kind")
        return [kind for (kind,) in rows if kind.startswith(prefix)]

    def emit(self, name: str, /, **facts: Any) -> None:
        for listener in LISTENERS.get(name, ()):
            listener(self, **facts)

    def record(self, method: str, path: str, api_version: str | None, status: int) -> None:
        self._store.write(
            "INSERT INTO journal (time, method, path, api_version, status) VALUES (?, ?, ?, ?, ?)",
            stamp(time.time()),
            method,
            path,
            api_version,
            status,
        )

    def journal(self, since: int) -> list[Json]:
        rows = self._store.read(
            "SELECT seq, time, method, path, api_version, status FROM journal"
            " WHERE seq > ? ORDER BY seq",
            since,
        )
        names = ("seq", "time", "method", "path", "apiVersion", "status")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def commit(self) -> None:
        self._store.commit()

    def close(self) -> None:
        self._store.close()


def stamp(moment: float) -> str:
    """An instant as Azure writes it: ISO 8601, microseconds, `+00:00`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
