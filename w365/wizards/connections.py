"""Create Connection and Edit Connection."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from spotpc.jobs.services import latest_job
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of
from tenants.models import Site
from w365 import services
from w365.again import refusal_of, row_behind
from w365.forms.connections import (
    ConnectionForm,
    ConnectionNameForm,
    CredentialsForm,
    EditForm,
    SaveForm,
    SiteForm,
    changes,
)
from w365.models import NetworkConnection
from w365.network import network_of_site
from w365.services import CONNECTION_SAVE, ConnectionChoices


class ConnectionWizard(Wizard):
    """What the two have in common."""

    after = ("Health Check",)

    def __init__(self, request: TenantRequest) -> None:
        super().__init__(request, request.tenant.pk)
        self.tenant = request.tenant
        self.admin = admin_of(request)

    @property
    def mine(self) -> QuerySet[NetworkConnection]:
        rows = NetworkConnection.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return rows.select_related("tenant", "site").defer("ad_password")

    def taken(self, *, but: NetworkConnection | None) -> list[str]:
        others = self.mine.exclude(pk=but.pk) if but else self.mine
        return list(others.values_list("name", flat=True))

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        connections = reverse("w365-connection-list", args=[self.tenant.pk])
        return {"cancel_url": connections, "crumbs": [(connections, "Connections")]}


class NewConnection(ConnectionWizard):
    kind = "w365-connection-new"
    title = "Create Connection"
    lead = "A connection says in which network Cloud PCs stand, and how they join the domain."
    steps = (
        Step("site", "Select Site", SiteForm, template="w365/wizard_site.html"),
        Step("credentials", "Choose Credentials", CredentialsForm,
             template="w365/wizard_credentials.html"),
        Step("detail", "Connection Detail", ConnectionNameForm),
        Step("review", "Review and Save Configurations", SaveForm, "Save",
             "w365/wizard_connection_review.html"),
    )  # fmt: skip

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "site":
            return {"sites": self._sites()}
        if step.slug == "detail":
            return {"taken": self.taken(but=self._came_to_nothing())}
        return {}

    def _sites(self) -> QuerySet[Site]:
        return Site.objects.visible_to(self.admin).filter(tenant=self.tenant)

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found = super().context(step, answers)
        if step.slug == "review":
            found["network"] = network_of_site(answers["site"]["site"])
        return found

    def finish(self, answers: Answers) -> str:
        if (old := self._came_to_nothing()) is not None:
            services.discard(self.admin, old)
        choices = ConnectionChoices(
            name=answers["detail"]["name"],
            site=answers["site"]["site"],
            **answers["credentials"],
        )
        return services.create_connection(self.admin, self.tenant, choices).get_absolute_url()

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        row = row_behind(draft, self.mine, "connection_id")
        return refusal_of(latest_job(row), CONNECTION_SAVE) if row and not row.graph_id else None

    def _came_to_nothing(self) -> NetworkConnection | None:
        """The row of the run that this one tries again, if it was never created."""
        old = self.draft.reopens if self.draft else None
        row = row_behind(old, self.mine, "connection_id")
        return row if row and not row.graph_id else None


class EditConnection(ConnectionWizard):
    kind = "w365-connection-edit"
    title = "Edit Connection"
    lead = "Change the name of a connection, or the account that joins Cloud PCs to the domain."
    steps = (
        Step("connection", "Select Connection", ConnectionForm,
             template="w365/wizard_connection.html"),
        Step("detail", "Edit Connection Detail", EditForm, depends_on=("connection",),
             template="w365/wizard_connection_detail.html"),
        Step("review", "Review and Save Changes", SaveForm, "Save Changes",
             "w365/wizard_connection_changes.html"),
    )  # fmt: skip

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "connection":
            return self._connections()
        if step.slug == "detail":
            connection = _connection(answers)
            return {"connection": connection, "taken": self.taken(but=connection)}
        return {}

    def _connections(self) -> dict[str, Any]:
        connections, uses = list(self.mine), services.uses_of(self.tenant)
        refused = {each.pk: services.why_not_edit(each, uses) for each in connections}
        return {"connections": connections, "refused": refused}

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found = super().context(step, answers)
        if "connection" in answers:
            connection = _connection(answers)
            uses = services.uses_of(self.tenant)
            found |= {"connection": connection, "users": uses.policies.get(connection.graph_id, ())}
        if step.slug == "review":
            found["changes"] = changes(_connection(answers), answers["detail"])
        return found

    def finish(self, answers: Answers) -> str:
        connection, detail = _connection(answers), answers["detail"]
        choices = ConnectionChoices(site=None, join_type=connection.join_type, **detail)
        services.edit_connection(self.admin, connection, choices)
        return connection.get_absolute_url()

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        row = row_behind(draft, self.mine, "connection_id")
        return refusal_of(latest_job(row), CONNECTION_SAVE) if row and row.graph_id else None


def _connection(answers: Answers) -> NetworkConnection:
    connection: NetworkConnection = answers["connection"]["connection"]
    return connection
