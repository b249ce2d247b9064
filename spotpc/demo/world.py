"""A customer's Azure, put up over the wire: network, gallery, images, host pools with hosts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from spotpc.demo.arm import Arm

COMPUTE = "providers/Microsoft.Compute"
NETWORK = "providers/Microsoft.Network"
AVD = "providers/Microsoft.DesktopVirtualization"
MARKETPLACE = {
    "publisher": "MicrosoftWindowsDesktop",
    "offer": "office-365",
    "sku": "win11-24h2-avd-m365",
}
SIZE = "Standard_D4s_v5"


@dataclass(frozen=True)
class Place:
    """One site: where everything of it goes."""

    arm: Arm
    resource_group: str
    region: str
    gallery: str = "images"

    @property
    def root(self) -> str:
        return self.arm.group(self.resource_group)

    @property
    def subnet_id(self) -> str:
        return f"{self.root}/{NETWORK}/virtualNetworks/desktops/subnets/hosts"

    @property
    def bastion_id(self) -> str:
        return f"{self.root}/{NETWORK}/bastionHosts/bastion"

    def definition_id(self, definition: str) -> str:
        return f"{self.root}/{COMPUTE}/galleries/{self.gallery}/images/{definition}"

    def pool_id(self, pool: str) -> str:
        return f"{self.root}/{AVD}/hostPools/{pool}"

    def put(self, path: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.arm.put(path, {"location": self.region, "properties": properties, **more})


def furnish_site(place: Place, *, bastion: bool, prefix: str = "10.20.0.0/24") -> None:
    """Resource group, network, gallery, and a Bastion where there is one."""
    place.arm.call("PUT", place.root, {"location": place.region})
    network = f"{place.root}/{NETWORK}/virtualNetworks/desktops"
    subnets = [{"name": "hosts", "properties": {"addressPrefix": prefix}}]
    place.put(network, {"addressSpace": {"addressPrefixes": [prefix]}, "subnets": subnets})
    place.put(f"{place.root}/{COMPUTE}/galleries/{place.gallery}", {})
    if bastion:
        place.put(place.bastion_id, {"enableShareableLink": True, "ipConfigurations": []},
                  sku={"name": "Standard"})  # fmt: skip


def furnish_definition(place: Place, definition: str) -> None:
    place.put(
        place.definition_id(definition),
        {
            "osType": "Windows",
            "osState": "Generalized",
            "hyperVGeneration": "V2",
            "identifier": {"publisher": "Harbor", "offer": "desktops", "sku": definition},
            "features": [{"name": "SecurityType", "value": "TrustedLaunch"}],
        },
    )


def furnish_versions(place: Place, definition: str, versions: list[str]) -> None:
    """Captured from one generalized VM, which goes away again."""
    vm_id = furnish_sealed_vm(place, f"src-{definition}"[:15], MARKETPLACE)
    for version in versions:
        place.put(
            f"{place.definition_id(definition)}/versions/{version}",
            {
                "publishingProfile": {"targetRegions": [{"name": place.region}]},
                "storageProfile": {"source": {"virtualMachineId": vm_id}},
            },
        )
    place.arm.remove(vm_id)


def furnish_sealed_vm(
    place: Place, name: str, image: dict[str, str], *, security: str = "TrustedLaunch"
) -> str:
    """A VM from the Marketplace, ready to be captured. Returns its id."""
    vm_id = furnish_vm(place, name, {**image, "version": "latest"}, security=security)
    _generalize_windows(place, vm_id)
    place.arm.post(f"{vm_id}/deallocate")
    place.arm.post(f"{vm_id}/generalize")
    return vm_id


def _generalize_windows(place: Place, vm_id: str) -> None:
    script = "sysprep.exe /generalize /oobe /shutdown /mode:vm /quiet"
    body = {"source": {"script": script}, "asyncExecution": True}
    place.arm.call("PUT", f"{vm_id}/runCommands/sysprep", {
        "location": place.region, "properties": body,
    })  # fmt: skip
    deadline = time.monotonic() + 60
    while "PowerState/stopped" not in _statuses(place, vm_id):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{vm_id} was not generalized")


def _statuses(place: Place, vm_id: str) -> list[str]:
    view = place.arm.get(f"{vm_id}/instanceView")
    return [each["code"] for each in view["statuses"]]


def furnish_vm(
    place: Place,
    name: str,
    image: dict[str, Any],
    *,
    entra: bool = False,
    security: str = "TrustedLaunch",
) -> str:
    """NIC and VM; both go when the VM goes. Returns the VM's id."""
    nic_id = f"{place.root}/{NETWORK}/networkInterfaces/{name}-nic"
    address = {"subnet": {"id": place.subnet_id}, "privateIPAllocationMethod": "Dynamic"}
    place.put(nic_id, {"ipConfigurations": [{"name": "ip", "properties": address}]})
    vm_id = f"{place.root}/{COMPUTE}/virtualMachines/{name}"
    identity = {"identity": {"type": "SystemAssigned"}} if entra else {}
    place.put(vm_id, _vm_properties(name, nic_id, image, security), **identity)
    return vm_id


