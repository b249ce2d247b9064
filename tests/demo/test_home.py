"""The demo's folder: what it keeps private, and what is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotpc.demo.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "logs").mkdir()
    return Home(tmp_path)


def test_forgetting_spares_what_is_not_ours(home: Home) -> None:
    mine = [home.path / "letters", home.path / "notes.txt"]
    mine[0].mkdir()
    mine[1].write_text("mine")
    (home.emulator / "deep").mkdir(parents=True)
    for name in ("seeded", "portal.sqlite3", "portal.sqlite3-wal", "secrets.json", "beat.db"):
        (home.path / name).touch()
    home.forget()
    assert set(home.path.iterdir()) == {*mine, home.logs}


def test_secrets_are_private_and_last(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPOTPC_DEMO_PASSWORD", raising=False)
    first = home.secrets()
    file = home.path / "secrets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert home.secrets() == first
    monkeypatch.setenv("SPOTPC_DEMO_PASSWORD", "my own")
    assert home.secrets().password == "my own"
    assert home.secrets().secret_key == first.secret_key
    assert [entry.name for entry in home.path.glob("secrets*")] == ["secrets.json"]


def test_a_long_path_gets_a_short_socket(home: Home) -> None:
    deep = Home(home.path / ("x" * 120))
    deep.path.mkdir()
    with deep.redis_socket() as socket:
        assert len(str(socket)) < 100
        assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert not socket.parent.exists()
