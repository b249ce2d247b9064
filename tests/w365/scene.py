"""A customer with Windows 365, for every test of it.

    def test_something(desks: Desks) -> None:          # the fixture is in tests/w365/conftest.py

or, with an emulator of one's own,
`with furnished(home, PATIENCE) as scene: desks = windows_365(scene)`.

There are five licences, three people in the group "Office users" and one in "Warehouse users", a
connection "Office network" whose checks passed, and a policy "Office" over it, assigned to
"Office users", who have their Cloud PCs. All of it was read into rows once. `desks.graph(…)` is
somebody at the Intune admin center, `desks.held(…)` what Graph holds, `desks.sync()` a refresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from spotpc.azure.graph_types import PolicySpec
from spotpc.demo import seed
from spotpc.demo.windows365 import ENDPOINT, SINGLE_SESSION
from spotpc.demo.world import COMPUTE, furnish_sealed_vm
from spotpc.jobs.models import Job
from tenants.models import Admin, Site, Tenant, TenantSync
from tenants.sync import sync_tenant
from tests.scene import CUSTOMER, Scene
from w365 import services
from w365.models import (
    CloudPc,
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
    SourceImage,
    Windows365,
)

# A fast Azure and a patient portal: on a busy machine nothing runs into a time limit.
SPEED, PATIENCE = 20_000.0, 100.0

PLAN = "CPC_E_2C_8GB_128GB"
OFFICE, WAREHOUSE = "Office users", "Warehouse users"
PEOPLE = ("ann", "bob", "cem")
GALLERY_IMAGE = "microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc-m365"
NEWER_GALLERY_IMAGE = "microsoftwindowsdesktop_windows-ent-cpc_win11-25h2-ent-cpc-m365"
DOMAIN = {"name": "corp.example", "username": "join@corp.example", "password": "right-Passw0rd"}


def upn(person: str) -> str:
    return f"{person}@{CUSTOMER.domain}"


@dataclass
class Desks:
    """`scene` with Windows 365 in it."""

    scene: Scene

    @property
    def admin(self) -> Admin:
        return self.scene.admin

    @property
    def tenant(self) -> Tenant:
        return self.scene.tenant

    @property
    def site(self) -> Site:
        return Site.objects.get(tenant=self.tenant)

    # What others do

    def graph(self, method: str, path: str, body: Any = None) -> Any:
        """A call below `virtualEndpoint`, as by somebody at the Intune admin center."""
        return self.scene.place.arm.graph(method, f"{ENDPOINT}/{path}", body)

    def directory(self, **what: Any) -> dict[str, Any]:
        """`POST /emulator/directory`: users, groups, skus, mailboxes, domains. Their ids."""
        tenant = self.scene.place.arm.tenant_id
        answer = self.scene.control.post("/directory", tenant=tenant, **what)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def cloud_pc(self, policy: str, person: str) -> dict[str, Any]:
        """A provisioned Cloud PC at once."""
        tenant = self.scene.place.arm.tenant_id
        answer = self.scene.control.post("/cloud-pcs", tenant=tenant, policy=policy,
                                         user=upn(person))  # fmt: skip
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def held(self, kind: str) -> list[dict[str, Any]]:
        """What Graph holds of a kind (`provisioningPolicies`, `cloudPCs`, …): body and inner."""
        mine = self.scene.place.arm.tenant_id
        state = self.scene.control.get("/state")["graph"]
        return [each for each in state if (each["kind"], each["tenant"]) == (kind, mine)]

    def held_names(self, kind: str) -> list[str]:
        return sorted(each["body"]["displayName"] for each in self.held(kind))

    def held_one(self, kind: str, name: str) -> dict[str, Any]:
        [found] = [each for each in self.held(kind) if each["body"]["displayName"] == name]
        return found

    def assigned(self, policy: str) -> set[str]:
        """Ids of the groups that Graph has a policy assigned to."""
        inner = self.held_one("provisioningPolicies", policy)["inner"]
        return {each["groupId"] for each in inner["assigned"]}

    def speed(self, speed: float) -> None:
        self.scene.control.post("/speed", speed=speed).raise_for_status()

    def source_image(self, name: str = "office-single") -> SourceImage:
        """A managed image that Windows 365 takes, made in Azure and read into a row."""
        place = self.scene.place
        self.speed(seed.RUSH)
        vm_id = furnish_sealed_vm(place, "src-desk", SINGLE_SESSION, security="Standard")
        source = f"{place.root}/{COMPUTE}/images/{name}"
        place.put(source, {"sourceVirtualMachine": {"id": vm_id}, "hyperVGeneration": "V2"})
        place.arm.remove(vm_id)
        self.speed(SPEED)
        self.sync(sources=True)
        return SourceImage.objects.get(tenant=self.tenant, name=name)

    # What the portal knows

    def sync(self, *, sources: bool = False) -> bool:
        if sources:
            Windows365.objects.filter(tenant=self.tenant).update(sources_read_at=None)
        TenantSync.objects.filter(tenant=self.tenant).update(next_at=timezone.now())
        return sync_tenant(self.tenant.pk)

    @property
    def known(self) -> Windows365:
        return Windows365.objects.get(tenant=self.tenant)

    def connection(self, name: str = "Office network") -> NetworkConnection:
        return NetworkConnection.objects.select_related("tenant").get(tenant=self.tenant, name=name)

    def policy(self, name: str = "Office") -> ProvisioningPolicy:
        return ProvisioningPolicy.objects.select_related("tenant").get(
            tenant=self.tenant, name=name
        )

    def image(self, name: str = "Desk", version: str = "1.0.0") -> DeviceImage:
        return DeviceImage.objects.select_related("tenant").get(
            tenant=self.tenant, name=name, version=version
        )

    def group(self, name: str) -> EntraGroup:
        return EntraGroup.objects.get(tenant=self.tenant, name=name)

    def gallery_image(self, graph_id: str = GALLERY_IMAGE) -> GalleryImage:
        return GalleryImage.objects.get(tenant=self.tenant, graph_id=graph_id)

    def pcs(self) -> list[CloudPc]:
        return list(CloudPc.objects.filter(tenant=self.tenant).order_by("user"))

    def spec(self, name: str = "Office", **changes: Any) -> PolicySpec:
        """What a policy is by its row, with changes."""
        return replace(services.spec_of(self.policy(name)), **changes)

    def new_spec(self, name: str = "Front desk", **changes: Any) -> PolicySpec:
        """A policy that could be created, over a network that Microsoft hosts."""
        image = self.gallery_image()
        spec = PolicySpec(
            name=name, description="Reception", image_type="gallery", image_id=image.graph_id,
            image_name=image.name, join_type="azureADJoin", region_name="westeurope",
            single_sign_on=True, locale="en-US", group_ids=(self.group(WAREHOUSE).graph_id,),
        )  # fmt: skip
        return replace(spec, **changes)

    def job(self, kind: str) -> Job:
        """The newest one of that kind."""
        found = Job.objects.filter(tenant=self.tenant, kind=kind).first()
        assert found is not None, kind
        return found


def windows_365(scene: Scene, *, licences: int = 5) -> Desks:
    """Furnish the scene's customer with it, and read it."""
    desks = Desks(scene)
    desks.speed(seed.RUSH)
    ids = desks.directory(
        skus=[{"partNumber": PLAN, "enabled": licences}],
        groups=[
            {"name": OFFICE, "members": [upn(person) for person in PEOPLE]},
            {"name": WAREHOUSE, "members": [upn("dora")]},
        ],
        mailboxes=[upn("it-support")],
        domains=[DOMAIN],
    )
    connection = _furnish_connection(desks)
    assign(desks, _furnish_policy(desks, connection), ids["groups"][OFFICE])
    wait_for(lambda: cloud_pcs_ready(desks) == min(licences, len(PEOPLE)))
    desks.speed(SPEED)
    assert desks.sync()
    return desks


