"""PostgreSQL, real."""
