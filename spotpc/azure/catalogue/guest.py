"""Inside the VM: its agent, extensions, scripts and sysprep."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_EXTENSION = r"extension '(?P<extension>[^']+)'"

ENTRIES: Final = (
    Entry(
        "agent-silent",
        Decision.WAIT,
        "The Azure agent inside {vm} is silent, so nothing can be set up there.",
        "It is waited for. If it stays silent, restart {vm}, and check outbound access to "
        "168.63.129.16 and that the agent is in the image.",
        (on("VMAgentStatusCommunicationError", reads=r"vm '(?P<vm>[^']+)'"),),
        after=600,
        tries=2,
    ),
    Entry(
        "extension-failed",
        Decision.FAIL,
        "Setting up {vm} failed in {extension}[: {detail}].",
        "Read the reason above, correct it, and build the machine again.",
        (
            on(
                "VMExtensionProvisioningError",
                reads=_EXTENSION + r'.*?message: "?(?P<detail>[^"]+)',
            ),
            on(
                "VMExtensionHandlerNonTransientError",
                reads=_EXTENSION + r".*?message: '(?P<detail>[^']+)",
            ),
        ),
    ),
    Entry(
        "extension-slow",
        Decision.RECONCILE,
        "{extension} did not finish in the time Azure gives it; it may have worked.",
        "Its true state is read again by itself. If it stays bad, check the VM's agent and "
        "network, then build it again.",
        (on("VMExtensionProvisioningTimeout", reads=_EXTENSION),),
        after=60,
        tries=2,
    ),
    Entry(
        "extension-internal",
        Decision.RETRY,
        "Azure had a fault of its own while it handled {extension}.",
        "It is tried again by itself. If it stays, remove the extension in the Azure portal.",
        (on("VMExtensionManagementInternalError", reads=_EXTENSION),),
        after=120,
        tries=2,
    ),
    Entry(
        "extension-unknown",
        Decision.FAIL,
        "No such extension is published in {location}[: {extension}].",
        "Check the publisher, type and version of the extension in the settings.",
        (
            on(
                "ArtifactNotFound",
                reads=r"type '(?P<extension>[^']+)' could not .* location '(?P<location>[^']+)",
            ),
        ),
    ),
    Entry(
        "extension-duplicate",
        Decision.CLEANUP_THEN_RETRY,
        "{vm} already has this kind of extension under a different name.",
        "Delete the older one in the Azure portal; the step is then repeated by itself.",
        (on("BadRequest", text=r"multiple vmextensions per handler"),),
        tries=1,
    ),
    Entry(
        "script-running",
        Decision.RETRY,
        "An earlier script is still at work in {vm}.",
        "It is waited for. If it hangs for more than 90 minutes, restart the VM.",
        (on("Conflict", text=r"run command extension execution is in progress"),),
        after=20,
    ),
    Entry(
        "script-failed",
        Decision.FAIL,
        "The script in {vm} ended with an error[ (exit code {exit_code})][: {detail}].",
        "Read its output in the job's timeline. Azure shows such a step green: only the script's "
        "own end counts.",
        (
            on(
                "RunCommand.Failed",
                "RunCommand.TimedOut",
                "RunCommand.Canceled",
                reads=r"(?P<detail>.+)",
            ),
        ),
    ),
    Entry(
        "sysprep-app",
        Decision.CLEANUP_THEN_RETRY,
        "Sealing stopped at a Store app that one user has and not all[: {package}].",
        "Remove it for that user (Remove-AppxPackage) and press Seal again; there may be more "
        "than one. Keep Store apps from updating while you work on the template.",
        (
            on(text=r"package (?P<package>\S+) was installed for a user, but not provisioned"),
            on(text=r"0x80073cf2"),
        ),
        tries=5,
    ),
    Entry(
        "sysprep-updates",
        Decision.RETRY,
        "Sealing stopped because Windows is still installing updates.",
        "Let the updates finish, restart the template, then press Seal again.",
        (on(text=r"reserved storage is in use|0x800f0975"),),
        after=900,
        tries=3,
    ),
    Entry(
        "sysprep-restart",
        Decision.RETRY,
        "Sealing stopped because Windows asks for a restart first.",
        "Restart the template, then press Seal again.",
        (on(text=r"updates that require a reboot"),),
        after=300,
        tries=2,
    ),
    Entry(
        "sysprep-bitlocker",
        Decision.CLEANUP_THEN_RETRY,
        "Sealing stopped because BitLocker encrypts the template's disk; Windows often turns it "
        "on by itself.",
        "Turn BitLocker off, wait until the disk is fully decrypted, then press Seal again. "
        "PreventDeviceEncryption=1 in the template avoids it.",
        (on(text=r"bitlocker is on for the os volume|0x80310039"),),
        after=300,
    ),
    Entry(
        "sysprep-enrolled",
        Decision.FAIL,
        "Sealing stopped because the template was joined to a domain or enrolled for management.",
        "Leave the domain, remove the enrolment, then press Seal again.",
        (
            on(
                text=r"joined to a domain|domain[- ]joined|\bMDM\b|enrol",
                operation="sysprep",
                believed="Hydra's pre-seal list; the wording in the log was not seen",
                last=True,
            ),
        ),
    ),
    Entry(
        "sysprep-too-often",
        Decision.FAIL,
        "This image has been generalized too often; Windows allows it 1001 times at most.",
        "Start the next version anew from the Marketplace image.",
        (
            on(
                text=r"rearm|0xc004d307",
                operation="sysprep",
                believed="learn.microsoft.com, Sysprep (Generalize); wording not seen",
                last=True,
            ),
        ),
    ),
    Entry(
        "sysprep-provider",
        Decision.CLEANUP_THEN_RETRY,
        "Sealing stopped in a Windows component[: {assembly}].",
        "Repair or remove that component in the template, then press Seal again. The disk from "
        "before sysprep is kept.",
        (
            on(
                text=r"error in executing action for (?P<assembly>[^;]+);",
                believed="line as another tool's parser expects it",
            ),
        ),
        tries=1,
    ),
    Entry(
        "sysprep-refused",
        Decision.FAIL,
        "Sysprep would not seal this template[: {detail}]. The snapshot from before is intact.",
        "Read setuperr.log in the job's timeline, correct the template and press Seal again.",
        (on(text=r"sysprep was not able to validate"),),
    ),
    Entry(
        "sysprep-running",
        Decision.WAIT,
        "Windows is still preparing itself for the image[ ({state})].",
        "Nothing to do. After twenty minutes without progress sealing counts as failed.",
        (on(text=r"(?P<state>image_state_\w+)"),),
        after=10,
        tries=120,
    ),
)
