"""Hearing: from MQTT messages to decoded readings."""
