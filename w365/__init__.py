"""Windows 365: connections, device images, provisioning policies, and reprovisioning Cloud PCs."""
