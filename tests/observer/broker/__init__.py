"""Kafka: the records, the shipper, the intake."""
