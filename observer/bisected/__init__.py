"""`observer bisect`: where a formula turned."""
