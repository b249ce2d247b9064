"""Going through the wizards for provisioning policies, and reading their pages."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from spotpc.jobs.models import Job
from tenants.models import Tenant
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, Walk
from w365 import services


def sibling(office: Office) -> Tenant:
    """Another tenant that the same admin may see."""
    return factories.tenant(office.tenant.organization)


def titles(shown: str) -> list[str]:
    return re.findall(r'<h2 class="step-title">\s*<span>([^<]*)<', shown)


def value(shown: str, field: str) -> str:
    """What stands in a field of the page."""
    found = re.search(rf'name="{field}"[^>]*? value="([^"]*)"', shown)
    assert found is not None, field
    return found[1]


def checked(shown: str, field: str) -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]*)"[^>]* checked', shown)


def disabled(shown: str, field: str) -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]*)"[^>]* disabled', shown)


class Edit(Walk):
    """Edits Reception; what is not given stays as it is shown."""

    def __init__(self, client: Client, office: Office) -> None:
        super().__init__(client, f"{office.url('w365-policy-edit')}?policy={office.policy.pk}")
        self.office = office

    def to_config(self) -> str:
        return self.post(policy=self.office.policy.pk)

    def config(self, shown: str, **given: Any) -> str:
        """From the step on Edit Configurations."""
        kept = {name: checked(shown, name) for name in ("network", "groups")}
        region = re.findall(r'<option value="([^"]*)" selected', shown)
        known = {**kept, "region": region, "base": value(shown, "base")}
        return self.post(**{**known, **given})

    def to_image(self, **given: Any) -> str:
        return self.config(self.to_config(), **given)

    def to_detail(self, **config: Any) -> str:
        self.to_image(**config)
        return self.post(image_type="gallery", gallery=scene.NEW_WINDOWS)

    def to_review(self, **config: Any) -> str:
        self.to_detail(**config)
        return self.post(name="Reception", description="Front desks")

    def keep_image(self) -> str:
        return self.post(image_type="gallery", gallery=scene.OLD_WINDOWS)


class Create(Walk):
    def __init__(self, client: Client, office: Office) -> None:
        super().__init__(client, office.url("w365-policy-new"))
        self.office = office

    def to_image(self, **given: Any) -> str:
        return self.post(**(given or {"network": self.office.amsterdam.graph_id}))

    def to_groups(self) -> str:
        self.to_image()
        return self.post(image_type="custom", custom=self.office.custom.graph_id)

    def to_detail(self) -> str:
        self.to_groups()
        return self.post(groups=[self.office.guests.graph_id])

    def to_review(self) -> str:
        self.to_detail()
        return self.post(name="Dentists", description="Treatment rooms")


def only_job(kind: str = services.POLICY_SAVE) -> Job:
    return Job.objects.get(kind=kind)
