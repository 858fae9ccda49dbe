"""`observer wait`: whether conditions came to be met."""
