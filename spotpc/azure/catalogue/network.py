"""NICs and subnets, dropped connections and TLS."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

ENTRIES: Final = (
    Entry(
        "network",
        Decision.RETRY,
        "Spot PC could not reach Azure, or the connection broke[ ({detail})]. Users are not "
        "affected.",
        "It is tried again by itself. If it lasts, check DNS, proxy and firewall of the Spot PC "
        "server.",
        after=15,
    ),
    Entry(
        "unreadable-answer",
        Decision.RETRY,
        "Something between Spot PC and Azure sent back a page nobody can read, or half an answer.",
        "It is tried again by itself. If it lasts, look for a proxy or captive portal in the way.",
        after=30,
        tries=5,
    ),
    Entry(
        "tls-untrusted",
        Decision.PAUSE,
        "The certificate shown by Azure's address is not trusted, so nothing was sent there.",
        "A proxy that opens TLS is the usual reason: add its CA to the Spot PC server, or exempt "
        "Microsoft's addresses from inspection.",
    ),
    Entry(
        "endpoint-not-https",
        Decision.PAUSE,
        "The cloud's address is not https, and credentials are never sent in the clear.",
        "Correct the address in the cloud settings.",
    ),
    Entry(
        "subnet-full",
        Decision.PAUSE,
        "The subnet[ {subnet}] has no free address left[ in {prefix}], so no more hosts fit in."
        " Users on running hosts are not affected.",
        "Remove old hosts or leftover network interfaces, or give the site a larger subnet. Azure "
        "keeps five addresses of each for itself.",
        (
            on(
                "SubnetIsFull",
                reads=r"subnet (?P<subnet>\S+) with address prefix (?P<prefix>\S+) does not have",
            ),
        ),
    ),
    Entry(
        "reference-missing",
        Decision.RETRY,
        "{resource} was not found in this region[, and {nic} needs it].",
        "It is tried again by itself, in case it is brand-new. After that, check network, image"
        " and region in the site's settings.",
        (
            on(
                "InvalidResourceReference",
                reads=r"resource (?P<resource>\S+) referenced by resource (?P<nic>\S+) was not",
            ),
        ),
        after=30,
        tries=1,
    ),
    Entry(
        "nic-in-use",
        Decision.WAIT,
        "{nic} still belongs to a VM[ ({vm})].",
        "Nothing to do: it is tried again by itself until that VM is gone.",
        (on("NicInUse", reads=r"interface (?P<nic>\S+) is used by existing vm (?P<vm>\S+?)\.?$"),),
        after=30,
        tries=10,
    ),
    Entry(
        "nic-reserved",
        Decision.WAIT,
        "Azure keeps {nic} back for three minutes for a VM that failed or was deleted.",
        "Nothing to do: it is tried again by itself.",
        (on("NicReservedForAnotherVm"),),
        after=180,
        tries=5,
    ),
    Entry(
        "nic-internal",
        Decision.CLEANUP_THEN_RETRY,
        "Azure's network service broke down while it connected {vm}.",
        "Delete the VM and build it again. If that fails too, ask Microsoft support.",
        (on("NetworkingInternalOperationError"),),
        after=120,
        tries=2,
    ),
    Entry(
        "network-busy",
        Decision.RETRY,
        "Azure is still carrying out another change to the same virtual network.",
        "Nothing to do: changes to one network go one after another.",
        (
            on(
                "ReferencedResourceNotProvisioned",
                "RetryableErrorDueToAnotherOperation",
                "AnotherOperationInProgress",
                "RetryableError",
                believed="codes seen; the texts only in part",
            ),
        ),
        after=15,
        tries=20,
    ),
)
