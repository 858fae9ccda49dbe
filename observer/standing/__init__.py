"""`observer status`: where the network stands."""