def _vm_properties(name: str, nic_id: str, image: dict[str, Any], security: str) -> dict[str, Any]:
    trusted = {
        "securityType": "TrustedLaunch",
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    }
    return {
        "hardwareProfile": {"vmSize": SIZE},
        "securityProfile": trusted if security == "TrustedLaunch" else {},
        "storageProfile": {
            "imageReference": image,
            "osDisk": {
                "name": f"{name}-os",
                "createOption": "FromImage",
                "deleteOption": "Delete",
                "managedDisk": {"storageAccountType": "Premium_LRS"},
            },
        },
        "osProfile": {
            "computerName": name,
            "adminUsername": "spotadmin",
            "adminPassword": "Furnishing-1234567",
        },
        "networkProfile": {
            "networkInterfaces": [
                {"id": nic_id, "properties": {"primary": True, "deleteOption": "Delete"}}
            ]
        },
    }


def furnish_pool(place: Place, pool: str, *, session_limit: int, personal: bool = False) -> None:
    place.put(
        place.pool_id(pool),
        {
            "hostPoolType": "Personal" if personal else "Pooled",
            "loadBalancerType": "Persistent" if personal else "BreadthFirst",
            "preferredAppGroupType": "Desktop",
            "maxSessionLimit": session_limit,
        },
    )


def furnish_hosts(place: Place, pool: str, definition: str, version: str, names: list[str]) -> None:
    """Session hosts the way Azure wants them made: VM, join, registration with the pool's token."""
    token = _registration_token(place, pool)
    image = {"id": f"{place.definition_id(definition)}/versions/{version}"}
    for name in names:
        vm_id = furnish_vm(place, name, image, entra=True)
        _extension(place, vm_id, "join", "Microsoft.Azure.ActiveDirectory", "AADLoginForWindows",
                   "2.0", {}, {})  # fmt: skip
        _extension(
            place, vm_id, "register", "Microsoft.Powershell", "DSC", "2.83",
            {
                "modulesUrl": "https://example.invalid/Configuration.zip",
                "configurationFunction": "Configuration.ps1\\AddSessionHost",
                "properties": {"hostPoolName": pool, "aadJoin": True},
            },
            {"properties": {"registrationInfoToken": token}},
        )  # fmt: skip


def _registration_token(place: Place, pool: str) -> str:
    from datetime import UTC, datetime, timedelta

    expires = (datetime.now(UTC) + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    info = {"expirationTime": expires, "registrationTokenOperation": "Update"}
    place.arm.call("PATCH", place.pool_id(pool), {"properties": {"registrationInfo": info}})
    path = f"{place.pool_id(pool)}/retrieveRegistrationToken"
    token: str = place.arm.call("POST", path).json()["token"]
    return token


def _extension(
    place: Place, vm_id: str, name: str, publisher: str, kind: str, version: str,
    settings: dict[str, Any], protected: dict[str, Any],
) -> None:  # fmt: skip
    place.put(
        f"{vm_id}/extensions/{name}",
        {
            "publisher": publisher,
            "type": kind,
            "typeHandlerVersion": version,
            "settings": settings,
            "protectedSettings": protected,
        },
    )


def hosts_of(place: Place, pool: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.arm.get(f"{place.pool_id(pool)}/sessionHosts")["value"]
    return found
