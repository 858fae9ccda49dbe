"""Networks whose journals are in Kafka: taken record by record, judged, stored."""
