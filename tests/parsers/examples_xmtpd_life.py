"""Examples of xmtpd's statements of a node's process, of replication and of publishing."""

from __future__ import annotations

from state.events import ProcessReady, ProcessStarted, ProcessStopped, ProcessStopping, ServiceBound
from state.report_events import ReservedEnvelopeFound
from state.sync_events import (
    BatchPublished,
    ClockStated,
    ContractsLoaded,
    DatabaseConnected,
    DatabaseFailed,
    EnvelopeDropped,
    EnvelopeGap,
    EnvelopeOutOfOrder,
    EnvelopesReceived,
    FeesDiffered,
    MigrationAdvanced,
    MigrationFailed,
    MisbehaviourDetected,
    NodeIdStated,
    PartitionCreated,
    PayerRefused,
    PeerRefused,
    PublisherTimedOut,
    PublishingFailed,
    RatesRead,
    RatesStale,
    RegistryFailed,
    RegistryNodeChanged,
    RegistryStated,
    SequenceStated,
    SinkFailed,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
    StreamFellBack,
    StreamRebuilt,
    StreamSubscribed,
)
from tests.parsers.example import Example

EXAMPLES = [
    # --- process
    Example(
        "process_started",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.000Z","logger":"xmtpd","caller":"replication/main.go:62","message":"version: v1.3.0"}',
        (ProcessStarted(system="xmtpd", version="v1.3.0", name="xmtpd"),),
    ),
    Example(
        "watcher_started",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"chain-watcher/main.go:99","message":"version: v1.3.0"}',
        (ProcessStarted(system="chain-watcher", version="v1.3.0", name="chain-watcher"),),
    ),
    Example(
        "watcher_started",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"network-watcher/main.go:87","message":"version: v1.3.0"}',
        (ProcessStarted(system="network-watcher", version="v1.3.0", name="network-watcher"),),
    ),
    Example(
        "watcher_started",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"streamer/main.go:8","message":"version: v1.3.0"}',
        (),
    ),
    Example(
        "node_identified",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.330Z","logger":"xmtpd","caller":"registrant/registrant.go:59","message":"registrant identified","originator_id":100,"public_key":"0x024e21b99ae4ca724205cc8709dd69ba33d19fe998de5f94e4d3355bef69524238"}',
        (NodeIdStated(number=100, key="0x024e21b99ae4ca724205cc8709dd69ba33d19fe998de5f94e4d3355bef69524238"),),
    ),
    Example(
        "contracts_loaded",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.000Z","logger":"xmtpd","caller":"config/validation.go:184","message":"Loading contract configuration","environment":"anvil","filePath":"","hasJSON":false}',
        (ContractsLoaded(environment="anvil"),),
    ),
    Example(
        "api_started",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.460Z","logger":"xmtpd.api","caller":"api/server.go:173","message":"started api server","address":"[::]:5050"}',
        (
            ServiceBound(service="api", address="[::]:5050"),
            ProcessReady(),
        ),
    ),
    Example(
        "metrics_served",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.000Z","logger":"xmtpd.metrics","caller":"metrics/metrics.go:57","message":"serving metrics http","address":"127.0.0.1:8008"}',
        (ServiceBound(service="metrics", address="127.0.0.1:8008"),),
    ),
    Example(
        "signalled",
        b'{"level":"INFO","time":"2026-11-21T08:00:00.000Z","logger":"xmtpd","caller":"server/server.go:671","message":"received OS signal, shutting down","signal":"terminated"}',
        (ProcessStopping(),),
    ),
    Example(
        "api_closing",
        b'{"level":"INFO","time":"2026-11-21T08:00:00.000Z","logger":"xmtpd.api","caller":"api/server.go:181","message":"closing"}',
        (ProcessStopping(),),
    ),
    Example(
        "api_closed",
        b'{"level":"INFO","time":"2026-11-21T08:00:00.000Z","logger":"xmtpd.api","caller":"api/server.go:195","message":"closed"}',
        (ProcessStopped(),),
    ),
    Example(
        "registry_read",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:00.270Z","logger":"xmtpd.node-registry-watchdog","caller":"registry/node_registry_contract.go:187","message":"processing new nodes","count":4,"body":[{"NodeID":100,"HTTPAddress":"http://toxiproxy:5100"},{"NodeID":200,"HTTPAddress":"http://toxiproxy:5200"},{"NodeID":300,"HTTPAddress":"http://toxiproxy:5300"},{"NodeID":400,"HTTPAddress":"http://toxiproxy:5400"}]}',
        (
            RegistryStated(
                nodes=(
                    (100, "http://toxiproxy:5100"),
                    (200, "http://toxiproxy:5200"),
                    (300, "http://toxiproxy:5300"),
                    (400, "http://toxiproxy:5400"),
                )
            ),
        ),
    ),
    Example(
        "registry_changed",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.node-registry-watchdog","caller":"registry/node_registry_contract.go:210","message":"processing changed node","originator_id":100}',
        (RegistryNodeChanged(number=100),),
    ),
    Example(
        "registry_failed",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.node-registry-watchdog","caller":"registry/node_registry_contract.go:150","message":"failed to refresh data","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (RegistryFailed(error="dial tcp 10.0.0.7:5432: connect: connection refused"),),
    ),
    Example(
        "database_connected",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.180Z","logger":"xmtpd","caller":"db/pgx.go:343","message":"successfully connected to database","namespace":"e2e_node_100"}',
        (DatabaseConnected(namespace="e2e_node_100"),),
    ),
    Example(
        "database_check_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:00:01.860Z","logger":"xmtpd.database-worker","caller":"worker/worker.go:95","message":"database check failed","error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            DatabaseFailed(
                what="check",
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "subscription_query_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:00:00.000Z","logger":"xmtpd.subscribe-worker.database-subscription","caller":"db/subscription.go:119","message":"error querying for database subscription","error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused","num_rows":1000}',
        (
            DatabaseFailed(
                what="subscription",
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
            ),
        ),
    ),
    Example(
        "partition_filled",
        b'{"level":"DEBUG","time":"2026-11-21T07:30:00.460Z","logger":"xmtpd.database-worker","caller":"worker/worker.go:141","message":"partition fill ratio","originator_id":0,"sequence_id":37,"filled_percentage":"0.00"}',
        (SequenceStated(originator=0, sequence=37),),
    ),
    Example(
        "partition_created",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.180Z","logger":"xmtpd.database-worker","caller":"worker/worker.go:180","message":"created partition for node","originator_id":100,"start_sequence_id":0}',
        (PartitionCreated(originator=100, start=0),),
    ),
    Example(
        "rates_read",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:00.270Z","logger":"xmtpd.contract-rates-fetcher","caller":"fees/contract_rates.go:157","message":"refreshed rates","settlement_chain_id":31337,"count":4}',
        (RatesRead(count=4),),
    ),
    Example(
        "rates_stale",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.contract-rates-fetcher","caller":"fees/contract_rates.go:164","message":"last rates refresh was too long ago for accurate rates","settlement_chain_id":31337,"duration_ms":301000}',
        (RatesStale(age_ms=301000),),
    ),
    # --- streams
    Example(
        "stream_attempted",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.460Z","logger":"xmtpd.sync-worker","caller":"sync/sync_worker.go:307","message":"attempting to connect to node","originator_id":200,"node_http_address":"http://toxiproxy:5200"}',
        (StreamAttempted(peer=200, address="http://toxiproxy:5200"),),
    ),
    Example(
        "stream_subscribed",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:00.465Z","logger":"xmtpd.sync-worker","caller":"sync/sync_worker.go:382","message":"vector clock for sync subscription","originator_id":200,"body":{"0":57,"100":1234,"31":9}}',
        (
            ClockStated(sequences=((0, 57), (31, 9), (100, 1234))),
            StreamSubscribed(peer=200),
        ),
    ),
    Example(
        "stream_not_connected",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.sync-worker","caller":"sync/sync_worker.go:331","message":"failed to connect to node","originator_id":100,"node_http_address":"http://toxiproxy:5300","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            StreamFailed(
                address="http://toxiproxy:5300", error="dial tcp 10.0.0.7:5432: connect: connection refused", peer=100
            ),
        ),
    ),
    Example(
        "stream_not_subscribed",
        b'{"level":"ERROR","time":"2026-11-21T07:00:00.485Z","logger":"xmtpd.sync-worker","caller":"sync/sync_worker.go:416","message":"failed to batch subscribe to node","originator_id":200,"node_http_address":"http://toxiproxy:5200","error":"unavailable: dial tcp: connect: connection refused"}',
        (
            StreamFailed(
                address="http://toxiproxy:5200", error="unavailable: dial tcp: connect: connection refused", peer=200
            ),
        ),
    ),
    Example(
        "stream_retried",
        b'{"level":"ERROR","time":"2026-11-21T07:00:00.485Z","logger":"xmtpd.sync-worker","caller":"sync/sync_worker.go:244","message":"error connecting to node, retrying","node_http_address":"http://toxiproxy:5200","error":"unavailable: dial tcp: connect: connection refused"}',
        (
            StreamFailed(
                address="http://toxiproxy:5200", error="unavailable: dial tcp: connect: connection refused", peer=None
            ),
        ),
    ),
    Example(
        "stream_closed",
        b'{"level":"INFO","time":"2026-11-21T08:00:00.000Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:128","message":"stream closed with EOF","originator_id":400,"node_http_address":"http://toxiproxy:5400"}',
        (StreamEnded(peer=400, address="http://toxiproxy:5400", error=""),),
    ),
    Example(
        "stream_broken",
        b'{"level":"ERROR","time":"2026-11-21T18:00:00.000Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:132","message":"stream closed with error","originator_id":200,"node_http_address":"http://toxiproxy:5200","error":"unavailable: read tcp: connection reset by peer"}',
        (
            StreamEnded(
                peer=200, address="http://toxiproxy:5200", error="unavailable: read tcp: connection reset by peer"
            ),
        ),
    ),
    Example(
        "stream_fell_back",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.sync-worker","caller":"sync/subscribe_fallback.go:88","message":"peer does not support SubscribeOriginators, falling back","originator_id":100,"node_http_address":"http://toxiproxy:5300"}',
        (StreamFellBack(peer=100, address="http://toxiproxy:5300"),),
    ),
    Example(
        "stream_rebuilt",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.sync-worker","caller":"sync/node_registry_watcher.go:104","message":"node has been updated in the registry, terminating and rebuilding"}',
        (StreamRebuilt(),),
    ),
    Example(
        "peer_refused",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd","caller":"server/auth.go:59","message":"JWT verification failed","procedure":"/xmtp.xmtpv4.message_api.ReplicationApi/SubscribeOriginators","protocol":"grpc","error":"dial tcp 10.0.0.7:5432: connect: connection refused","originator_id":100}',
        (
            PeerRefused(
                procedure="/xmtp.xmtpv4.message_api.ReplicationApi/SubscribeOriginators",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                peer=100,
            ),
        ),
    ),
    Example(
        "envelopes_received",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:11.352Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:98","message":"received envelopes","originator_id":300,"node_http_address":"http://toxiproxy:5300","num_envelopes":10}',
        (EnvelopesReceived(peer=300, count=10),),
    ),
    Example(
        "envelope_gap",
        b'{"level":"INFO","time":"2026-11-21T15:20:31.243Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:237","message":"envelope gap detected","originator_id":300,"node_http_address":"http://toxiproxy:5300","originator_id":11,"sequence_id":5046,"expected_sequence_id":5045}',
        (EnvelopeGap(peer=300, originator=11, sequence=5046, expected=5045),),
    ),
    Example(
        "envelope_out_of_order",
        b'{"level":"ERROR","time":"2026-11-21T18:30:03.625Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:228","message":"received out-of-order envelope","originator_id":100,"node_http_address":"http://toxiproxy:5100","originator_id":12,"sequence_id":6753,"expected_sequence_id":6755}',
        (EnvelopeOutOfOrder(peer=100, originator=12, sequence=6753, expected=6755),),
    ),
    Example(
        "envelope_dropped",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.sync-worker","caller":"sync/originator_stream.go:109","message":"discarding envelope after validation failed","originator_id":100,"node_http_address":"http://toxiproxy:5300","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (EnvelopeDropped(peer=100, error="dial tcp 10.0.0.7:5432: connect: connection refused"),),
    ),
    Example(
        "sink_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:00:14.166Z","logger":"xmtpd.sync-worker","caller":"sync/envelope_sink.go:95","message":"error storing envelope","error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            SinkFailed(
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"
            ),
        ),
    ),
    Example(
        "fees_differed",
        b'{"level":"WARN","time":"2026-11-21T10:00:06.903Z","logger":"xmtpd.sync-worker","caller":"sync/envelope_sink.go:148","message":"fee calculation mismatch","our_fee":"2441","originator_fee":"2440"}',
        (FeesDiffered(ours="2441", theirs="2440"),),
    ),
    Example(
        "reserved_envelope_found",
        b'{"level":"INFO","time":"2026-11-21T07:02:00.254Z","logger":"xmtpd.sync-worker","caller":"sync/envelope_sink.go:128","message":"found envelope with reserved topic","topic":"payer_reports_v1/64000000"}',
        (ReservedEnvelopeFound(what="report", originator=100),),
    ),
    Example(
        "reserved_envelope_found",
        b'{"level":"INFO","time":"2026-11-21T07:02:00.254Z","logger":"xmtpd.sync-worker","caller":"sync/envelope_sink.go:128","message":"found envelope with reserved topic","topic":"payer_report_attestations_v1/2c010000"}',
        (ReservedEnvelopeFound(what="attestation", originator=300),),
    ),
    Example(
        "misbehaviour_detected",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.api.misbehavior","caller":"misbehavior/misbehavior.go:27","message":"misbehavior detected","misbehavior_type":"OUT_OF_ORDER_ENVELOPE","misbehaving_node_id":300,"submitted_by_node":true}',
        (MisbehaviourDetected(what="OUT_OF_ORDER_ENVELOPE", number=300),),
    ),
    # --- serving
    Example(
        "batch_published",
        b'{"level":"INFO","time":"2026-11-21T07:00:20.237Z","logger":"xmtpd.publish-worker","caller":"message/publish_worker.go:265","message":"batch published","batch_size":10}',
        (BatchPublished(size=10, inserted=None),),
    ),
    Example(
        "batch_retried",
        b'{"level":"WARN","time":"2026-11-21T20:00:48.253Z","logger":"xmtpd.publish-worker","caller":"message/publish_worker.go:161","message":"retrying batch after transient error","attempt":1,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            PublishingFailed(
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
                attempt=1,
            ),
        ),
    ),
    Example(
        "batch_failed",
        b'{"level":"ERROR","time":"2026-11-21T20:00:48.253Z","logger":"xmtpd.publish-worker","caller":"message/publish_worker.go:143","message":"failed to process batch","error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            PublishingFailed(
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
                attempt=None,
            ),
        ),
    ),
    Example(
        "publisher_timed_out",
        b'{"level":"WARN","time":"2026-11-21T08:40:37.355Z","logger":"xmtpd","caller":"message/service.go:1335","message":"timeout waiting for publisher","method":"/xmtp.xmtpv4.message_api.ReplicationApi/PublishPayerEnvelopes","last_processed":871}',
        (PublisherTimedOut(reached=871),),
    ),
    Example(
        "payer_refused",
        b'{"level":"WARN","time":"2026-11-21T10:37:20.252Z","logger":"xmtpd","caller":"message/service.go:1264","message":"rejected publish due to insufficient payer balance","payer_address":"0xd358a9048209871ffb582681bbfb6be1577d9044","available_balance":383,"estimated_fees":6360}',
        (PayerRefused(payer="0xd358a9048209871ffb582681bbfb6be1577d9044", balance=383, fees=6360),),
    ),
    Example(
        "migration_advanced",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.migrator.reader","caller":"migrator/worker.go:372","message":"batch published successfully","table":"group_messages","length":100,"sequence_id":4711}',
        (MigrationAdvanced(table="group_messages", sequence=4711),),
    ),
    Example(
        "migration_not_inserted",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.migrator.reader","caller":"migrator/worker.go:350","message":"failed to insert batch","table":"group_messages","error":"dial tcp 10.0.0.7:5432: connect: connection refused","length":100,"sequence_id":4711}',
        (MigrationFailed(table="group_messages", error="dial tcp 10.0.0.7:5432: connect: connection refused"),),
    ),
    Example(
        "migration_not_published",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.migrator.reader","caller":"migrator/worker.go:595","message":"failed to publish batch","table":"group_messages","length":100,"sequence_id":4711,"error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (MigrationFailed(table="group_messages", error="dial tcp 10.0.0.7:5432: connect: connection refused"),),
    ),
]
