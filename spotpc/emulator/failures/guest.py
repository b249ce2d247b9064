"""What fails inside the VM: extensions, joins, run commands, sysprep."""

from __future__ import annotations

from typing import Any

from . import make
from .compute import LEARN
from .make import operation, response, table
from .model import Failure, Surface

_TROUBLESHOOT = "https://aka.ms/vmextensionwindowstroubleshoot"
_ENTRA_DOC = "Learn: Sign in to a Windows virtual machine in Azure by using Microsoft Entra ID"
_LOGIN = "Microsoft.Azure.ActiveDirectory.AADLoginForWindows"
_LOGIN_FAILED = (
    f"Handler '{_LOGIN}' has reported failure for VM Extension 'AADLoginForWindows' with terminal"
    f" error code '1007' and error message: 'Install failed for plugin (name: {_LOGIN}, version"
    " {handlerVersion}) with exception Command ... exited with Exit code: "
)

GENERALIZED = table(
    response(
        "OperationNotAllowed.generalized",
        409,
        "Operation 'Start VM' is not allowed on VM '{vm}' since the VM is generalized.",
        method="POST",
        path=make.START,
        source=LEARN,
    ),
    response(
        "OperationNotAllowed.running",
        409,
        "Operation 'generalize' is not allowed on VM '{vm}' since the VM is running. Please power"
        " off explicitly in case you shut down the VM from inside the guest operating system.",
        method="POST",
        path=make.GENERALIZE,
        source="https://github.com/MicrosoftDocs/azure-docs/issues/86809",
    ),
    response(
        "OperationNotAllowed.notDeallocated",
        409,
        "Operation '{op}' is not allowed on VM '{vm}' since the VM is not deallocated.",
        method="PUT|POST|PATCH",
        path=make.VM_OR_ACTION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.notGeneralized",
        409,
        "The operation 'Create Image' requires the Virtual Machine '{vm}' to be Generalized.",
        path=make.IMAGE,
        source="https://github.com/ansible/ansible/issues/37158",
    ),
    response(
        "OperationNotAllowed.capture",
        409,
        "Capture operation cannot be completed because the VM is not generalized.",
        method="POST",
        path=r"/virtualMachines/[^/]+/capture$",
        source="https://github.com/Azure/WALinuxAgent/issues/88",
    ),
    response(
        "OperationNotAllowed.trustedLaunch",
        409,
        "Creation of managed images are not supported for virtual machine with TrustedLaunch"
        " security type.",
        path=make.IMAGE,
        source="https://github.com/hashicorp/packer/issues/13189",
    ),
)


def _extension_error(name: str, message: str, **more: Any) -> Failure:
    return operation(name, message, path=make.EXTENSION, **more)


