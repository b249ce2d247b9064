"""What is run inside Windows to generalize it, and how its log is read. Pure."""

from __future__ import annotations

import re

# Leftovers of these make the next generalization fail or the clone misbehave, so they go first.
# /mode:vm is for images that stay on the same hypervisor. No /unattend: Azure brings its own.
# Sources: learn.microsoft.com, "Remove machine specific information by generalizing a VM";
# "Sysprep command-line options". That this suffices for every image is believed, not seen.
SYSPREP = (
    "$ErrorActionPreference = 'Continue'",
    "Remove-Item -Recurse -Force C:\\Windows\\Panther -ErrorAction SilentlyContinue",
    "Stop-Service wuauserv -Force -ErrorAction SilentlyContinue",
    "$p = Start-Process -Wait -PassThru C:\\Windows\\System32\\Sysprep\\sysprep.exe "
    "-ArgumentList '/generalize /oobe /shutdown /mode:vm /quiet'",
    "exit $p.ExitCode",
)
READ_LOG = (
    "$panther = 'C:\\Windows\\System32\\Sysprep\\Panther'",
    'Get-Content "$panther\\setuperr.log" -Tail 40',
    "Select-String -Path \"$panther\\setupact.log\" -Pattern 'Error' | "
    "Select-Object -Last 20 | ForEach-Object { $_.Line }",
)

# What the log says → what it means, most specific first.
# Sources: learn.microsoft.com KB 2769827 (Store apps), "Sysprep process overview" (1001 runs).
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"Package (?P<name>\S+?)_\S* was installed for a user, but not provisioned",
        "The Store app {name} was installed or updated for one user only.",
        "Connect to the VM, remove that app for every user (or provision it for all), then seal.",
    ),
    (
        r"(?i)BitLocker",
        "BitLocker is on for the system disk.",
        "Connect to the VM, turn BitLocker off, wait until it is fully decrypted, then seal.",
    ),
    (
        r"(?i)reserved storage|pending (?:update|reboot)|update operation",
        "Windows has an update or restart pending.",
        "Connect to the VM, let Windows Update finish, restart it, then seal.",
    ),
    (
        r"(?i)audit mode|domain[- ]joined|joined to a domain|MDM|enrol",
        "The VM was joined to a domain or enrolled for management.",
        "Connect to the VM, leave the domain and remove the enrolment, then seal.",
    ),
    (
        r"(?i)date and time|exceeded|rearm|0x0*c004d307",
        "This image has been generalized too often; Windows allows it 1001 times at most.",
        "Start the next version anew from the Marketplace image.",
    ),
)
UNKNOWN = (
    "Windows could not be generalized.",
    "Connect to the VM, look at C:\\Windows\\System32\\Sysprep\\Panther\\setuperr.log, "
    "mend what it names, then seal.",
)


def explain(log: str) -> tuple[str, str]:
    """From the tail of setuperr.log and setupact.log to a cause and a remedy."""
    for pattern, cause, remedy in CAUSES:
        match = re.search(pattern, log)
        if match:
            return cause.format(**match.groupdict()), remedy
    return UNKNOWN


def last_error_line(log: str) -> str:
    """Windows' own last word, for the timeline; empty if there is none."""
    lines = [line.strip() for line in log.splitlines() if "error" in line.casefold()]
    return lines[-1][:300] if lines else ""
