"""The long jobs of Windows 365. Importing this registers them."""

from w365.steps import connections, images, policies, reprovision

__all__ = ["connections", "images", "policies", "reprovision"]
