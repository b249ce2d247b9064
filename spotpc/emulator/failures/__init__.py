"""Known failures of Azure by name, in Azure's own words.

A name is Azure's code; where one code has several meanings, a suffix tells them apart
(`OperationNotAllowed.quota`, `Conflict.runCommand`). Where no text of Azure's was ever seen word
for word, `seen` is documented or believed.
"""

from __future__ import annotations

from . import avd, compute, graph, guest, identity, images, network
from .model import Failure, Surface

_TABLES = (
    compute.CAPACITY,
    compute.CONFLICTS,
    compute.BAD_REQUESTS,
    images.SOURCES,
    images.FIRST_BOOT,
    images.VERSIONS,
    network.NICS,
    network.SERVERS,
    identity.TOKENS,
    identity.AUTHENTICATION,
    identity.AUTHORIZATION,
    identity.PRESENCE,
    identity.THROTTLING,
    avd.HOST_POOLS,
    avd.HOSTS_AND_SESSIONS,
    guest.GENERALIZED,
    guest.EXTENSIONS,
    guest.JOINS,
    guest.LOGINS,
    guest.SYSPREP,
    guest.RUN_COMMANDS,
    graph.REFUSALS,
    graph.IMAGES,
    graph.CLOUD_PCS,
    graph.HEALTH_CHECKS,
)

NAMED: dict[str, Failure] = {name: failure for table in _TABLES for name, failure in table.items()}

if len(NAMED) != sum(map(len, _TABLES)):
    raise ValueError("two tables name the same failure")


def expand(name: str) -> list[Failure]:
    """What `faults` has to arrange for that failure. KeyError: no failure of that name."""
    return [NAMED[name].settled()]


__all__ = ["NAMED", "Failure", "Surface", "expand"]
