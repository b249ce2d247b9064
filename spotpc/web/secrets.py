"""Secrets at rest: encrypted with Fernet, under keys that can be rotated."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


def cipher() -> MultiFernet:
    """The newest key encrypts, every key decrypts."""
    return MultiFernet([Fernet(key.strip()) for key in settings.FIELD_KEYS])


class SecretField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """Text that the database only ever sees encrypted. Empty text is stored as it is."""

    def get_prep_value(self, value: Any) -> str:
        return cipher().encrypt(value.encode()).decode() if value else ""

    def from_db_value(self, value: str, expression: Any, connection: Any) -> str:
        return cipher().decrypt(value.encode()).decode() if value else ""
