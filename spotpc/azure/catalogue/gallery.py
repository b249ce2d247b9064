"""Sealing and the compute gallery: generalize, capture, versions, replication."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_GALLERY_DOC = "text from Microsoft's gallery troubleshooting page; code and status not seen"

ENTRIES: Final = (
    Entry(
        "vm-generalized",
        Decision.FAIL,
        "{vm} has been sealed. A sealed machine can never start again; its image is not affected.",
        "Make a new image version to go on working. The sealed VM is deleted with its job.",
        (on("OperationNotAllowed", text=r"vm '(?P<vm>[^']+)' since the vm is generalized"),),
    ),
    Entry(
        "vm-still-running",
        Decision.RECONCILE,
        "{vm} must be stopped and deallocated before it can be sealed, and it still runs.",
        "It is looked at again by itself. If it stays up, stop it in the Azure portal, where "
        "Stop also deallocates.",
        (
            on("OperationNotAllowed", text=r"vm '(?P<vm>[^']+)' since the vm is running"),
            on("OperationNotAllowed", text=r"vm '(?P<vm>[^']+)' since the vm is not deallocated"),
        ),
        after=30,
    ),
    Entry(
        "vm-not-marked-generalized",
        Decision.RECONCILE,
        "Azure does not know yet that {vm} is generalized.",
        "The step is repeated by itself. Do not set the mark by hand: it does not seal anything.",
        (on("OperationNotAllowed", text=r"virtual machine '(?P<vm>[^']+)' to be generalized"),),
        after=10,
        tries=3,
    ),
    Entry(
        "capture-not-generalized",
        Decision.FAIL,
        "The machine was captured before it was generalized, so there is no usable image.",
        "Start sealing again; the snapshot from before sysprep is intact.",
        (on("OperationNotAllowed", text=r"capture operation cannot.*not generalized"),),
    ),
    Entry(
        "managed-image-trusted-launch",
        Decision.FAIL,
        "Azure makes no managed image from a Trusted Launch machine.",
        "For Windows 365 use a gallery version, or build the template as a standard generation 2 "
        "VM.",
        (on("OperationNotAllowed", text=r"managed images are not supported.*trustedlaunch"),),
    ),
    Entry(
        "definition-takes-no-vm",
        Decision.FAIL,
        "The image definition's security type, TrustedLaunchSupported, cannot be filled from a VM.",
        "Choose or create a definition with security type TrustedLaunch, then seal again.",
        (on("InvalidParameter", text=r"'trustedlaunchsupported' is not supported for the source"),),
    ),
    Entry(
        "definition-wrong-generation",
        Decision.FAIL,
        "The template VM and the image definition are of different generations[: {vm_generation} "
        "into {generation}].",
        "Choose a definition of the VM's generation; neither can be changed afterwards.",
        (
            on(
                "Conflict",
                text=r"generation \['(?P<vm_generation>\w+)'\].*generation \['(?P<generation>\w+)",
            ),
        ),
    ),
    Entry(
        "definition-wrong-state",
        Decision.FAIL,
        "The image definition is for specialized images, but this one is generalized.",
        "Choose or create a definition whose OS state is Generalized, then seal again.",
        (on(text=r"os state in the parent gallery image", believed=_GALLERY_DOC),),
    ),
    Entry(
        "definition-wrong-os",
        Decision.FAIL,
        "The image definition is for another operating system than the template VM's.",
        "Choose or create a Windows definition, then seal again.",
        (on(text=r"different os type .*than the parent gallery image", believed=_GALLERY_DOC),),
    ),
    Entry(
        "source-ephemeral",
        Decision.FAIL,
        "The template VM has an ephemeral OS disk, of which no image can be taken.",
        "Create the version again; the template must have a managed OS disk.",
        (on(text=r"cannot contain an ephemeral os disk", believed=_GALLERY_DOC),),
    ),
    Entry(
        "source-elsewhere",
        Decision.FAIL,
        "The source of {version} is gone, or it is in another region than the gallery version.",
        "Check the site's region and the gallery's; they must agree. Then seal again.",
        (on(text=r"source .* is not found.*same region as gallery", believed=_GALLERY_DOC),),
    ),
    Entry(
        "regions-without-source",
        Decision.FAIL,
        "The target regions of {version} leave out the region it is made in[, {region}].",
        "Add that region to the image set and seal again.",
        (
            on(
                text=r"must contain the location of image version (?P<region>[^.]+)",
                believed=_GALLERY_DOC,
            ),
        ),
    ),
    Entry(
        "regions-twice",
        Decision.FAIL,
        "The image set names one region two times.",
        "Remove the second mention from the target regions ('East US' is the same as eastus).",
        (on(text=r"duplicate regions are not allowed", believed=_GALLERY_DOC),),
    ),
    Entry(
        "value-out-of-range",
        Decision.FAIL,
        "Azure does not allow a value[ for {property}][: it must lie between {least} and {most}].",
        "Correct it in the settings. An image version may have 1 to 50 replicas per region.",
        (
            on(
                text=r"value .* of parameter (?P<property>\S+) is out of range",
                reads=r"between (?P<least>[^ ]+) and (?P<most>[^,]+),",
                believed=_GALLERY_DOC,
            ),
        ),
    ),
    Entry(
        "version-name",
        Decision.FAIL,
        "Azure does not accept this version number[ ({version})].",
        "Use three whole numbers without leading zeros, such as 2.0.1.",
        (on(text=r"image version name is invalid", believed=_GALLERY_DOC),),
    ),
    Entry(
        "version-exists",
        Decision.FAIL,
        "{version} exists already and was made from something else; it was left untouched.",
        "Seal under the next free number. A failed version must be deleted before its number can "
        "be used again.",
        (on(text=r"changing property 'galleryimageversion", believed=_GALLERY_DOC),),
    ),
    Entry(
        "parent-missing",
        Decision.RETRY,
        "What {resource} belongs to is not there[: {parent}].",
        "It is looked for again by itself, in case it is new. After that, check whether "
        "somebody deleted or renamed it, and correct the settings.",
        (
            on(
                text=r"nested resource\. parent resource '(?P<parent>[^']+)' not found",
            ),
            on("ParentResourceNotFound", believed="code from common use"),
        ),
        after=10,
        tries=6,
    ),
    Entry(
        "replication-failed",
        Decision.RETRY,
        "Azure could not copy the image to {region}. Other regions may already use it.",
        "It is looked at again by itself. If it stays, take the region out of the version's "
        "target regions and add it again.",
        (
            on(text=r"gallery replication jobs failed.*region: ?(?P<region>[\w ]+)"),
            on(text=r"gallery replication jobs failed"),
        ),
        after=300,
        tries=2,
    ),
    Entry(
        "replicating",
        Decision.WAIT,
        "The version is on its way to {region}[: {progress} % done].",
        "Nothing to do. Copying takes minutes, in some cases hours; hosts can be built where it "
        "has arrived.",
        after=60,
    ),
    Entry(
        "not-empty",
        Decision.FAIL,
        "{resource} still holds versions or definitions, so Azure keeps it.",
        "Delete what is in it first, then delete it again.",
        (
            on(text=r"before nested resources are deleted", believed=_GALLERY_DOC),
            on("CannotDeleteResource", believed="likely code, not seen with this text"),
        ),
    ),
    Entry(
        "version-protected",
        Decision.PAUSE,
        "Azure protects {version} against deletion for now (six months by default). Only the "
        "clean-up waits.",
        'Leave it, or take off "block deletion before end of life" on the version. Then try again.',
        (
            on(
                text=r"blockdeletionbeforeendoflife",
                believed="the rule is documented from api-version 2026-03-03; no answer seen",
            ),
        ),
    ),
    Entry(
        "replicas-protected",
        Decision.FAIL,
        "Azure does not let the copies of {version} be removed from a region.",
        'Allow "deletion of replicated locations" on the version, or keep the copies.',
        (on(text=r"allowdeletionofreplicatedlocations", believed="rule only; no answer seen"),),
    ),
    Entry(
        "version-in-use",
        Decision.FAIL,
        "Hosts or groups still build on {version}; deleting it would break their next rebuild.",
        "Move those groups to another version first.",
    ),
)
