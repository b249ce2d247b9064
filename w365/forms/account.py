"""The account of a domain that joins Cloud PCs: fields and their checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

NAMES = ("ad_domain", "ad_username", "ad_password", "organizational_unit")
PASSWORD_LENGTH = 256  # Active Directory's own limit
# Source: learn.microsoft.com, cloudPcOnPremisesConnection: "admin@contoso.com" is required.
ACCOUNT = re.compile(r"[^@\s\\/]+@[^@\s\\/]+\.[^@\s\\/]+")
DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]{0,62}", re.I)
VALUE = r"(\\.|[^,=\\])+"  # a comma in a name is written "\,"
UNIT = re.compile(rf"\s*(OU|CN)={VALUE}(,\s*(OU|CN|DC)={VALUE})*,\s*DC={VALUE}\s*", re.I)


def domain_field() -> forms.CharField:
    return forms.CharField(
        label="Active Directory domain",
        help_text="Its DNS name, for example corp.contoso.com.",
        error_messages={"required": "Enter the name of the Active Directory domain."},
        widget=_plain_text(),
    )


def username_field() -> forms.CharField:
    return forms.CharField(
        label="AD user name",
        help_text="An account that may create computers in the domain, written as "
        "join@contoso.com.",
        error_messages={"required": "Enter the account that joins Cloud PCs."},
        widget=_plain_text(),
    )


def unit_field() -> forms.CharField:
    return forms.CharField(
        label="Organizational unit",
        required=False,
        help_text="Where computer accounts are made, for example OU=Cloud "
        "PCs,DC=contoso,DC=com. Left empty: the domain's default.",
        widget=_plain_text(),
    )


def password_field(help_text: str, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label="AD password",
        required=required,
        strip=False,
        help_text=help_text,
        error_messages={"required": "Enter the password of this account."},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _plain_text() -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})


def lines(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = [
        ("Domain", given["ad_domain"]),
        ("AD user name", given["ad_username"]),
        ("AD password", "typed, not shown" if given["ad_password"] else ""),
        ("Organizational unit", given["organizational_unit"]),
    ]
    return [(label, words) for label, words in told if words]


def check(form: forms.Form, given: dict[str, Any]) -> None:
    """Adds what is wrong with the form of what was typed for a hybrid join."""
    domain, account = given.get("ad_domain", ""), given.get("ad_username", "")
    unit, password = given.get("organizational_unit", ""), given.get("ad_password", "")
    if domain and (len(domain) > 255 or not DOMAIN.fullmatch(domain)):
        form.add_error("ad_domain", "Write the domain's DNS name, for example corp.contoso.com.")
    if account and (len(account) > 255 or not ACCOUNT.fullmatch(account)):
        form.add_error("ad_username", "Write the account as user@domain: join@contoso.com.")
    if unit and (len(unit) > 400 or not UNIT.fullmatch(unit)):
        form.add_error(
            "organizational_unit",
            "Write it as a distinguished name: OU=Cloud PCs,DC=contoso,DC=com.",
        )
    if len(password) > PASSWORD_LENGTH:
        form.add_error("ad_password", f"A password has at most {PASSWORD_LENGTH} characters.")
