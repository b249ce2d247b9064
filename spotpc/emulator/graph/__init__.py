"""Microsoft Graph: the directory, Intune's devices, mail, and Windows 365.

`routing` finds the function that answers, `auth` looks at the token, `odata` and `filters` make the
answers, `entry` is where the server comes in. `people` and `devices` keep what the routes of
`directory`, `intune`, `licences` and `mail` show; `joining` is what VMs do to it, `controls` what
tests and the demo do. `virtual_endpoint` is Windows 365.
"""

from __future__ import annotations

from . import controls, directory, intune, joining, licences, mail, virtual_endpoint

__all__ = ["controls", "directory", "intune", "joining", "licences", "mail", "virtual_endpoint"]
