"""Tests of judgement: conditions, timers, rules and alerts over snapshots."""
