"""PostgreSQL: the journals of many networks, what follows from them, and tables that people query."""
