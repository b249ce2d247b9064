"""The .rdp file that opens a temporary VM in Remote Desktop. Pure."""

from __future__ import annotations

import re

# One setting per line, so whatever would begin a new line goes.
CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def account(user: str, domain: str = "") -> str:
    r"""The name to sign in with: `domain\user`, `user@domain` as it is, or `.\user` (local)."""
    user, domain = _one_line(user), _one_line(domain)
    if "\\" in user or ("@" in user and not domain):
        return user
    return f"{domain or '.'}\\{user}"


def rdp_text(address: str, user: str, domain: str = "") -> str:
    """Lines of `name:type:value`, ended by CRLF.

    Source: learn.microsoft.com, "Supported RDP properties". `gatewayusagemethod` 0 is no gateway;
    `authentication level` 2 warns if the VM cannot prove who it is.
    """
    settings = (
        ("full address", "s", _one_line(address)),
        ("username", "s", account(user, domain)),
        ("prompt for credentials", "i", "1"),
        ("authentication level", "i", "2"),
        ("enablecredsspsupport", "i", "1"),
        ("gatewayusagemethod", "i", "0"),
        ("screen mode id", "i", "2"),
        ("dynamic resolution", "i", "1"),
        ("redirectclipboard", "i", "1"),
    )
    return "".join(f"{name}:{kind}:{value}\r\n" for name, kind, value in settings)


def rdp_file(address: str, user: str, domain: str = "") -> bytes:
    """Plain ASCII where that is enough, else UTF-16 with a byte order mark, as mstsc itself saves.

    That mstsc misreads UTF-8 without a mark is believed, not seen.
    """
    text = rdp_text(address, user, domain)
    return text.encode() if text.isascii() else text.encode("utf-16")


def _one_line(text: str) -> str:
    return CONTROLS.sub("", text).strip()
