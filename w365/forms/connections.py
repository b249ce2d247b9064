"""The steps of Create Connection and Edit Connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from spotpc.web.forms import ChoiceText
from tenants.models import Site
from w365.describe import health
from w365.forms import account
from w365.forms.names import NameField
from w365.forms.policy_choices import offer
from w365.models import NetworkConnection
from w365.network import network_of_site

Join = NetworkConnection.Join
NAME_LENGTH = 120


class SiteForm(forms.Form):
    """Where Cloud PCs stand."""

    site = forms.ChoiceField(
        label="Site",
        help_text="Cloud PCs get their network card in the site's subnet.",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the site whose network Cloud PCs are to use.",
            "invalid_choice": "That site is not one of this tenant's. Choose a listed one.",
        },
    )

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        offer(self, "site", [(key, _site_choice(site)) for key, site in self.sites.items()])
        if len(self.sites) == 1:
            self.initial.setdefault("site", next(iter(self.sites)))

    def clean_site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    def summary(self) -> list[tuple[str, str]]:
        site = self.cleaned_data["site"]
        return [("Site", site.name), ("Network", network_of_site(site).words)]


def _site_choice(site: Site) -> ChoiceText:
    network = network_of_site(site)
    return ChoiceText(site.name, f"{site.region}. {network.words}, in {network.resource_group}.")


class CredentialsForm(forms.Form):
    """How Cloud PCs are joined; what the other way of joining needs is not looked at."""

    use_required_attribute = False

    join_type = forms.ChoiceField(
        label="Join",
        widget=forms.RadioSelect,
        initial=Join.ENTRA.value,
        choices=[
            (Join.ENTRA, ChoiceText(
                str(Join.ENTRA.label),
                "Cloud PCs are joined to Microsoft Entra ID only. No account is needed.")),
            (Join.HYBRID, ChoiceText(
                str(Join.HYBRID.label),
                "Cloud PCs are joined to the customer's Active Directory as well. Needs an account "
                "of the domain, and Microsoft Entra Connect.")),
        ],
        error_messages={
            "required": "Choose how Cloud PCs are joined.",
            "invalid_choice": "Choose one of the two ways to join.",
        },
    )  # fmt: skip
    ad_domain = account.domain_field()
    ad_username = account.username_field()
    ad_password = account.password_field(
        "Goes to Microsoft with the connection. Spot PC keeps no copy.", required=True
    )
    organizational_unit = account.unit_field()

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("join_type") == Join.HYBRID:
            account.check(self, given)
            return given
        for name in account.NAMES:
            self.errors.pop(name, None)
            given[name] = ""
        return given

    def summary(self) -> list[tuple[str, str]]:
        given = self.cleaned_data
        return [("Join", str(Join(given["join_type"]).label)), *account.lines(given)]


class ConnectionNameForm(forms.Form):
    """Create: Connection Detail. `taken`: names of the others, folded."""

    name = NameField(
        label="Connection Name",
        max_length=NAME_LENGTH,
        what="connection",
        help_text="Provisioning policies show it where they ask for the network.",
    )

    def __init__(self, *args: Any, taken: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = {name.casefold() for name in taken}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() in self.taken:
            raise forms.ValidationError(
                f"There is a connection named {name} already. Choose another name."
            )
        return name

    def summary(self) -> list[tuple[str, str]]:
        return [("Name", self.cleaned_data["name"])]


class ConnectionForm(forms.Form):
    """Edit: which one. `refused`: why not, by row id."""

    connection = forms.ChoiceField(
        label="Connection",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the connection to edit.",
            "invalid_choice": "That connection is not one of this tenant's. Choose a listed one.",
        },
    )

    def __init__(
        self,
        *args: Any,
        connections: Iterable[NetworkConnection],
        refused: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(each.pk): each for each in connections}
        self.refused = refused
        choices = [
            (key, ChoiceText(each.name, _connection_help(each), refused.get(each.pk, "")))
            for key, each in self.connections.items()
        ]
        offer(self, "connection", choices)
        usable = [key for key, each in self.connections.items() if not refused.get(each.pk)]
        if self.initial.get("connection") not in usable:
            self.initial["connection"] = usable[0] if len(usable) == 1 else None

    def clean_connection(self) -> NetworkConnection:
        chosen = self.connections[self.cleaned_data["connection"]]
        if because := self.refused.get(chosen.pk):
            raise forms.ValidationError(f"{chosen.name}: {because}")
        return chosen

    def summary(self) -> list[tuple[str, str]]:
        return [("Connection", self.cleaned_data["connection"].name)]


def _connection_help(connection: NetworkConnection) -> str:
    return f"{connection.get_join_type_display()}. {health(connection).label}."


LABELS = {
    "name": "Connection Name",
    "ad_domain": "Active Directory domain",
    "ad_username": "AD user name",
    "ad_password": "AD password",
    "organizational_unit": "Organizational unit",
}


def changes(connection: NetworkConnection, given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What an edit changes: label, before, after. Passwords in words."""
    found = []
    for name, label in LABELS.items():
        if name == "ad_password":
            before, after = ("the one before", "a new one") if given.get(name) else ("", "")
        else:
            before = getattr(connection, name)
            after = given.get(name, before)
        if before != after:
            found.append((label, before, after))
    return found


class EditForm(ConnectionNameForm):
    """Edit: name and, for a hybrid join, domain and account. An empty password means: the same."""

    use_required_attribute = False

    ad_domain = account.domain_field()
    ad_username = account.username_field()
    ad_password = account.password_field(
        "Left empty: the one Windows 365 has. A new one goes to Microsoft; Spot PC keeps no copy.",
        required=False,
    )
    organizational_unit = account.unit_field()

    def __init__(self, *args: Any, connection: NetworkConnection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        kept = [name for name in self.fields if name != "ad_password"]
        self.initial.update({name: getattr(connection, name) for name in kept})
        if connection.join_type != Join.HYBRID:
            for name in account.NAMES:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.connection.join_type == Join.HYBRID:
            account.check(self, given)
            other = given.get("ad_username", "") not in ("", self.connection.ad_username)
            if other and not given.get("ad_password") and "ad_password" not in self.errors:
                self.add_error("ad_password", "Enter the password of the new account.")
        if not self.errors and not changes(self.connection, given):
            raise forms.ValidationError("Nothing is changed yet. Change something, or cancel.")
        return given

    def summary(self) -> list[tuple[str, str]]:
        found = changes(self.connection, self.cleaned_data)
        return [(label, after or "none") for label, _, after in found]


class SaveForm(forms.Form):
    """Nothing is asked any more; the review stands above the button."""
