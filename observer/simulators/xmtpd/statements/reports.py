"""Statements of payer reports: generated, judged, submitted, settled, and their transactions."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, ERROR, INFO, WARN, Statement

WORKER = ("worker_node_id",)
REPORT = ("worker_node_id", "report_id", "start_sequence_id", "last_sequence_id", "originator_id")
"""What the line of a worker inherits while it works on one report."""

ATTESTATION_STARTING = Statement(
    "xmtpd.payer-report.attestation-worker", "starting", INFO, "payerreport/workers/attestation.go:76", inherited=WORKER
)
ATTESTING_ALL_FAILED = Statement(
    "xmtpd.payer-report.attestation-worker",
    "attesting reports",
    ERROR,
    "payerreport/workers/attestation.go:87",
    fields=("error",),
    inherited=WORKER,
)
ATTESTING_FAILED = Statement(
    "xmtpd.payer-report.attestation-worker",
    "attesting report",
    ERROR,
    "payerreport/workers/attestation.go:128",
    fields=("error",),
    inherited=REPORT,
)
FETCHING_TO_ATTEST = Statement(
    "xmtpd.payer-report.attestation-worker",
    "fetching reports needing attestation",
    DEBUG,
    "payerreport/workers/attestation.go:139",
    inherited=WORKER,
)
NOT_ALL_SEEN = Statement(
    "xmtpd.payer-report.attestation-worker",
    "skipping attestation for report, node has not processed all messages from originator",
    DEBUG,
    "payerreport/workers/attestation.go:160",
    fields=("originator_id", "start_sequence_id", "last_sequence_id", "last_sequence_id_seen"),
    inherited=WORKER,
)
VALID = Statement(
    "xmtpd.payer-report.attestation-worker",
    "report is valid, submitting attestation",
    INFO,
    "payerreport/workers/attestation.go:203",
    fields=("reason",),
    inherited=REPORT,
)
INVALID = Statement(
    "xmtpd.payer-report.attestation-worker",
    "report is invalid, not attesting",
    WARN,
    "payerreport/workers/attestation.go:210",
    fields=("reason",),
    inherited=REPORT,
)
FETCHING_PREVIOUS = Statement(
    "xmtpd.payer-report.attestation-worker",
    "fetching previous report",
    DEBUG,
    "payerreport/workers/attestation.go:221",
    fields=("originator_id", "start_sequence_id"),
    inherited=WORKER,
)
GENERATOR_STARTING = Statement(
    "xmtpd.payer-report.generator-worker", "starting", INFO, "payerreport/workers/generator.go:84", inherited=WORKER
)
GENERATING_FAILED = Statement(
    "xmtpd.payer-report.generator-worker",
    "generating reports",
    ERROR,
    "payerreport/workers/generator.go:92",
    fields=("error",),
    inherited=WORKER,
)
GETTING_NODES = Statement(
    "xmtpd.payer-report.generator-worker",
    "getting nodes from registry",
    INFO,
    "payerreport/workers/generator.go:123",
    inherited=WORKER,
)
MAYBE_GENERATING = Statement(
    "xmtpd.payer-report.generator-worker",
    "maybe generating report, fetching existing reports snapshot",
    DEBUG,
    "payerreport/workers/generator.go:149",
    fields=("originator_id",),
    inherited=WORKER,
)
WITHIN_INTERVAL = Statement(
    "xmtpd.payer-report.generator-worker",
    "skipping report generation for node because the last submitted report is within the generation interval",
    INFO,
    "payerreport/workers/generator.go:188",
    fields=("originator_id",),
    inherited=WORKER,
)
AT_BOUNDARY = Statement(
    "xmtpd.payer-report.generator-worker",
    "maybe generating report, checking for existing report at boundary",
    DEBUG,
    "payerreport/workers/generator.go:203",
    fields=("originator_id", "last_sequence_id"),
    inherited=WORKER,
)
EXPIRING = Statement(
    "xmtpd.payer-report.generator-worker",
    "expiring old report",
    DEBUG,
    "payerreport/workers/generator.go:219",
    fields=("originator_id", "report_id"),
    inherited=WORKER,
)
IGNORED_REJECTED = Statement(
    "xmtpd.payer-report.generator-worker",
    "ignore locally rejected report",
    DEBUG,
    "payerreport/workers/generator.go:235",
    fields=("originator_id", "report_id"),
    inherited=WORKER,
)
PENDING_EXISTS = Statement(
    "xmtpd.payer-report.generator-worker",
    "skipping report generation for node because there are existing valid reports pending",
    INFO,
    "payerreport/workers/generator.go:251",
    fields=("originator_id", "last_sequence_id", "count"),
    inherited=WORKER,
)
GENERATED = Statement(
    "xmtpd.payer-report.generator-worker",
    "generated report",
    INFO,
    "payerreport/workers/generator.go:308",
    fields=("report_id", "start_sequence_id", "last_sequence_id", "originator_id"),
    inherited=WORKER,
)
TOO_FEW = Statement(
    "xmtpd.payer-report",
    "skipping report generation because there are not enough envelopes",
    WARN,
    "payerreport/generator.go:66",
    fields=("originator_id",),
    inherited=WORKER,
)
SETTLING_ALL_FAILED = Statement(
    "xmtpd.payer-report.settlement-worker",
    "error settling reports",
    ERROR,
    "payerreport/workers/settlement.go:66",
    fields=("error",),
    inherited=WORKER,
)
FETCHING_TO_SETTLE = Statement(
    "xmtpd.payer-report.settlement-worker",
    "fetching reports to settle",
    DEBUG,
    "payerreport/workers/settlement.go:97",
    inherited=WORKER,
)
SETTLING = Statement(
    "xmtpd.payer-report.settlement-worker",
    "settling report",
    INFO,
    "payerreport/workers/settlement.go:112",
    inherited=REPORT,
)
SETTLING_FAILED = Statement(
    "xmtpd.payer-report.settlement-worker",
    "failed to settle report",
    ERROR,
    "payerreport/workers/settlement.go:115",
    fields=("report_id", "error"),
    inherited=REPORT,
)
SETTLED = Statement(
    "xmtpd.payer-report.settlement-worker",
    "report settled",
    INFO,
    "payerreport/workers/settlement.go:124",
    inherited=REPORT,
)
FISHY = Statement(
    "xmtpd.payer-report.settlement-worker",
    "something is fishy, no items left to settle but report is not settled",
    WARN,
    "payerreport/workers/settlement.go:185",
    inherited=REPORT,
)
SUBSET_SETTLED = Statement(
    "xmtpd.payer-report.settlement-worker",
    "settled subset of report",
    INFO,
    "payerreport/workers/settlement.go:210",
    fields=("remaining_items", "num_settled"),
    inherited=REPORT,
)
SUBMITTING_ALL_FAILED = Statement(
    "xmtpd.payer-report.submitter-worker",
    "error submitting reports",
    ERROR,
    "payerreport/workers/submitter.go:64",
    fields=("error",),
    inherited=WORKER,
)
FETCHING_TO_SUBMIT = Statement(
    "xmtpd.payer-report.submitter-worker",
    "fetching reports to submit",
    DEBUG,
    "payerreport/workers/submitter.go:104",
    inherited=WORKER,
)
NONE_TO_SUBMIT = Statement(
    "xmtpd.payer-report.submitter-worker",
    "no reports to submit, skipping",
    DEBUG,
    "payerreport/workers/submitter.go:116",
    inherited=WORKER,
)
SUBMITTING = Statement(
    "xmtpd.payer-report.submitter-worker",
    "submitting report",
    INFO,
    "payerreport/workers/submitter.go:132",
    inherited=REPORT,
)
ALREADY_SUBMITTED = Statement(
    "xmtpd.payer-report.submitter-worker",
    "report already submitted, skipping",
    INFO,
    "payerreport/workers/submitter.go:141",
    inherited=REPORT,
)
INVALID_SEQUENCE = Statement(
    "xmtpd.payer-report.submitter-worker",
    "report has invalid sequence IDs, submission rejected",
    INFO,
    "payerreport/workers/submitter.go:179",
    inherited=REPORT,
)
SUBMITTING_FAILED = Statement(
    "xmtpd.payer-report.submitter-worker",
    "failed to submit report",
    ERROR,
    "payerreport/workers/submitter.go:194",
    fields=("report_id", "error"),
    inherited=REPORT,
)
SUBMITTED = Statement(
    "xmtpd.payer-report.submitter-worker",
    "report submitted",
    INFO,
    "payerreport/workers/submitter.go:215",
    inherited=REPORT,
)
FETCHED = Statement(
    "xmtpd.payer-report.store",
    "fetched report",
    DEBUG,
    "payerreport/store.go:126",
    fields=("report_id", "start_sequence_id", "last_sequence_id", "originator_id"),
    inherited=WORKER,
)
CLEARED_USAGE = Statement(
    "xmtpd.payer-report.store",
    "cleared unsettled usage",
    INFO,
    "payerreport/store.go:215",
    fields=("originator_id", "prev_report_end_minute_since_epoch", "existing_report_end_minute_since_epoch"),
    inherited=WORKER,
)
SET_SETTLED_FAILED = Statement(
    "xmtpd.payer-report.settlement-worker",
    "failed to set report settled",
    WARN,
    "payerreport/workers/settlement.go:129",
    fields=("report_id",),
    inherited=REPORT,
)
SET_SUBMITTED_FAILED = Statement(
    "xmtpd.payer-report.submitter-worker",
    "failed to set report submitted",
    WARN,
    "payerreport/workers/submitter.go:209",
    fields=("report_id",),
    inherited=REPORT,
)
