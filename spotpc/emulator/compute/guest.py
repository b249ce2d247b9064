"""What happens inside Windows when a script runs: sysprep, its logs, and everything else.

Source: learn.microsoft.com, "Generalize a Windows VM" and "Sysprep (Generalize)".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import durations, faults
from ..world import Resource, World
from . import power

# Text of setuperr.log: learn.microsoft.com, "Sysprep fails with Microsoft Store apps" (KB 2769827).
_PACKAGE = "Microsoft.WidgetsPlatformRuntime_1.6.9.0_x64__8wekyb3d8bbwe"
SYSPREP_ERRORS = f"""\
SYSPRP Package {_PACKAGE} was installed for a user, but not provisioned for all users. \
This package will not function properly in the sysprep image.
SYSPRP Failed to remove apps for the current user: 0x80073cf2.
SYSPRP Exit code of RemoveAllApps thread was 0x3cf2.
SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing \
'SysprepGeneralizeValidate' from C:\\Windows\\System32\\AppxSysprep.dll; dwRet = 0x3cf2
SYSPRP WinMain:Hit failure while pre-validate sysprep generalize internal providers; \
hr = 0x80073cf2"""


@dataclass(frozen=True)
class Outcome:
    """`shuts_down`: the script ends with the VM; nobody reports its result."""

    exit_code: int = 0
    output: str = ""
    error: str = ""
    message: str = ""
    shuts_down: bool = False


def _syspreps(script: str) -> bool:
    """Runs sysprep, not merely reads its logs."""
    return bool(re.search(r"sysprep(\.exe)?\W.*?/generalize|/generalize\b", script, re.I | re.S))


def _fails(world: World, vm: Resource) -> bool:
    return faults.behaves(world, "sysprep-fails", vm=vm.name)


def seconds_of(world: World, vm: Resource, script: str) -> float:
    if not _syspreps(script):
        return durations.SCRIPT
    return durations.SYSPREP_FAILS if _fails(world, vm) else durations.SYSPREP


def run(world: World, vm: Resource, script: str) -> Outcome:
    if _syspreps(script):
        return _sysprep(world, vm, script)
    if re.search(r"setup(err|act)\.log|Panther", script, re.IGNORECASE):
        return Outcome(output=_logs(world, vm))
    if re.search(r"ImageState|SystemSetupInProgress", script):
        return Outcome(output=_image_state(world, vm))
    return Outcome(output=_echoed(script))


def _sysprep(world: World, vm: Resource, script: str) -> Outcome:
    disk = power.os_disk(world, vm)
    guest = power.guest_of(world, vm)
    if _fails(world, vm):
        remember(world, vm, _stamped(world, SYSPREP_ERRORS))
        return Outcome(
            exit_code=1,
            output=guest["log"] if re.search(r"setup(err|act)", script, re.IGNORECASE) else "",
            error="Sysprep was not able to validate your Windows installation. Review the log file"
            " at %WINDIR%\\System32\\Sysprep\\Panther\\setupact.log for details.",
            message="RunCommand script execution failed with exit code 1",
        )
    guest.update(sysprepped=True, log="")
    if disk:
        world.save(disk)
    quits = re.search(r"/(quit|reboot)\b", script, re.IGNORECASE)
    return Outcome(shuts_down=not quits)


def remember(world: World, vm: Resource, log: str) -> None:
    """What setuperr.log says from now on."""
    disk = power.os_disk(world, vm)
    if disk and log:
        power.guest_of(world, vm)["log"] = log
        world.save(disk)


def _stamped(world: World, text: str) -> str:
    time = world.timestamp[:19].replace("T", " ")
    return "\n".join(f"{time}, Error                 {line}" for line in text.splitlines())


def _logs(world: World, vm: Resource) -> str:
    time = world.timestamp[:19].replace("T", " ")
    fine = f"{time}, Info                  SYSPRP {'=' * 56}"
    return str(power.guest_of(world, vm).get("log") or fine)


def _image_state(world: World, vm: Resource) -> str:
    """Source: hashicorp/packer-plugin-azure, docs/builders/arm.mdx."""
    guest = power.guest_of(world, vm)
    if guest.get("sysprepped"):
        return "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
    return "IMAGE_STATE_UNDEPLOYABLE" if guest.get("log") else "IMAGE_STATE_COMPLETE"


def _echoed(script: str) -> str:
    """What plain `Write-Output`, `Write-Host` and `echo` lines would print."""
    lines = re.findall(r"(?:Write-Output|Write-Host|echo)\s+['\"]?([^'\"\n;]*)", script, re.I)
    return "\n".join(line.strip() for line in lines)


def shut_down(world: World, vm: Resource) -> None:
    """Windows is off; Azure still holds (and bills) the hardware."""
    power.guest_down(world, vm, "stopped")
