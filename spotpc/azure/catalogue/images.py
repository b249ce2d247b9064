"""Images as a source: what a VM cannot be built from, and why."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

ENTRIES: Final = (
    Entry(
        "marketplace-image-missing",
        Decision.FAIL,
        "The Marketplace no longer offers this image version in {location}[: {image}]. Existing"
        " hosts run on.",
        "Choose a current Marketplace version for the image set and create the version again.",
        (on("PlatformImageNotFound", reads=r"platform image '(?P<image>[^']+)'"),),
    ),
    Entry(
        "image-not-in-region",
        Decision.WAIT,
        "{version} has not reached {location} yet, so no host can be built there.",
        "Replication is watched and the step goes on when it is complete. If the region is not "
        "among the version's target regions, add it.",
        (
            on(
                "GalleryImageNotFound",
                reads=r"gallery image (?P<version>\S+) is not available in (?P<location>\S+)",
                believed="text documented; code and 404 only from other reports",
            ),
        ),
        after=60,
    ),
    Entry(
        "image-missing",
        Decision.FAIL,
        "Somebody deleted {image}, so nothing can be built from it. Existing hosts run on.",
        "Choose another image version for the group, then start the update again.",
        (on("NotFound", text=r"the image (?P<image>.+?) cannot be found"),),
    ),
    Entry(
        "image-not-ready",
        Decision.WAIT,
        "Azure has not finished making {image}[ (state: {state})].",
        "Nothing to do: it is looked at again by itself.",
        (on("DiskImageNotReady", reads=r"disk image (?P<image>\S+) is in (?P<state>\S+) state"),),
        after=60,
        tries=60,
    ),
    Entry(
        "size-wrong-generation",
        Decision.FAIL,
        "{size} cannot boot this image: one is generation 1, the other generation 2.",
        "Choose a size that supports generation 2 (nearly every current one does).",
        (
            on(
                "BadRequest",
                "InvalidParameter",
                text=r"vm size '(?P<size>[^']+)' cannot boot hypervisor generation",
            ),
        ),
    ),
    Entry(
        "image-without-trusted-launch",
        Decision.FAIL,
        "This image does not support Trusted Launch, which Spot PC builds every host with.",
        "Use a generation 2 image that supports Trusted Launch as the source of the image set.",
        (
            on(
                "BadRequest",
                "InvalidParameter",
                text=r"use of trustedlaunch setting is not supported",
            ),
        ),
    ),
    Entry(
        "image-needs-trusted-launch",
        Decision.FAIL,
        "Machines from this image must be built with Trusted Launch, and this one was not.",
        "Switch Trusted Launch on for the group and retry the host.",
        (on("BadRequest", "InvalidParameter", text=r"only supports creation.*'trustedlaunch'"),),
    ),
    Entry(
        "disk-security-type",
        Decision.FAIL,
        "The VM and its OS disk disagree about Trusted Launch, so Azure will not join them.",
        "Build the VM from the image version again; a disk's security type cannot be changed.",
        (
            on(
                text=r"security type of vm is not compatible with the security type",
                believed="text seen; code and status not",
            ),
        ),
    ),
    Entry(
        "plan-missing",
        Decision.FAIL,
        "The image descends from a Marketplace offer with a plan, and the plan was not named.",
        "Record the purchase plan on the image definition (publisher, product, name), then retry.",
        (on("VMMarketplaceInvalidInput", text=r"requires plan information"),),
    ),
    Entry(
        "plan-unwanted",
        Decision.FAIL,
        "The image definition names a purchase plan, but its image has none.",
        "Remove the plan by creating a new image definition without it, then retry.",
        (on("VMMarketplaceInvalidInput", text=r"does not need plan information"),),
    ),
    Entry(
        "terms-not-accepted",
        Decision.PAUSE,
        "Nobody has accepted the licence terms of this Marketplace image in this subscription[: "
        "{image}].",
        "Let an Owner or Contributor accept them once (az vm image terms accept), then try again.",
        (
            on(
                "ResourcePurchaseValidationFailed",
                reads=r"legal terms.*?publisher='(?P<image>[^']+)'",
            ),
        ),
    ),
    Entry(
        "purchase-refused",
        Decision.PAUSE,
        "This subscription may not buy the Marketplace image it needs (offer type, country or a "
        "private marketplace).",
        "Ask the customer's billing admin to allow the offer, or choose a free image. Then try "
        "again.",
        (on("MarketplacePurchaseEligibilityFailed"),),
    ),
    Entry(
        "os-slow",
        Decision.WAIT,
        "Windows on {vm} did not report ready in time; it may still do so.",
        "It is watched further. If it stays so, build it again; two such machines from one "
        "version make the image suspect.",
        (on("OSProvisioningTimedOut", reads=r"vm '(?P<vm>[^']+)'"),),
        after=60,
        tries=15,
    ),
    Entry(
        "image-not-generalized",
        Decision.FAIL,
        "The image behind {vm} was never properly sealed: Windows cannot set itself up from it. "
        "No host of this version will work.",
        "Mark the version as bad and seal a new one; check sysprep's log for the reason.",
        (
            on("OSProvisioningTimedOut", text=r"vm '(?P<vm>[^']+)'.*has not been properly prepar"),
            on("OSProvisioningClientError", text=r"vm '(?P<vm>[^']+)'.*undeployable"),
        ),
    ),
    Entry(
        "image-blocked",
        Decision.FAIL,
        "Azure has stopped building machines from {image}, because too many in a row failed.",
        "Stop using this version. Seal a new one and test it with a single host first.",
        (on(text=r"too many times consecutively from image '(?P<image>[^']+)'"),),
    ),
    Entry(
        "os-setup-running",
        Decision.WAIT,
        "Windows setup on {vm} is not finished.",
        "Nothing to do: its state is read again by itself.",
        (
            on(
                "OSProvisioningClientError",
                text=r"vm '(?P<vm>[^']+)' because the guest os is currently being provisioned",
            ),
        ),
        after=300,
        tries=3,
    ),
    Entry(
        "os-setup-failed",
        Decision.FAIL,
        "Windows could not be set up on {vm}[: {detail}].",
        "Look at the VM's boot screenshot. If a second host fails alike, seal a new version.",
        (
            on("OSProvisioningClientError", reads=r"vm '(?P<vm>[^']+)'.*?details: (?P<detail>.+)"),
            on(text=r"^administrator: error handler"),
        ),
    ),
    Entry(
        "os-setup-internal",
        Decision.CLEANUP_THEN_RETRY,
        "Azure had a fault of its own while Windows was set up on {vm}.",
        "Delete the VM and build it again. If that fails too, test the image version on a "
        "single machine.",
        (on("OSProvisioningInternalError", reads=r"vm '(?P<vm>[^']+)'"),),
        after=120,
        tries=1,
    ),
    Entry(
        "os-profile-missing",
        Decision.FAIL,
        "A sealed image needs a local administrator, and the request for {vm} named none.",
        "Start the step again; report it if it happens twice, for Spot PC generates that account.",
        (on(text=r"required parameter 'osprofile' is missing", believed="code not seen"),),
    ),
    Entry(
        "os-profile-unwanted",
        Decision.FAIL,
        "The image behind {vm} is specialized: it keeps its accounts and takes no new one.",
        "Use a generalized image version. Spot PC seals versions so; this one came from elsewhere.",
        (on(text=r"parameter 'osprofile' is not allowed", believed="code not seen"),),
    ),
    Entry(
        "image-in-use",
        Decision.RETRY,
        "Machines are being built from {image} at this moment, so it cannot be changed or deleted.",
        "Nothing to do: it is tried again by itself.",
        (
            on(
                "OperationNotAllowed",
                text=r"are being provisioned using the image '(?P<image>[^']+)'",
            ),
        ),
        after=600,
        tries=6,
    ),
)
