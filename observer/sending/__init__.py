"""Sending alerts (R27): what of the judgement leaves the process, and how it gets there however often that fails.

Deciding is pure (`deciding`, `firing`); what was decided is committed with the transitions it follows from (`outbox`,
`stored`); only then a thread of its own carries it (`sender`). Replay never sends: nothing here is called by a command
that reads a recording.
"""
