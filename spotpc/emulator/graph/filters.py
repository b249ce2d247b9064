"""$filter: `eq`, `ne`, `in`, `startswith`, `endswith`, `contains`, `and`, `or`, `not`, brackets.

Strings are compared without case, as Graph does. Anything else is refused, so that the product
never relies on what the emulator made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..world import Json
from .routing import GraphError

_TOKEN = re.compile(r"'(?:[^']|'')*'|[(),]|[^\s()',]+|'")
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_WORDS = {"true": True, "false": False, "null": None}


def matching(text: str, values: list[Json]) -> list[Json]:
    """The objects that pass the filter; all, if it is empty. GraphError 400: it can't be read."""
    if not text:
        return list(values)
    _judged(text, None)  # so that it must be readable even where there is nothing to filter
    return [each for each in values if _judged(text, each)]


def _judged(text: str, value: Json | None) -> bool:
    reader = _Reader(text, value)
    answer = reader.either()
    reader.end()
    return answer


class _Reader:
    """Reads the filter from left to right and judges one object on the way."""

    def __init__(self, text: str, value: Json | None) -> None:
        self._value = value
        self._tokens: list[str] = _TOKEN.findall(text)

    def either(self) -> bool:
        answer = self._both()
        while self._take("or"):
            answer = self._both() or answer
        return answer

    def end(self) -> None:
        if self._tokens:
            raise self._wrong()

    def _both(self) -> bool:
        answer = self._single()
        while self._take("and"):
            answer = self._single() and answer
        return answer

    def _single(self) -> bool:
        if self._take("not"):
            return not self._single()
        if self._take("("):
            answer = self.either()
            self._expect(")")
            return answer
        return self._comparison()

    def _comparison(self) -> bool:
        name = self._next()
        if name.lower() in _FUNCTIONS and self._take("("):
            found = self._property(self._next())
            self._expect(",")
            wanted = str(self._literal(self._next()))
            self._expect(")")
            return _FUNCTIONS[name.lower()](_folded(found or ""), _folded(wanted))
        found, operator = _folded(self._property(name)), self._next().lower()
        if operator == "in":
            return found in self._list()
        wanted_value = _folded(self._literal(self._next()))
        if operator not in ("eq", "ne"):
            raise self._wrong()
        return bool(found == wanted_value) == (operator == "eq")

    def _list(self) -> list[Any]:
        self._expect("(")
        values = [_folded(self._literal(self._next()))]
        while self._take(","):
            values.append(_folded(self._literal(self._next())))
        self._expect(")")
        return values

    def _property(self, name: str) -> Any:
        """Believed: a property the object doesn't have is an invalid filter."""
        here: Any = self._value
        for part in name.split("/"):
            if here is None:
                return None
            known = {key.lower(): each for key, each in here.items()}
            if part.lower() not in known:
                raise self._wrong()
            here = known[part.lower()]
        return here

    def _literal(self, word: str) -> Any:
        if word in "'(),":
            raise self._wrong()
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        try:
            return float(word)
        except ValueError:
            return word  # a GUID, a time, an enumeration's member

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0].lower() == token:
            del self._tokens[0]
            return True
        return False

    def _next(self) -> str:
        if not self._tokens:
            raise self._wrong()
        return self._tokens.pop(0)

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._wrong()

    def _wrong(self) -> GraphError:
        """Literal: github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1190."""
        return GraphError(400, "BadRequest", "Invalid filter clause")


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
