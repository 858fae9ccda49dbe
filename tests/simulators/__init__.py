"""Tests of simulated networks."""
