"""Names of Cloud PCs' Windows: the policy's template, its words filled in.

Source: the resource page of cloudPcProvisioningPolicy (`cloudPcNamingTemplate`, 15 characters) and
learn.microsoft.com, "Create provisioning policies".
"""

from __future__ import annotations

import re
import secrets
import string

DEFAULT = "CPC-%USERNAME:5%-%RAND:5%"
_LONGEST = 15
_WORD = re.compile(r"%(USERNAME|RAND):(\d+)%", re.IGNORECASE)


def wrong_with(template: str) -> str:
    """Why Graph refuses a template; empty if it doesn't. Wording believed."""
    plain = _WORD.sub("", template)
    length = len(plain) + sum(int(word[2]) for word in _WORD.finditer(template))
    random = [int(word[2]) for word in _WORD.finditer(template) if word[1].upper() == "RAND"]
    if not re.fullmatch(r"[A-Za-z0-9-]*", plain):
        return "The naming template may contain letters, digits and hyphens only."
    if not 5 <= length <= _LONGEST:
        return "Names made from the naming template must have 5 to 15 characters."
    if not random or max(random) < 5:
        return "The naming template must contain %RAND:x% with x of 5 or more."
    return ""


def filled(template: str, user: str) -> str:
    letters = re.sub(r"[^A-Za-z0-9]", "", user.partition("@")[0])

    def fill(word: re.Match[str]) -> str:
        if word[1].upper() == "USERNAME":
            return letters[: int(word[2])]
        return "".join(
            secrets.choice(string.ascii_uppercase + string.digits) for _ in range(int(word[2]))
        )

    return _WORD.sub(fill, template or DEFAULT)
