"""The one SQLite file. Nothing here knows Azure."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL,
    body TEXT NOT NULL, inner TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, due REAL NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, api_version TEXT, status INTEGER NOT NULL);
"""


class Store:
    """Writes gather in one transaction that `commit` ends, always before the answer goes out.

    The write-ahead log is handed to the operating system at commit: `kill -9` loses nothing
    that was answered. (A power cut may; nobody's real data lives here.)
    """

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)

    def write(self, statement: str, *values: object) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(statement, values)

    def read(self, statement: str, *values: object) -> Iterable[tuple[Any, ...]]:
        return self._db.execute(statement, values).fetchall()

    def commit(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def close(self) -> None:
        self.commit()
        self._db.close()


def dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
