"""What is run inside Windows to generalize it, and to read its log afterwards. Pure."""

from __future__ import annotations

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


def last_error_line(log: str) -> str:
    """Windows' own last word, for the timeline; empty if there is none."""
    lines = [line.strip() for line in log.splitlines() if "error" in line.casefold()]
    return lines[-1][:300] if lines else ""
