"""Putting a real provider and its customers into the portal, from one TOML file.

The file is the truth for what it names: run it again after a change. What it does not name stays.
"""
