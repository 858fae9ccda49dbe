"""Real server programs for tests: started on loopback, in folders of their own, never left behind.

Nothing here stands in for a program: a test that is given `kafka` talks to Apache Kafka.
"""
