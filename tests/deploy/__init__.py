"""What docker-compose.yml runs, tried with the real programs where they run without containers."""