EXTENSIONS = table(
    _extension_error(
        "VMAgentStatusCommunicationError",
        "VM '{vm}' has not reported status for VM agent or extensions. Please verify the VM has a"
        " running VM agent, and can establish outbound connections to Azure storage.",
        source=LEARN,
        seen="documented",
    ),
    _extension_error(
        "VMExtensionProvisioningError",
        "VM has reported a failure when processing extension '{ext}' (publisher 'Microsoft.Compute'"
        " and type 'JsonADDomainExtension'). Error message: \"Exception(s) occurred while joining"
        f" Domain '{{domain}}'\". More information on troubleshooting is available at"
        f" {_TROUBLESHOOT}.",
        source="https://github.com/Azure/avdaccelerator/issues/460",
    ),
    _extension_error(
        "VMExtensionProvisioningError.joined",  # a failure that is none
        "VM has reported a failure when processing extension 'join-domain'. Error message: \"Join"
        " completed for Domain '{domain}'\".",
        source="https://github.com/hashicorp/terraform-provider-azurerm/issues/391",
    ),
    _extension_error(
        "VMExtensionProvisioningError.memory",
        "VM has reported a failure when processing extension 'joindomain'. Error message: \"Join"
        " failed for Domain '{domain}' with the error: Exception of type"
        " 'System.OutOfMemoryException' was thrown.\"\r\n\r\nMore information on troubleshooting is"
        f" available at {_TROUBLESHOOT} ",
        source="https://github.com/autocloudarc/0026-azure-automation-plus-dsc-lab/issues/8",
    ),
    _extension_error(
        "VMExtensionProvisioningError.joinNoDetail",  # "occured" is Azure's older spelling
        "VM has reported a failure when processing extension 'joindomain'. Error message:"
        " \"Exception(s) occured while joining Domain '{domain}'\"\r\n\r\nMore information on"
        f" troubleshooting is available at {_TROUBLESHOOT} ",
        source="https://github.com/Azure/RDS-Templates/issues/434",
    ),
    _extension_error(
        "VMExtensionProvisioningError.dscDownload",
        "VM has reported a failure when processing extension '{ext}' (publisher"
        " 'Microsoft.Powershell' and type 'DSC'). Error message: \"The DSC Extension failed to"
        " execute: Error downloading https://wvdportalstorageblob.blob.core.windows.net/"
        "galleryartifacts/Configuration_1.0.02790.438.zip after 29 attempts: The remote name could"
        " not be resolved. More information about the failure can be found in the logs located"
        " under 'C:\\WindowsAzure\\Logs\\Plugins\\Microsoft.Powershell.DSC\\2.83' on the VM.\"",
        source="public CI logs of Azure clients",
        seen="believed",
    ),
    _extension_error(
        "VMExtensionHandlerNonTransientError",
        "Handler '{publisher}.{type}' has reported failure for VM Extension '{ext}' with terminal"
        " error code '1009' and error message: 'Enable failed for plugin (name:"
        " {publisher}.{type}, version {handlerVersion}) with exception Command timed out.'",
        source=LEARN,
    ),
    _extension_error(
        "VMExtensionHandlerNonTransientError.login",
        _LOGIN_FAILED + "-2145648574'",
        source=_ENTRA_DOC,
        seen="believed",
    ),
    _extension_error(
        "VMExtensionProvisioningTimeout",
        "Provisioning of VM extension '{ext}' has timed out. Extension installation may be taking"
        " too long, or extension status could not be obtained.",
        source=LEARN,
        seen="documented",
    ),
    _extension_error(
        "VMExtensionManagementInternalError",
        "Internal error occurred while processing VM extension '{ext}'.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "ArtifactNotFound",
        404,
        "The VM extension with publisher '{publisher}' and type '{type}' could not be found in"
        " location '{location}'.",
        path=make.EXTENSION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.vmNotRunning",
        409,
        "Cannot modify extensions in the VM when the VM is not running.",
        method="PUT|DELETE",
        path=make.EXTENSION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "BadRequest.secondExtension",
        400,
        "Multiple VMExtensions per handler not supported for OS type 'Windows'. VMExtension '{ext}'"
        " with handler '{publisher}.{type}' already added or specified in input.",
        path=make.EXTENSION,
        source=LEARN,
        seen="documented",
    ),
)


def _join(code: int, source: str, seen: str = "literal") -> Failure:
    """A refused domain join: ARM says only that it failed, the code is in the substatuses."""
    options = {
        3: ("User Specified", "NetSetupJoinDomain, NetSetupAcctCreate"),
        1: ("User Specified without NetSetupAcctCreate", "NetSetupJoinDomain"),
    }
    return Failure(
        f"JsonADDomainExtension.{code}",
        Surface.INSTANCE_VIEW,
        "PUT",
        make.EXTENSION,
        source,
        seen,
        error=EXTENSIONS["VMExtensionProvisioningError"].error,
        body={
            "substatuses": [
                {
                    "code": f"ComponentStatus/JoinDomainException for Option {number} meaning"
                    f" '{meaning}'/failed/1",
                    "level": "Error",
                    "displayStatus": "Provisioning failed",
                    "message": "ERROR - Failed to join domain='{domain}', ou='{ou}',"
                    f" user='{{user}}', option='{option}' (#{number} meaning '{meaning}')."
                    f" Error code {code}",
                }
                for number, (meaning, option) in options.items()
            ]
        },
    )


_WIN32 = "Learn: System error codes"
JOINS = table(
    _join(1355, "public CI logs of Azure clients"),  # the domain cannot be contacted
    _join(1326, "public CI logs of Azure clients"),  # wrong name or password
    _join(2, "public CI logs of Azure clients"),  # the OU does not exist
    _join(5, _WIN32, "believed"),  # access denied
    _join(2224, _WIN32, "believed"),  # the account exists already
    _join(2732, "KB5020276", "believed"),  # reuse of the account blocked
    _join(8557, _WIN32, "believed"),  # the join user's quota of machines is used up
    _join(1332, "https://github.com/Azure/azure-powershell/issues/3757"),
)


def _login(exit_code: int, source: str, seen: str = "documented") -> Failure:
    return _extension_error(
        f"VMExtensionHandlerNonTransientError.login{exit_code}",
        f"{_LOGIN_FAILED}{exit_code}'",
        source=source,
        seen=seen,
    )


