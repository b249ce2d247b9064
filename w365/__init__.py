"""Windows 365: connections, device images, provisioning policies, Cloud PCs. Not built yet."""
