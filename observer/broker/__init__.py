"""Logs by way of Kafka: what travels in a record, who ships it, who reads it back (R9)."""