# The exit codes are documented; the sentence around them is the template of Microsoft's page.
LOGINS = table(
    _login(-2145648607, _ENTRA_DOC),  # DSREG_AUTOJOIN_DISC_FAILED: Entra not reachable
    _login(-2145648595, "a public deployment project's list", "believed"),  # no managed identity
    _login(-2145648526, "a public deployment project's list", "believed"),  # no home tenant
    _login(51, _ENTRA_DOC),  # the extension does not support this Windows
)


def _sysprep(name: str, log: str, source: str, seen: str) -> Failure:
    """Sysprep refuses. The command that ran it ends green or red by its own script; the truth is
    in setuperr.log, which the command prints. The view is a managed run command's."""
    return Failure(
        f"Sysprep.{name}",
        Surface.INSTANCE_VIEW,
        "PUT",
        make.RUN_COMMAND,
        source,
        seen,
        body={
            "executionState": "Failed",
            "executionMessage": "",
            "exitCode": 1,
            "output": log,
            "error": "",
        },
    )


_CM_DOC = "Microsoft Configuration Manager documentation"
SYSPREP = table(
    _sysprep(
        "appPackage",
        "SYSPRP Package {package} was installed for a user, but not provisioned for all users. This"
        " package will not function properly in the sysprep image.\n"
        "SYSPRP Failed to remove apps for the current user: 0x80073cf2.\n"
        "SYSPRP Exit code of RemoveAllApps thread was 0x3cf2.\n"
        "SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing"
        " 'SysprepGeneralizeValidate' from C:\\Windows\\System32\\AppxSysprep.dll; dwRet = 0x3cf2\n"
        "SYSPRP WinMain:Hit failure while pre-validate sysprep generalize internal providers;"
        " hr = 0x80073cf2",
        _CM_DOC,
        "documented",
    ),
    _sysprep(
        "reservedStorage",
        "SYSPRP Sysprep_Clean_Validate_Opk: Audit mode cannot be turned on if reserved storage is"
        " in use. An update or servicing operation may be using reserved storage.;"
        " hr = 0x800F0975\n"
        "SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing"
        " 'Sysprep_Clean_Validate_Opk' from C:\\Windows\\System32\\spopk.dll; dwRet = 0x975\n"
        "SYSPRP WinMain:Hit failure while pre-validate sysprep cleanup internal providers;"
        " hr = 0x80070975",
        _CM_DOC,
        "documented",
    ),
    _sysprep(
        "restartPending",
        "SYSPRP Sysprep_Clean_Validate_Opk:There are one or more Windows updates that require a"
        " reboot. To run Sysprep, reboot the computer and restart the application.[gle=0x000036b7]",
        "public logs",
        "literal",
    ),
    _sysprep(
        "bitLocker",
        "SYSPRP BitLocker-Sysprep: BitLocker is on for the OS volume. Turn BitLocker off to run"
        " Sysprep. (0x80310039)\n"
        "SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing"
        " 'ValidateBitLockerState' from C:\\Windows\\System32\\BdeSysprep.dll",
        "public logs",
        "literal",
    ),
    _sysprep(
        "notValidated",
        "Sysprep was not able to validate your Windows installation. Review the log file at"
        " %WINDIR%\\System32\\Sysprep\\Panther\\setupact.log for details. After resolving the"
        " issue, use Sysprep to validate your installation again.",
        "public logs",
        "believed",
    ),
    _sysprep(
        "provider",
        "{time}, Error      [0x0f0082] SYSPRP ActionPlatform::ExecuteAction: Error in executing"
        " action for Microsoft-Windows-Shell-Setup; dwRet = 0x1f",
        "https://github.com/MarcelMeurer/WVD-Hydra (the pattern its image script looks for)",
        "believed",
    ),
)

RUN_COMMANDS = table(
    response(
        "Conflict.runCommand",
        409,
        "Run command extension execution is in progress. Please wait for completion before invoking"
        " a run command.",
        method="POST",
        path=r"/virtualMachines/[^/]+/runCommand$",
        source="public CI logs of Azure clients",
    ),
    Failure(
        "RunCommandFailed",
        Surface.INSTANCE_VIEW,
        "PUT",
        make.RUN_COMMAND,
        "Azure/bicep-types-az, microsoft.compute",
        "believed",
        body={
            "executionState": "Failed",
            "executionMessage": "",
            "exitCode": 1,
            "output": "",
            "error": "The term 'sysprep' is not recognized as the name of a cmdlet.",
        },
    ),
)