def _furnish_connection(desks: Desks) -> str:
    place = desks.scene.place
    made = desks.graph("POST", "onPremisesConnections", {
        "displayName": "Office network",
        "connectionType": "azureADJoin",
        "subscriptionId": str(desks.tenant.subscription_id),
        "resourceGroupId": place.root,
        "virtualNetworkId": place.subnet_id.rpartition("/subnets/")[0],
        "subnetId": place.subnet_id,
    })  # fmt: skip
    connection = str(made["id"])
    wait_for_health(desks, connection)
    return connection


def wait_for(condition: Callable[[], bool]) -> None:
    """For what the emulator does by itself."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline


def wait_for_health(desks: Desks, connection: str) -> str:
    """Until the checks have ended; their result."""
    path = f"onPremisesConnections/{connection}"
    wait_for(lambda: desks.graph("GET", path)["healthCheckStatus"] not in ("pending", "running"))
    return str(desks.graph("GET", path)["healthCheckStatus"])


def cloud_pcs_ready(desks: Desks) -> int:
    """v1.0 has no status; a Cloud PC that is ready is in Intune."""
    return sum(bool(each["managedDeviceId"]) for each in desks.graph("GET", "cloudPCs")["value"])


def _furnish_policy(desks: Desks, connection: str) -> str:
    made = desks.graph("POST", "provisioningPolicies", {
        "displayName": "Office",
        "description": "Everybody in the office",
        "provisioningType": "dedicated",
        "domainJoinConfigurations": [
            {"domainJoinType": "azureADJoin", "onPremisesConnectionId": connection}
        ],
        "enableSingleSignOn": True,
        "windowsSetting": {"locale": "en-GB"},
        "imageType": "gallery",
        "imageId": GALLERY_IMAGE,
    })  # fmt: skip
    return str(made["id"])


def assign(desks: Desks, policy: str, *groups: str) -> None:
    """Both by Graph's ids, as somebody at the Intune admin center does it."""
    targets = [
        {
            "@odata.type": "#microsoft.graph.cloudPcManagementGroupAssignmentTarget",
            "groupId": group,
        }
        for group in groups
    ]
    body = {"assignments": [{"target": target} for target in targets]}
    desks.graph("POST", f"provisioningPolicies/{policy}/assign", body)
