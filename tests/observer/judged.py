"""Rules to judge the captured runs by, written for the tests: the ones that ship may change."""

from __future__ import annotations

from pathlib import Path

RULES = """\
groups:
  - name: tests
    rules:
      - alert: Silent
        each: node
        expr: silent(node)
        for: 5s
        labels: {severity: warning}
        annotations: {summary: "{{ node }} is silent"}
      - alert: Peerless
        each: node
        expr: connections(node) == 0 and up(node) and height(node) >= 20
        for: 1s
        inhibited_by: [Cut]
        labels: {severity: critical}
        annotations: {summary: "{{ node }} has no peers"}
      - alert: Cut
        each: node
        expr: connections(node) == 0 and up(node) and height(node) >= 57
        labels: {severity: info}
        annotations: {summary: "{{ node }} is cut off"}
      - incident: Died
        each: node
        expr: deserted(node) and quiet_for(node) > 2s
        annotations: {summary: "{{ node }} died"}
      - incident: Parted
        each: fork
        expr: fork_depth(fork) >= 2
        annotations: {summary: "two chains from {{ fork }} on"}
"""
CALM = """\
groups:
  - name: tests
    rules:
      - alert: Reorganised
        each: node
        expr: reorg_depth(node) >= 100
        annotations: {summary: "{{ node }} went over to another chain"}
      - alert: Parted
        each: fork
        expr: fork_depth(fork) >= 100
        annotations: {summary: "two chains from {{ fork }} on"}
"""


def rule_file(folder: Path, text: str = RULES, name: str = "rules.yaml") -> Path:
    """A rule file."""
    path = folder / name
    path.write_text(text)
    return path
