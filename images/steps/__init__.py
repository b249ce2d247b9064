"""The long jobs of image versions. Importing this registers them."""

from images.steps import build, power, remove, seal

__all__ = ["build", "power", "remove", "seal"]
