"""Texts of errors. The catalogue leaves them open, save those of report verification: these are the plainest."""

DATABASE = "failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"
UNAVAILABLE = "unavailable: dial tcp: connect: connection refused"
RESET = "unavailable: read tcp: connection reset by peer"
REVERTED = "execution reverted"
"""NodeIdsLengthMismatch is absent from xmtpd's own map of contract errors, so it has no name in the log."""
NO_FUNDS = "insufficient funds for gas * price + value"
SUBSCRIPTION = "websocket: close 1006 (abnormal closure): unexpected EOF"
NOTHING_LEFT = "no items left to settle"


def previous_reports(count: int) -> str:
    """What the attestation worker says when the report before is not the one it needs (catalogue 2.5)."""
    return f"expected 1 previous report, got {count}"
