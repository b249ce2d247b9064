"""The one error a service raises for something the admin can put right."""

from __future__ import annotations


class DomainError(Exception):
    """A request that is well-formed but cannot be granted; `sentence` says why and what to do.

    `field` names the form field it belongs to, where there is one.
    """

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
