"""Request bodies and short sequences that several tests of the emulator need."""

from __future__ import annotations

from typing import Any

from .client import GROUP, Client, until

COMPUTE = f"{GROUP}/providers/Microsoft.Compute"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
SUBNET_ID = f"{NETWORK}/virtualNetworks/vnet/subnets/hosts"
DEFINITION_ID = f"{COMPUTE}/galleries/gallery/images/desktop"
MARKETPLACE = {
    "publisher": "MicrosoftWindowsDesktop",
    "offer": "windows-11",
    "sku": "win11-24h2-avd",
    "version": "latest",
}
SYSPREP = "& C:\\Windows\\System32\\Sysprep\\sysprep.exe /generalize /oobe /shutdown /mode:vm"


def vnet(client: Client, prefix: str = "10.1.0.0/24") -> None:
    body = {
        "location": "westeurope",
        "properties": {
            "addressSpace": {"addressPrefixes": [prefix]},
            "subnets": [{"name": "hosts", "properties": {"addressPrefix": prefix}}],
        },
    }
    client.wait(client.arm("PUT", "Microsoft.Network/virtualNetworks/vnet", body))


def nic_body() -> dict[str, Any]:
    configuration = {"name": "ip", "properties": {"subnet": {"id": SUBNET_ID}}}
    return {"location": "westeurope", "properties": {"ipConfigurations": [configuration]}}


def nic(client: Client, name: str) -> str:
    path = f"{NETWORK}/networkInterfaces/{name}"
    client.wait(client.arm("PUT", path, nic_body()))
    return path


def vm_body(nic_id: str, **properties: Any) -> dict[str, Any]:
    """A TrustedLaunch VM from the Marketplace; `image`, `size`, `computer` replace parts."""
    image = properties.pop("image", MARKETPLACE)
    size = properties.pop("size", "Standard_D4s_v5")
    computer = properties.pop("computer", "vm-one")
    body: dict[str, Any] = {
        "hardwareProfile": {"vmSize": size},
        "storageProfile": {
            "imageReference": image,
            "osDisk": {"createOption": "FromImage", "deleteOption": "Delete"},
        },
        "osProfile": {
            "computerName": computer,
            "adminUsername": "spotadmin",
            "adminPassword": "Correct-Horse-9",
        },
        "securityProfile": {
            "securityType": "TrustedLaunch",
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
        },
        "networkProfile": {
            "networkInterfaces": [{"id": nic_id, "properties": {"deleteOption": "Delete"}}]
        },
    }
    return {"location": "westeurope", "properties": {**body, **properties}}


def vm(client: Client, name: str = "vm-one", **properties: Any) -> str:
    """A VM whose operation has ended well."""
    path = f"{COMPUTE}/virtualMachines/{name}"
    body = vm_body(nic(client, f"{name}-nic"), computer=name, **properties)
    operation = client.wait(client.arm("PUT", path, body))
    assert operation["status"] == "Succeeded", operation
    return path


def power(client: Client, vm_id: str) -> str:
    view = client.arm("GET", f"{vm_id}/instanceView").json()
    codes = [status["code"] for status in view["statuses"]]
    return next((code for code in codes if code.startswith("PowerState/")), "")


def wait_power(client: Client, vm_id: str, word: str) -> None:
    until(lambda: power(client, vm_id), lambda code: code == f"PowerState/{word}")


def wait_agent(client: Client, vm_id: str) -> None:
    def look() -> str:
        view = client.arm("GET", f"{vm_id}/instanceView").json()
        return str(view.get("vmAgent", {}).get("statuses", [{}])[0].get("displayStatus"))

    until(look, lambda text: text == "Ready")


def act(client: Client, vm_id: str, action: str) -> dict[str, Any]:
    return client.wait(client.arm("POST", f"{vm_id}/{action}"))


def sysprep(client: Client, vm_id: str, name: str = "seal") -> None:
    body = {
        "location": "westeurope",
        "properties": {"source": {"script": SYSPREP}, "asyncExecution": True},
    }
    client.wait(client.arm("PUT", f"{vm_id}/runCommands/{name}", body))


def generalize(client: Client, vm_id: str) -> None:
    sysprep(client, vm_id)
    wait_power(client, vm_id, "stopped")
    act(client, vm_id, "deallocate")
    assert client.arm("POST", f"{vm_id}/generalize").status_code == 200


def definition(client: Client, security: str = "TrustedLaunch", generation: str = "V2") -> str:
    client.wait(client.arm("PUT", f"{COMPUTE}/galleries/gallery", {"location": "westeurope"}))
    body = {
        "location": "westeurope",
        "properties": {
            "osType": "Windows",
            "osState": "Generalized",
            "hyperVGeneration": generation,
            "identifier": {"publisher": "msp", "offer": "desktop", "sku": "avd"},
            "features": [{"name": "SecurityType", "value": security}] if security else [],
        },
    }
    client.wait(client.arm("PUT", DEFINITION_ID, body))
    return DEFINITION_ID


def version_body(source: dict[str, Any], *regions: str) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "properties": {
            "publishingProfile": {
                "targetRegions": [{"name": name} for name in ("westeurope", *regions)],
                "excludeFromLatest": True,
            },
            "storageProfile": {"source": source},
            "safetyProfile": {"blockDeletionBeforeEndOfLife": False},
        },
    }


def version(client: Client, vm_id: str, name: str = "1.0.0", *regions: str) -> str:
    path = f"{DEFINITION_ID}/versions/{name}"
    body = version_body({"virtualMachineId": vm_id}, *regions)
    operation = client.wait(client.arm("PUT", path, body))
    assert operation["status"] == "Succeeded", operation
    return path
