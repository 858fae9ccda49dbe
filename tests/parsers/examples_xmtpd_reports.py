"""Examples of xmtpd's statements of the workers of payer reports."""

from __future__ import annotations

from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    GenerationFailed,
    GenerationSkipped,
    ReportExpired,
    ReportGenerated,
    ReportIgnored,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    ReportTransacted,
    SettlementInconsistent,
    SettlementProgressed,
    SettlementTransacted,
    SettlingFailed,
    Sign,
    Skipped,
    StatusNotStored,
    SubmissionRejected,
    SubmittingFailed,
    UsageCleared,
    Worker,
    WorkerSeen,
)
from state.sync_events import PayerBooked, SequenceStated
from tests.parsers.example import Example

EXAMPLES = [
    # --- generating
    Example(
        "generator_started",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.460Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:84","message":"starting","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.GENERATOR, sign=Sign.STARTED, error=""),),
    ),
    Example(
        "generator_cycled",
        b'{"level":"INFO","time":"2026-11-21T07:31:00.000Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:123","message":"getting nodes from registry","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.GENERATOR, sign=Sign.CYCLE, error=""),),
    ),
    Example(
        "generator_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:02:00.000Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:92","message":"generating reports","worker_node_id":300,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            WorkerSeen(
                worker=300,
                work=Worker.GENERATOR,
                sign=Sign.FAILED,
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "report_generated",
        b'{"level":"INFO","time":"2026-11-21T07:31:00.012Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:308","message":"generated report","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100}',
        (
            ReportGenerated(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
            ),
        ),
    ),
    Example(
        "generation_failed",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:137","message":"error generating report for node","worker_node_id":200,"originator_id":100,"error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (GenerationFailed(worker=200, originator=100, error="dial tcp 10.0.0.7:5432: connect: connection refused"),),
    ),
    Example(
        "generation_early",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:188","message":"skipping report generation for node because the last submitted report is within the generation interval","worker_node_id":200,"originator_id":100}',
        (GenerationSkipped(originator=100, why=Skipped.INTERVAL, worker=200, boundary=None, pending=None),),
    ),
    Example(
        "generation_blocked",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:251","message":"skipping report generation for node because there are existing valid reports pending","worker_node_id":200,"originator_id":100,"last_sequence_id":230,"count":4}',
        (GenerationSkipped(originator=100, why=Skipped.PENDING, worker=200, boundary=230, pending=4),),
    ),
    Example(
        "generation_without_traffic",
        b'{"level":"WARN","time":"2026-11-21T07:31:00.060Z","logger":"xmtpd.payer-report","caller":"payerreport/generator.go:66","message":"skipping report generation because there are not enough envelopes","worker_node_id":100,"originator_id":10}',
        (GenerationSkipped(originator=10, why=Skipped.TRAFFIC, worker=100, boundary=None, pending=None),),
    ),
    Example(
        "report_expired",
        b'{"level":"DEBUG","time":"2026-11-21T09:31:00.012Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:219","message":"expiring old report","worker_node_id":100,"originator_id":100,"report_id":"5a417057e50b3694d93b0369528422c422b1a00b1cf714457b6f9f804c9c0064"}',
        (
            ReportExpired(
                worker=100, originator=100, report="5a417057e50b3694d93b0369528422c422b1a00b1cf714457b6f9f804c9c0064"
            ),
        ),
    ),
    Example(
        "report_ignored",
        b'{"level":"DEBUG","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.generator-worker","caller":"workers/generator.go:235","message":"ignore locally rejected report","worker_node_id":200,"originator_id":100,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa"}',
        (
            ReportIgnored(
                worker=200, originator=100, report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa"
            ),
        ),
    ),
    # --- attesting
    Example(
        "attestation_started",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.460Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:76","message":"starting","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.ATTESTATION, sign=Sign.STARTED, error=""),),
    ),
    Example(
        "attestation_cycled",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:10.460Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:139","message":"fetching reports needing attestation","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.ATTESTATION, sign=Sign.CYCLE, error=""),),
    ),
    Example(
        "attestation_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:00:01.860Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:87","message":"attesting reports","worker_node_id":300,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            WorkerSeen(
                worker=300,
                work=Worker.ATTESTATION,
                sign=Sign.FAILED,
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "report_attested",
        b'{"level":"INFO","time":"2026-11-21T07:02:00.460Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:203","message":"report is valid, submitting attestation","worker_node_id":100,"report_id":"a994350c433a84abc8c0449cc400baca7c33944a3372d68fe4a5469aab70918c","start_sequence_id":0,"last_sequence_id":10,"originator_id":100,"reason":"valid report"}',
        (
            ReportJudged(
                worker=100,
                report="a994350c433a84abc8c0449cc400baca7c33944a3372d68fe4a5469aab70918c",
                originator=100,
                start=0,
                end=10,
                valid=True,
                reason="valid report",
            ),
        ),
    ),
    Example(
        "report_refused",
        b'{"level":"WARN","time":"2026-11-21T10:02:00.460Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:210","message":"report is invalid, not attesting","worker_node_id":100,"report_id":"20b4caa2e3a785a30fd10260a691b3026c0370e65554a50b78f3eeee1e01df5e","start_sequence_id":921,"last_sequence_id":1735,"originator_id":100,"reason":"merkle root mismatch"}',
        (
            ReportJudged(
                worker=100,
                report="20b4caa2e3a785a30fd10260a691b3026c0370e65554a50b78f3eeee1e01df5e",
                originator=100,
                start=921,
                end=1735,
                valid=False,
                reason="merkle root mismatch",
            ),
        ),
    ),
    Example(
        "attesting_failed",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:128","message":"attesting report","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100,"error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            AttestingFailed(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "attestation_waiting",
        b'{"level":"DEBUG","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.attestation-worker","caller":"workers/attestation.go:160","message":"skipping attestation for report, node has not processed all messages from originator","worker_node_id":200,"originator_id":100,"start_sequence_id":110,"last_sequence_id":230,"last_sequence_id_seen":200}',
        (
            AttestationWaiting(worker=200, originator=100, start=110, end=230, seen=200),
            SequenceStated(originator=100, sequence=200),
        ),
    ),
    # --- submitting
    Example(
        "submitter_cycled",
        b'{"level":"DEBUG","time":"2026-11-21T07:36:00.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:104","message":"fetching reports to submit","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.SUBMITTER, sign=Sign.CYCLE, error=""),),
    ),
    Example(
        "submitter_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:07:00.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:64","message":"error submitting reports","worker_node_id":300,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            WorkerSeen(
                worker=300,
                work=Worker.SUBMITTER,
                sign=Sign.FAILED,
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "report_submitting",
        b'{"level":"INFO","time":"2026-11-21T07:36:00.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:132","message":"submitting report","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100}',
        (
            ReportSubmitting(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
            ),
        ),
    ),
    Example(
        "report_submitted",
        b'{"level":"INFO","time":"2026-11-21T07:36:02.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:215","message":"report submitted","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100}',
        (
            ReportSubmitted(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
                already=False,
            ),
        ),
    ),
    Example(
        "report_already_submitted",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:141","message":"report already submitted, skipping","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100}',
        (
            ReportSubmitted(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                already=True,
            ),
        ),
    ),
    Example(
        "submitting_failed",
        b'{"level":"ERROR","time":"2026-11-21T09:36:02.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:194","message":"failed to submit report","worker_node_id":100,"report_id":"4fec7a40b275cf0832e04fe486a892c74a38183fc21dbb0d4ae3a87c5bb08584","start_sequence_id":921,"last_sequence_id":1463,"originator_id":100,"report_id":"4fec7a40b275cf0832e04fe486a892c74a38183fc21dbb0d4ae3a87c5bb08584","error":"execution reverted"}',
        (
            SubmittingFailed(
                worker=100,
                report="4fec7a40b275cf0832e04fe486a892c74a38183fc21dbb0d4ae3a87c5bb08584",
                originator=100,
                start=921,
                end=1463,
                error="execution reverted",
            ),
        ),
    ),
    Example(
        "submission_rejected",
        b'{"level":"INFO","time":"2026-11-21T17:36:02.000Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:179","message":"report has invalid sequence IDs, submission rejected","worker_node_id":100,"report_id":"1a822978d7c684b41cd1ad5bf6f5a6c5a53794fd9410db0e008afc28b732b70f","start_sequence_id":3615,"last_sequence_id":5802,"originator_id":100}',
        (
            SubmissionRejected(
                worker=100,
                report="1a822978d7c684b41cd1ad5bf6f5a6c5a53794fd9410db0e008afc28b732b70f",
                originator=100,
                start=3615,
                end=5802,
            ),
        ),
    ),
    Example(
        "submitted_not_stored",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:145","message":"failed to set report submitted","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            StatusNotStored(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                status="submitted",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "submitted_not_stored",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:209","message":"failed to set report submitted","worker_node_id":200,"report_id":"53AFD0DCF71B4B2BBD7FE9DF8BA5E9AD9EA6B7F3FF5D3A7FD6F39FBDE7C0F8AA","start_sequence_id":110,"last_sequence_id":230,"originator_id":100,"report_id":"53AFD0DCF71B4B2BBD7FE9DF8BA5E9AD9EA6B7F3FF5D3A7FD6F39FBDE7C0F8AA"}',
        (
            StatusNotStored(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                status="submitted",
            ),
        ),
    ),
    Example(
        "rejected_not_stored",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.submitter-worker","caller":"workers/submitter.go:183","message":"failed to set report submission rejected","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            StatusNotStored(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                status="rejected",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "report_transacted",
        b'{"level":"INFO","time":"2026-11-21T07:36:02.000Z","logger":"xmtpd.payer-report-manager-admin","caller":"blockchain/payer_report_manager.go:123","message":"payer report submitted","report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e"}',
        (ReportTransacted(report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e"),),
    ),
    # --- settling
    Example(
        "settlement_cycled",
        b'{"level":"DEBUG","time":"2026-11-21T07:41:00.000Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:97","message":"fetching reports to settle","worker_node_id":100}',
        (WorkerSeen(worker=100, work=Worker.SETTLEMENT, sign=Sign.CYCLE, error=""),),
    ),
    Example(
        "settlement_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:12:00.000Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:66","message":"error settling reports","worker_node_id":300,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            WorkerSeen(
                worker=300,
                work=Worker.SETTLEMENT,
                sign=Sign.FAILED,
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "report_settling",
        b'{"level":"INFO","time":"2026-11-21T07:41:00.000Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:112","message":"settling report","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100}',
        (
            ReportSettling(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
            ),
        ),
    ),
    Example(
        "settlement_progressed",
        b'{"level":"INFO","time":"2026-11-21T07:41:02.000Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:210","message":"settled subset of report","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100,"remaining_items":0,"num_settled":3}',
        (
            SettlementProgressed(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
                remaining=0,
                settled=3,
            ),
        ),
    ),
    Example(
        "report_settled",
        b'{"level":"INFO","time":"2026-11-21T07:41:02.000Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:124","message":"report settled","worker_node_id":100,"report_id":"9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e","start_sequence_id":163,"last_sequence_id":277,"originator_id":100}',
        (
            ReportSettled(
                worker=100,
                report="9a154e7b9a0242aa00000203f208d62cb22a4aeee054311a74d3394e96ed560e",
                originator=100,
                start=163,
                end=277,
            ),
        ),
    ),
    Example(
        "settling_failed",
        b'{"level":"ERROR","time":"2026-11-21T17:41:00.300Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:115","message":"failed to settle report","worker_node_id":100,"report_id":"aa7384402c5b9d18b474573fcc6700fdf4880bbce1d17da39d8e0102030ce2c3","start_sequence_id":3615,"last_sequence_id":6084,"originator_id":100,"report_id":"aa7384402c5b9d18b474573fcc6700fdf4880bbce1d17da39d8e0102030ce2c3","error":"execution reverted"}',
        (
            SettlingFailed(
                worker=100,
                report="aa7384402c5b9d18b474573fcc6700fdf4880bbce1d17da39d8e0102030ce2c3",
                originator=100,
                start=3615,
                end=6084,
                error="execution reverted",
            ),
        ),
    ),
    Example(
        "settled_not_stored",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:129","message":"failed to set report settled","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa"}',
        (
            StatusNotStored(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
                status="settled",
                error="",
            ),
        ),
    ),
    Example(
        "settlement_inconsistent",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.payer-report.settlement-worker","caller":"workers/settlement.go:185","message":"something is fishy, no items left to settle but report is not settled","worker_node_id":200,"report_id":"53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa","start_sequence_id":110,"last_sequence_id":230,"originator_id":100}',
        (
            SettlementInconsistent(
                worker=200,
                report="53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa",
                originator=100,
                start=110,
                end=230,
            ),
        ),
    ),
    Example(
        "settlement_transacted",
        b'{"level":"INFO","time":"2026-11-21T07:41:02.000Z","logger":"xmtpd.payer-report-manager-admin","caller":"blockchain/payer_report_manager.go:258","message":"settled report","originator_id":100,"index":2,"remaining":0}',
        (SettlementTransacted(originator=100, index=2, remaining=0),),
    ),
    Example(
        "usage_settled",
        b'{"level":"INFO","time":"2026-11-21T07:41:02.000Z","logger":"xmtpd.payer-report-manager-admin","caller":"blockchain/payer_report_manager.go:247","message":"usage settled for","payer":"0x811ea583ea3a168b98c71db9cabc76fddf077f51","amount":38000}',
        (PayerBooked(what="settlement", payer="0x811ea583ea3a168b98c71db9cabc76fddf077f51", amount="38000"),),
    ),
    Example(
        "usage_cleared",
        b'{"level":"INFO","time":"2026-11-21T07:12:03.075Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.store","caller":"payerreport/store.go:215","message":"cleared unsettled usage","originator_id":100,"prev_report_end_minute_since_epoch":0,"existing_report_end_minute_since_epoch":29920740}',
        (UsageCleared(originator=100, since_minute=0, through_minute=29920740, worker=None),),
    ),
]
