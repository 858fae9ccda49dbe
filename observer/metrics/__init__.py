"""What the observer tells of itself and of its networks: figures for Prometheus, and the dashboard that shows them."""
