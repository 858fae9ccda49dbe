"""What is known of the log statements that the simulator writes, one a line, to hold its templates against.

Columns: file and line in xmtpd, level, logger, message, fields inherited from the logger, fields of its own; fields
with their types, in order. Where one source line is reached through two loggers, it stands here twice.
"""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """One statement."""

    source: str
    level: str
    logger: str
    message: str
    inherited: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    parts = (part.rpartition(":") for part in text.split() if part != "-")
    return tuple((name, kind) for name, _, kind in parts)


def _facts(table: str) -> dict[tuple[str, str], Fact]:
    facts = {}
    for row in table.strip().splitlines():
        source, level, logger, message, inherited, fields = row.split(" | ")
        facts[source, logger] = Fact(source, level, logger, message, _fields(inherited), _fields(fields))
    return facts


FACTS = _facts("""
api/message/envelope_list.go:76 | DEBUG | xmtpd.subscribe-worker | pollable query returned results | - | last_seen:int count:int
api/message/listener.go:53 | DEBUG | xmtpd.subscribe-worker | adding topic listener | - | topic:str
api/message/publish_worker.go:117 | INFO | xmtpd.publish-worker | started | - | -
api/message/publish_worker.go:118 | INFO | xmtpd.publish-worker | stopped | - | -
api/message/publish_worker.go:143 | ERROR | xmtpd.publish-worker | failed to process batch | - | error:str
api/message/publish_worker.go:161 | WARN | xmtpd.publish-worker | retrying batch after transient error | - | attempt:int error:str
api/message/publish_worker.go:211 | DEBUG | xmtpd.publish-worker | processing batch | - | batch_size:int
api/message/publish_worker.go:265 | INFO | xmtpd.publish-worker | batch published | - | batch_size:int
api/message/publish_worker.go:440 | INFO | xmtpd.publish-worker | batch inserted | - | batch_size:int inserted:int
api/message/publish_worker.go:55 | INFO | xmtpd.publish-worker | starting | - | -
api/message/service.go:1025 | DEBUG | xmtpd | received request | method:str | body:any
api/message/service.go:1045 | DEBUG | xmtpd | received newest envelopes for topics | method:str | num_envelopes:int num_topics:int
api/message/service.go:1264 | WARN | xmtpd | rejected publish due to insufficient payer balance | - | payer_address:str available_balance:int estimated_fees:int
api/message/service.go:1335 | WARN | xmtpd | timeout waiting for publisher | method:str | last_processed:int
api/message/service.go:1354 | DEBUG | xmtpd | finished waiting for publisher | method:str | duration_ms:int
api/message/service.go:150 | DEBUG | xmtpd | closed | - | -
api/message/service.go:373 | DEBUG | xmtpd | received request | method:str | body:any
api/message/service.go:686 | DEBUG | xmtpd | received request | method:str | body:any
api/message/subscribe_common.go:142 | DEBUG | xmtpd | catching up from cursor | - | body:any
api/message/subscribe_common.go:152 | DEBUG | xmtpd | fetched envelopes | - | count:int
api/message/subscribe_originators.go:101 | DEBUG | xmtpd | originator subscription stream closed | method:str | -
api/message/subscribe_originators.go:33 | DEBUG | xmtpd | received request | method:str | body:any
api/message/subscribe_topics.go:138 | DEBUG | xmtpd | topic subscription stream closed | method:str | -
api/message/subscribe_topics.go:57 | DEBUG | xmtpd | received request | method:str | body:any
api/message/subscribe_worker.go:135 | DEBUG | xmtpd.subscribe-worker | started | - | -
api/message/subscribe_worker.go:155 | DEBUG | xmtpd.subscribe-worker | received new batch | - | num_envelopes:int
api/message/subscribe_worker.go:255 | DEBUG | xmtpd.subscribe-worker | stream closed, removing listener | - | -
api/message/subscribe_worker.go:273 | DEBUG | xmtpd.subscribe-worker | sent envelopes to listener | - | num_envelopes:int
api/metadata/service.go:62 | DEBUG | xmtpd | received request | - | method:str
api/server.go:115 | INFO | xmtpd.api | creating api server | - | -
api/server.go:173 | INFO | xmtpd.api | started api server | - | address:str
api/server.go:181 | INFO | xmtpd.api | closing | - | -
api/server.go:195 | INFO | xmtpd.api | closed | - | -
api/server.go:210 | INFO | xmtpd.api | health handler registered | - | -
api/server.go:222 | INFO | xmtpd.api | reflection handler v1 registered | - | -
api/server.go:228 | INFO | xmtpd.api | reflection handler v1 alpha registered | - | -
authn/claims.go:42 | DEBUG | xmtpd | using semver constraint for sync compatibility | - | constraint:str
blockchain/client.go:127 | DEBUG | xmtpd.payer-report-manager-admin | sender balance | - | address:str balance:str
blockchain/client.go:234 | DEBUG | xmtpd.payer-report-manager-admin | waiting for transaction | - | hash:str
blockchain/payer_report_manager.go:123 | INFO | xmtpd.payer-report-manager-admin | payer report submitted | - | report_id:str
blockchain/payer_report_manager.go:247 | INFO | xmtpd.payer-report-manager-admin | usage settled for | - | payer:str amount:any
blockchain/payer_report_manager.go:258 | INFO | xmtpd.payer-report-manager-admin | settled report | - | originator_id:uint index:uint remaining:uint
blockchain/payer_report_manager.go:88 | DEBUG | xmtpd.payer-report-manager-admin | submitting report | - | report_id:str body:any
cmd/replication/main.go:62 | INFO | xmtpd | version: <Version> | - | -
config/validation.go:184 | INFO | xmtpd | Loading contract configuration | - | environment:str filePath:str hasJSON:bool
db/pgx.go:343 | INFO | xmtpd | successfully connected to database | - | namespace:str
db/subscription.go:119 | ERROR | xmtpd.subscribe-worker.database-subscription | error querying for database subscription | - | error:str num_rows:int
db/subscription.go:84 | DEBUG | xmtpd.subscribe-worker.database-subscription | context done; stopping | - | -
db/worker/worker.go:141 | DEBUG | xmtpd.database-worker | partition fill ratio | - | originator_id:uint sequence_id:int filled_percentage:str
db/worker/worker.go:163 | INFO | xmtpd.database-worker | partition already created, skipping | - | originator_id:uint start_sequence_id:uint
db/worker/worker.go:180 | INFO | xmtpd.database-worker | created partition for node | - | originator_id:uint start_sequence_id:uint
db/worker/worker.go:88 | INFO | xmtpd.database-worker | context done, stopping | - | -
db/worker/worker.go:92 | DEBUG | xmtpd.database-worker | running db check | - | -
db/worker/worker.go:95 | ERROR | xmtpd.database-worker | database check failed | - | error:str
fees/contract_rates.go:129 | INFO | xmtpd.contract-rates-fetcher | getting page | settlement_chain_id:int | from_index:int count:int
fees/contract_rates.go:157 | DEBUG | xmtpd.contract-rates-fetcher | refreshed rates | settlement_chain_id:int | count:int
indexer/app_chain/contracts/group_message_storer.go:104 | DEBUG | xmtpd.indexer.app-chain.group-message-broadcaster.storer | inserting message from contract | chain_id:int contract_address:str | topic:str
indexer/app_chain/contracts/identity_update_storer.go:163 | DEBUG | xmtpd.indexer.app-chain.identity-update-broadcaster.storer | inserting identity update from contract | chain_id:int contract_address:str | topic:str
indexer/app_chain/contracts/identity_update_storer.go:204 | DEBUG | xmtpd.indexer.app-chain.identity-update-broadcaster.storer | new member | chain_id:int contract_address:str | body:any
indexer/common/log_handler.go:118 | ERROR | xmtpd.indexer.{chain}.{contract} | error storing log | {chain_id}:int contract_address:str | block_number:uint error:str
indexer/common/log_handler.go:29 | INFO | xmtpd.indexer.{chain}.{contract} | indexLogs context cancelled, exiting log handler | {chain_id}:int contract_address:str | -
indexer/common/log_handler.go:39 | INFO | xmtpd.indexer.{chain}.{contract} | reached block number | {chain_id}:int contract_address:str | block_number:uint
indexer/common/log_handler.go:45 | DEBUG | xmtpd.indexer.{chain}.{contract} | received event UpdateProgress | {chain_id}:int contract_address:str | block_number:uint
indexer/common/log_handler.go:53 | ERROR | xmtpd.indexer.{chain}.{contract} | error updating block tracker | {chain_id}:int contract_address:str | error:str
indexer/common/log_handler.go:89 | DEBUG | xmtpd.indexer.{chain}.{contract} | stored log | {chain_id}:int contract_address:str | block_number:uint
indexer/indexer.go:129 | DEBUG | xmtpd.indexer | closing | - | -
indexer/indexer.go:141 | DEBUG | xmtpd.indexer | closed | - | -
indexer/rpc_streamer/rpc_log_streamer.go:226 | INFO | xmtpd.indexer.{chain}.rpc-log-streamer | backfill complete, switching to subscription | {chain_id}:int contract_address:str | -
indexer/rpc_streamer/rpc_log_streamer.go:229 | WARN | xmtpd.indexer.{chain}.rpc-log-streamer | reorg detected, rolled back to block | {chain_id}:int contract_address:str | block_number:uint
indexer/rpc_streamer/rpc_log_streamer.go:257 | DEBUG | xmtpd.indexer.{chain}.rpc-log-streamer | got logs | {chain_id}:int contract_address:str | num_envelopes:int block_number:uint time:time
indexer/rpc_streamer/rpc_log_streamer.go:324 | INFO | xmtpd.indexer.{chain}.rpc-log-streamer | context cancelled, stopping watcher | {chain_id}:int contract_address:str | -
indexer/rpc_streamer/rpc_log_streamer.go:332 | WARN | xmtpd.indexer.{chain}.rpc-log-streamer | subscription error, rebuilding | {chain_id}:int contract_address:str | error:str
indexer/rpc_streamer/rpc_log_streamer.go:350 | DEBUG | xmtpd.indexer.{chain}.rpc-log-streamer | received log from subscription channel | {chain_id}:int contract_address:str | block_number:uint
indexer/rpc_streamer/rpc_log_streamer.go:380 | DEBUG | xmtpd.indexer.{chain}.rpc-log-streamer | getting next page | {chain_id}:int contract_address:str | block_number:uint hash:str
indexer/rpc_streamer/rpc_log_streamer.go:549 | INFO | xmtpd.indexer.{chain}.rpc-log-streamer | subscription rebuilt | {chain_id}:int | -
indexer/settlement_chain/contracts/payer_registry_reorg_handler.go:24 | INFO | xmtpd.indexer.settlement-chain.payer-registry.reorg-handler | handling reorged event | settlement_chain_id:int contract_address:str | block_number:uint
indexer/settlement_chain/contracts/payer_registry_storer.go:194 | DEBUG | xmtpd.indexer.settlement-chain.payer-registry.storer | received event UsageSettled | settlement_chain_id:int contract_address:str | log:any
indexer/settlement_chain/contracts/payer_registry_storer.go:224 | DEBUG | xmtpd.indexer.settlement-chain.payer-registry.storer | usage settled | settlement_chain_id:int contract_address:str | payer_address:str amount:str event_id:str
indexer/settlement_chain/contracts/payer_report_manager_reorg_handler.go:24 | INFO | xmtpd.indexer.settlement-chain.payer-report-manager.reorg-handler | handling reorged event | settlement_chain_id:int contract_address:str | block_number:uint
indexer/settlement_chain/contracts/payer_report_manager_storer.go:103 | INFO | xmtpd.indexer.settlement-chain.payer-report-manager.storer | successfully stored payer report submitted event | settlement_chain_id:int contract_address:str | originator_id:uint start_sequence_id:int last_sequence_id:int payers_merkle_root:str active_node_ids:uints
indexer/settlement_chain/contracts/payer_report_manager_storer.go:116 | DEBUG | xmtpd.indexer.settlement-chain.payer-report-manager.storer | skipping store report, report already exists | settlement_chain_id:int contract_address:str | originator_id:uint start_sequence_id:int last_sequence_id:int payers_merkle_root:str active_node_ids:uints
indexer/settlement_chain/contracts/payer_report_manager_storer.go:133 | DEBUG | xmtpd.indexer.settlement-chain.payer-report-manager.storer | received event PayerReportSubsetSettled | settlement_chain_id:int contract_address:str | log:any
indexer/settlement_chain/contracts/payer_report_manager_storer.go:146 | INFO | xmtpd.indexer.settlement-chain.payer-report-manager.storer | payer report fully settled | settlement_chain_id:int contract_address:str | originator_id:uint payer_report_index:str count:int fees_settled:str
indexer/settlement_chain/contracts/payer_report_manager_storer.go:154 | INFO | xmtpd.indexer.settlement-chain.payer-report-manager.storer | payer report partially settled | settlement_chain_id:int contract_address:str | originator_id:uint payer_report_index:str count:int remaining:uint fees_settled:str
indexer/settlement_chain/contracts/payer_report_manager_storer.go:93 | DEBUG | xmtpd.indexer.settlement-chain.payer-report-manager.storer | received event PayerReportSubmitted | settlement_chain_id:int contract_address:str | log:any
interceptors/server/auth.go:126 | DEBUG | xmtpd | incoming connection | - | originator_id:uint
interceptors/server/logging.go:50 | ERROR | xmtpd.api | client unary RPC error | - | method:str duration_ms:int code:str message:str
interceptors/server/logging.go:86 | ERROR | xmtpd.api | stream client RPC error | - | method:str duration_ms:int code:str message:str
metrics/metrics.go:57 | INFO | xmtpd.metrics | serving metrics http | - | address:str
metrics/metrics.go:61 | INFO | xmtpd.metrics | metrics server closing | - | error:str
metrics/metrics.go:72 | DEBUG | xmtpd.metrics | closing | - | -
metrics/metrics.go:75 | DEBUG | xmtpd.metrics | closed | - | -
mlsvalidate/service.go:35 | INFO | xmtpd | connecting to mls validation service | - | url:str
payerreport/generator.go:66 | WARN | xmtpd.payer-report | skipping report generation because there are not enough envelopes | worker_node_id:uint | originator_id:uint
payerreport/store.go:126 | DEBUG | xmtpd.payer-report.store | fetched report | worker_node_id:uint | report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint
payerreport/store.go:215 | INFO | xmtpd.payer-report.store | cleared unsettled usage | worker_node_id:uint | originator_id:uint prev_report_end_minute_since_epoch:int existing_report_end_minute_since_epoch:int
payerreport/store.go:215 | INFO | xmtpd.indexer.settlement-chain.payer-report-manager.store | cleared unsettled usage | - | originator_id:uint prev_report_end_minute_since_epoch:int existing_report_end_minute_since_epoch:int
payerreport/workers/attestation.go:128 | ERROR | xmtpd.payer-report.attestation-worker | attesting report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | error:str
payerreport/workers/attestation.go:139 | DEBUG | xmtpd.payer-report.attestation-worker | fetching reports needing attestation | worker_node_id:uint | -
payerreport/workers/attestation.go:160 | DEBUG | xmtpd.payer-report.attestation-worker | skipping attestation for report, node has not processed all messages from originator | worker_node_id:uint | originator_id:uint start_sequence_id:int last_sequence_id:int last_sequence_id_seen:int
payerreport/workers/attestation.go:203 | INFO | xmtpd.payer-report.attestation-worker | report is valid, submitting attestation | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | reason:str
payerreport/workers/attestation.go:210 | WARN | xmtpd.payer-report.attestation-worker | report is invalid, not attesting | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | reason:str
payerreport/workers/attestation.go:221 | DEBUG | xmtpd.payer-report.attestation-worker | fetching previous report | worker_node_id:uint | originator_id:uint start_sequence_id:int
payerreport/workers/attestation.go:76 | INFO | xmtpd.payer-report.attestation-worker | starting | worker_node_id:uint | -
payerreport/workers/attestation.go:87 | ERROR | xmtpd.payer-report.attestation-worker | attesting reports | worker_node_id:uint | error:str
payerreport/workers/generator.go:123 | INFO | xmtpd.payer-report.generator-worker | getting nodes from registry | worker_node_id:uint | -
payerreport/workers/generator.go:149 | DEBUG | xmtpd.payer-report.generator-worker | maybe generating report, fetching existing reports snapshot | worker_node_id:uint | originator_id:uint
payerreport/workers/generator.go:188 | INFO | xmtpd.payer-report.generator-worker | skipping report generation for node because the last submitted report is within the generation interval | worker_node_id:uint | originator_id:uint
payerreport/workers/generator.go:203 | DEBUG | xmtpd.payer-report.generator-worker | maybe generating report, checking for existing report at boundary | worker_node_id:uint | originator_id:uint last_sequence_id:int
payerreport/workers/generator.go:219 | DEBUG | xmtpd.payer-report.generator-worker | expiring old report | worker_node_id:uint | originator_id:uint report_id:str
payerreport/workers/generator.go:235 | DEBUG | xmtpd.payer-report.generator-worker | ignore locally rejected report | worker_node_id:uint | originator_id:uint report_id:str
payerreport/workers/generator.go:251 | INFO | xmtpd.payer-report.generator-worker | skipping report generation for node because there are existing valid reports pending | worker_node_id:uint | originator_id:uint last_sequence_id:int count:int
payerreport/workers/generator.go:308 | INFO | xmtpd.payer-report.generator-worker | generated report | worker_node_id:uint | report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint
payerreport/workers/generator.go:84 | INFO | xmtpd.payer-report.generator-worker | starting | worker_node_id:uint | -
payerreport/workers/generator.go:92 | ERROR | xmtpd.payer-report.generator-worker | generating reports | worker_node_id:uint | error:str
payerreport/workers/settlement.go:112 | INFO | xmtpd.payer-report.settlement-worker | settling report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/settlement.go:115 | ERROR | xmtpd.payer-report.settlement-worker | failed to settle report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | report_id:str error:str
payerreport/workers/settlement.go:124 | INFO | xmtpd.payer-report.settlement-worker | report settled | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/settlement.go:185 | WARN | xmtpd.payer-report.settlement-worker | something is fishy, no items left to settle but report is not settled | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/settlement.go:210 | INFO | xmtpd.payer-report.settlement-worker | settled subset of report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | remaining_items:int num_settled:int
payerreport/workers/settlement.go:66 | ERROR | xmtpd.payer-report.settlement-worker | error settling reports | worker_node_id:uint | error:str
payerreport/workers/settlement.go:97 | DEBUG | xmtpd.payer-report.settlement-worker | fetching reports to settle | worker_node_id:uint | -
payerreport/workers/submitter.go:104 | DEBUG | xmtpd.payer-report.submitter-worker | fetching reports to submit | worker_node_id:uint | -
payerreport/workers/submitter.go:116 | DEBUG | xmtpd.payer-report.submitter-worker | no reports to submit, skipping | worker_node_id:uint | -
payerreport/workers/submitter.go:132 | INFO | xmtpd.payer-report.submitter-worker | submitting report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/submitter.go:141 | INFO | xmtpd.payer-report.submitter-worker | report already submitted, skipping | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/submitter.go:179 | INFO | xmtpd.payer-report.submitter-worker | report has invalid sequence IDs, submission rejected | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/submitter.go:194 | ERROR | xmtpd.payer-report.submitter-worker | failed to submit report | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | report_id:str error:str
payerreport/workers/submitter.go:215 | INFO | xmtpd.payer-report.submitter-worker | report submitted | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | -
payerreport/workers/submitter.go:64 | ERROR | xmtpd.payer-report.submitter-worker | error submitting reports | worker_node_id:uint | error:str
registrant/registrant.go:59 | INFO | xmtpd | registrant identified | - | originator_id:uint public_key:str
registry/node_registry_contract.go:187 | DEBUG | xmtpd.node-registry-watchdog | processing new nodes | - | count:int body:any
server/server.go:295 | INFO | xmtpd | indexer service started | - | -
server/server.go:372 | INFO | xmtpd | sync service started | - | -
server/server.go:607 | INFO | xmtpd | message api services registered | - | -
server/server.go:632 | INFO | xmtpd | metadata api registered | - | -
server/server.go:671 | INFO | xmtpd | received OS signal, shutting down | - | signal:str
sync/envelope_sink.go:128 | INFO | xmtpd.sync-worker | found envelope with reserved topic | - | topic:str
sync/envelope_sink.go:148 | WARN | xmtpd.sync-worker | fee calculation mismatch | - | our_fee:str originator_fee:str
sync/envelope_sink.go:199 | ERROR | xmtpd.sync-worker | failed to insert gateway envelope | - | error:str
sync/envelope_sink.go:204 | DEBUG | xmtpd.sync-worker | envelope already inserted | - | originator_id:uint sequence_id:int
sync/envelope_sink.go:95 | ERROR | xmtpd.sync-worker | error storing envelope | - | error:str
sync/envelope_sink.go:98 | ERROR | xmtpd.sync-worker | Unexpected runtime error. Retry might be indefinite. | - | -
sync/originator_stream.go:128 | INFO | xmtpd.sync-worker | stream closed with EOF | originator_id:uint node_http_address:str | -
sync/originator_stream.go:132 | ERROR | xmtpd.sync-worker | stream closed with error | originator_id:uint node_http_address:str | error:str
sync/originator_stream.go:228 | ERROR | xmtpd.sync-worker | received out-of-order envelope | originator_id:uint node_http_address:str | originator_id:uint sequence_id:int expected_sequence_id:uint
sync/originator_stream.go:237 | INFO | xmtpd.sync-worker | envelope gap detected | originator_id:uint node_http_address:str | originator_id:uint sequence_id:int expected_sequence_id:uint
sync/originator_stream.go:80 | INFO | xmtpd.sync-worker | context canceled, stopping stream listener | originator_id:uint node_http_address:str | -
sync/originator_stream.go:98 | DEBUG | xmtpd.sync-worker | received envelopes | originator_id:uint node_http_address:str | num_envelopes:int
sync/server.go:135 | DEBUG | xmtpd.sync | closing | - | -
sync/server.go:137 | DEBUG | xmtpd.sync | closed | - | -
sync/sync_worker.go:120 | DEBUG | xmtpd.sync-worker | new nodes received | - | body:any
sync/sync_worker.go:244 | ERROR | xmtpd.sync-worker | error connecting to node, retrying | - | node_http_address:str error:str
sync/sync_worker.go:307 | INFO | xmtpd.sync-worker | attempting to connect to node | - | originator_id:uint node_http_address:str
sync/sync_worker.go:341 | DEBUG | xmtpd.sync-worker | successfully opened a connection to node | - | originator_id:uint node_http_address:str
sync/sync_worker.go:382 | DEBUG | xmtpd.sync-worker | vector clock for sync subscription | - | originator_id:uint body:any
sync/sync_worker.go:416 | ERROR | xmtpd.sync-worker | failed to batch subscribe to node | - | originator_id:uint node_http_address:str error:str
sync/sync_worker.go:96 | DEBUG | xmtpd.sync-worker | closing | - | -
sync/sync_worker.go:99 | DEBUG | xmtpd.sync-worker | closed | - | -
networkwatcher/watcher.go:123 | INFO | xmtpd.network-watcher | subscriber added | - | node_id:uint url:str
networkwatcher/subscriber.go:58 | INFO | xmtpd.network-watcher | subscribing | node_id:uint | url:str
networkwatcher/subscriber.go:60 | INFO | xmtpd.network-watcher | reconnecting | node_id:uint | url:str attempt:int
networkwatcher/subscriber.go:92 | WARN | xmtpd.network-watcher | stream ended, will reconnect | node_id:uint | reason:str error:str updates:uint session_duration:str backoff:str
networkwatcher/subscriber.go:138 | INFO | xmtpd.network-watcher | stream connected | node_id:uint | originators:int
networkwatcher/subscriber.go:144 | INFO | xmtpd.network-watcher | initial cursor | node_id:uint | cursor:any
chainwatcher/watcher.go:239 | INFO | chain-watcher | chain watcher started | - | -
chainwatcher/watcher.go:390 | INFO | chain-watcher | PayerReportSubmitted | - | originator_node_id:uint start_seq:uint end_seq:uint envelope_count:uint signing_nodes:int node_ids:uints
chainwatcher/watcher.go:432 | INFO | chain-watcher | PayerReportSubsetSettled (fully settled) | - | originator_node_id:uint payer_report_index:str count:uint fees_settled:str
chainwatcher/watcher.go:439 | INFO | chain-watcher | PayerReportSubsetSettled (partial) | - | originator_node_id:uint payer_report_index:str count:uint remaining:uint fees_settled:str
payerreport/workers/settlement.go:129 | WARN | xmtpd.payer-report.settlement-worker | failed to set report settled | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | report_id:str
payerreport/workers/submitter.go:209 | WARN | xmtpd.payer-report.submitter-worker | failed to set report submitted | worker_node_id:uint report_id:str start_sequence_id:int last_sequence_id:int originator_id:uint | report_id:str
cmd/replication/main.go:136 | FATAL | xmtpd | initializing writer database | - | error:str
""")
