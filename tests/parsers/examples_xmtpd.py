"""A literal example of every statement of xmtpd that is read."""

from __future__ import annotations

from tests.parsers import examples_xmtpd_chains, examples_xmtpd_life, examples_xmtpd_reports

EXAMPLES = [*examples_xmtpd_life.EXAMPLES, *examples_xmtpd_reports.EXAMPLES, *examples_xmtpd_chains.EXAMPLES]
