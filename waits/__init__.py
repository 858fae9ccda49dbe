"""Judgement: conditions, timers, verdicts, detectors and alerts over snapshots.

A layer without effects: time is an argument, and nothing here knows of logs, files or clocks. What is judged is
the snapshot (`state`), and what the journal says of its own sources (`waits.sight`).
"""
