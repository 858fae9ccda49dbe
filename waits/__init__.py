"""Conditions, timers, verdicts, detectors and alerts over snapshots.

Empty until the judgement kernel is built: the layer stands here so that its rules hold from the start.
"""
