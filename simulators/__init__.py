"""A site without a site: gateways that speak MQTT and nothing else."""
