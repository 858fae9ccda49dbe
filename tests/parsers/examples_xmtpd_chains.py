"""Examples of xmtpd's statements of indexers and of the watchers."""

from __future__ import annotations

from state.events import ProcessReady, ProcessStopped, ProcessStopping, ServiceBound
from state.report_events import ChainReportSettled, ChainReportSubmitted
from state.sync_events import (
    ContractsLoaded,
    CursorServed,
    IndexerAdvanced,
    IndexerCaughtUp,
    IndexerFailed,
    IndexerLost,
    IndexerRebuilt,
    IndexerReorged,
    PayerBooked,
    WatchChanged,
)
from tests.parsers.example import Example

EXAMPLES = [
    # --- indexing
    Example(
        "block_reached",
        b'{"level":"INFO","time":"2026-11-21T07:00:57.092Z","logger":"xmtpd.indexer.app-chain.identity-update-broadcaster","caller":"common/log_handler.go:39","message":"reached block number","chain_id":31338,"contract_address":"0xeecae313805dc892f7e570d8f9077d4c734f3ccd","block_number":2828}',
        (
            IndexerAdvanced(
                chain="app-chain",
                contract="identity-update-broadcaster",
                address="0xeecae313805dc892f7e570d8f9077d4c734f3ccd",
                block=2828,
            ),
        ),
    ),
    Example(
        "block_passed",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:00.330Z","logger":"xmtpd.indexer.app-chain.group-message-broadcaster","caller":"common/log_handler.go:45","message":"received event UpdateProgress","chain_id":31338,"contract_address":"0xccdc68a041711614ccd1f2766ce169586f30d169","block_number":2800}',
        (
            IndexerAdvanced(
                chain="app-chain",
                contract="group-message-broadcaster",
                address="0xccdc68a041711614ccd1f2766ce169586f30d169",
                block=2800,
            ),
        ),
    ),
    Example(
        "log_stored",
        b'{"level":"DEBUG","time":"2026-11-21T07:00:57.092Z","logger":"xmtpd.indexer.app-chain.identity-update-broadcaster","caller":"common/log_handler.go:89","message":"stored log","chain_id":31338,"contract_address":"0xeecae313805dc892f7e570d8f9077d4c734f3ccd","block_number":2828}',
        (
            IndexerAdvanced(
                chain="app-chain",
                contract="identity-update-broadcaster",
                address="0xeecae313805dc892f7e570d8f9077d4c734f3ccd",
                block=2828,
            ),
        ),
    ),
    Example(
        "indexer_caught_up",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.330Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:226","message":"backfill complete, switching to subscription","chain_id":31338,"contract_address":"0xccdc68a041711614ccd1f2766ce169586f30d169"}',
        (IndexerCaughtUp(chain="app-chain", address="0xccdc68a041711614ccd1f2766ce169586f30d169"),),
    ),
    Example(
        "indexer_lost",
        b'{"level":"WARN","time":"2026-11-21T19:10:00.000Z","logger":"xmtpd.indexer.settlement-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:332","message":"subscription error, rebuilding","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","error":"websocket: close 1006 (abnormal closure): unexpected EOF"}',
        (
            IndexerLost(
                chain="settlement-chain",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="websocket: close 1006 (abnormal closure): unexpected EOF",
            ),
        ),
    ),
    Example(
        "indexer_rebuilt",
        b'{"level":"INFO","time":"2026-11-21T19:10:01.000Z","logger":"xmtpd.indexer.settlement-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:549","message":"subscription rebuilt","settlement_chain_id":31337}',
        (IndexerRebuilt(chain="settlement-chain"),),
    ),
    Example(
        "reorg_rolled_back",
        b'{"level":"WARN","time":"2026-11-21T19:10:01.000Z","logger":"xmtpd.indexer.settlement-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:229","message":"reorg detected, rolled back to block","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","block_number":24700}',
        (IndexerReorged(chain="settlement-chain", address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2", block=24700),),
    ),
    Example(
        "reorg_while_bridging",
        b'{"level":"WARN","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:298","message":"reorg detected during bridging backfill","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","block_number":2871}',
        (IndexerReorged(chain="app-chain", address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2", block=2871),),
    ),
    Example(
        "reorged_event",
        b'{"level":"INFO","time":"2026-11-21T19:10:01.000Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.reorg-handler","caller":"contracts/payer_report_manager_reorg_handler.go:24","message":"handling reorged event","settlement_chain_id":31337,"contract_address":"0xdf0ac96b14ecfb7cce47e1b93039042035c5c306","block_number":24700}',
        (IndexerReorged(chain="settlement-chain", address="0xdf0ac96b14ecfb7cce47e1b93039042035c5c306", block=24700),),
    ),
    Example(
        "log_not_stored",
        b'{"level":"ERROR","time":"2026-11-21T20:00:01.635Z","logger":"xmtpd.indexer.app-chain.identity-update-broadcaster","caller":"common/log_handler.go:118","message":"error storing log","chain_id":31338,"contract_address":"0xeecae313805dc892f7e570d8f9077d4c734f3ccd","block_number":26200,"error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="identity-update-broadcaster",
                address="0xeecae313805dc892f7e570d8f9077d4c734f3ccd",
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
                block=26200,
            ),
        ),
    ),
    Example(
        "progress_not_stored",
        b'{"level":"ERROR","time":"2026-11-21T20:00:01.635Z","logger":"xmtpd.indexer.app-chain.identity-update-broadcaster","caller":"common/log_handler.go:53","message":"error updating block tracker","chain_id":31338,"contract_address":"0xeecae313805dc892f7e570d8f9077d4c734f3ccd","error":"failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="identity-update-broadcaster",
                address="0xeecae313805dc892f7e570d8f9077d4c734f3ccd",
                error="failed to connect to `user=postgres database=xmtpd`: dial tcp 127.0.0.1:5432: connect: connection refused",
                block=None,
            ),
        ),
    ),
    Example(
        "reorg_failed",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.group-message-broadcaster","caller":"common/log_handler.go:64","message":"reorg handling failed","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","error":"dial tcp 10.0.0.7:5432: connect: connection refused","block_number":2871,"hash":"0x6ccd4b93a6b84a7240e79f5ad99c63527ba0c75b922187565ffc50e2906ab14e"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="group-message-broadcaster",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=2871,
            ),
        ),
    ),
    Example(
        "indexer_given_up",
        b'{"level":"FATAL","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:205","message":"failed rebuilding subscription after max disconnect time","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","error":"dial tcp 10.0.0.7:5432: connect: connection refused","max_disconnect_time":"5m0s"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=None,
            ),
        ),
    ),
    Example(
        "indexer_not_rebuilt",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:542","message":"failed to rebuild subscription, closing","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=None,
            ),
        ),
    ),
    Example(
        "indexer_not_subscribed",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:185","message":"failed to subscribe to contract","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=None,
            ),
        ),
    ),
    Example(
        "page_not_read",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:241","message":"error getting next page","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","block_number":2871,"error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=2871,
            ),
        ),
    ),
    Example(
        "bridging_failed",
        b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.app-chain.rpc-log-streamer","caller":"rpc_streamer/rpc_log_streamer.go:300","message":"error during bridging backfill","chain_id":31338,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","block_number":2871,"error":"dial tcp 10.0.0.7:5432: connect: connection refused"}',
        (
            IndexerFailed(
                chain="app-chain",
                contract="",
                address="0xf1b32b35d00a90610c5a830406869bbef4c0b8f2",
                error="dial tcp 10.0.0.7:5432: connect: connection refused",
                block=2871,
            ),
        ),
    ),
    Example(
        "chain_report_new",
        b'{"level":"INFO","time":"2026-11-21T18:07:03.015Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.storer","caller":"contracts/payer_report_manager_storer.go:103","message":"successfully stored payer report submitted event","settlement_chain_id":31337,"contract_address":"0xdf0ac96b14ecfb7cce47e1b93039042035c5c306","originator_id":100,"start_sequence_id":6580,"last_sequence_id":6794,"payers_merkle_root":"b3053159297053bd51f462972f29f95d427792380574cd69cd92d2707819bb9d","active_node_ids":[100,200,300,400]}',
        (
            ChainReportSubmitted(
                originator=100,
                start=6580,
                end=6794,
                active=(100, 200, 300, 400),
                root="b3053159297053bd51f462972f29f95d427792380574cd69cd92d2707819bb9d",
                known=False,
                signers=None,
            ),
        ),
    ),
    Example(
        "chain_report_known",
        b'{"level":"DEBUG","time":"2026-11-21T07:07:02.377Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.storer","caller":"contracts/payer_report_manager_storer.go:116","message":"skipping store report, report already exists","settlement_chain_id":31337,"contract_address":"0xdf0ac96b14ecfb7cce47e1b93039042035c5c306","originator_id":100,"start_sequence_id":0,"last_sequence_id":10,"payers_merkle_root":"0b5912159d7be268ee31aa1e2941986e97dfc0855330c1d8c689cce7dd62744f","active_node_ids":[100,200,300,400]}',
        (
            ChainReportSubmitted(
                originator=100,
                start=0,
                end=10,
                active=(100, 200, 300, 400),
                root="0b5912159d7be268ee31aa1e2941986e97dfc0855330c1d8c689cce7dd62744f",
                known=True,
                signers=None,
            ),
        ),
    ),
    Example(
        "chain_report_settled",
        b'{"level":"INFO","time":"2026-11-21T07:12:03.075Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.storer","caller":"contracts/payer_report_manager_storer.go:146","message":"payer report fully settled","settlement_chain_id":31337,"contract_address":"0xdf0ac96b14ecfb7cce47e1b93039042035c5c306","originator_id":100,"payer_report_index":"0","count":3,"fees_settled":"10000"}',
        (ChainReportSettled(originator=100, index=0, count=3, remaining=0, fees="10000"),),
    ),
    Example(
        "chain_report_partly_settled",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.settlement-chain.payer-report-manager.storer","caller":"contracts/payer_report_manager_storer.go:154","message":"payer report partially settled","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","originator_id":100,"payer_report_index":"3","count":4,"remaining":12,"fees_settled":"1698666"}',
        (ChainReportSettled(originator=100, index=3, count=4, remaining=12, fees="1698666"),),
    ),
    Example(
        "payer_deposited",
        b'{"level":"DEBUG","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.settlement-chain.payer-registry.storer","caller":"contracts/payer_registry_storer.go:129","message":"deposit successful","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","payer_address":"0x811ea583ea3a168b98c71db9cabc76fddf077f51","amount":"1698666","event_id":"9c1e"}',
        (PayerBooked(what="deposit", payer="0x811ea583ea3a168b98c71db9cabc76fddf077f51", amount="1698666"),),
    ),
    Example(
        "payer_withdrew",
        b'{"level":"DEBUG","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.indexer.settlement-chain.payer-registry.storer","caller":"contracts/payer_registry_storer.go:179","message":"withdrawal requested successful","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","payer_address":"0x811ea583ea3a168b98c71db9cabc76fddf077f51","amount":"1698666","event_id":"9c1e"}',
        (PayerBooked(what="withdrawal", payer="0x811ea583ea3a168b98c71db9cabc76fddf077f51", amount="1698666"),),
    ),
    Example(
        "payer_settled",
        b'{"level":"DEBUG","time":"2026-11-21T07:12:03.075Z","logger":"xmtpd.indexer.settlement-chain.payer-registry.storer","caller":"contracts/payer_registry_storer.go:224","message":"usage settled","settlement_chain_id":31337,"contract_address":"0xf1b32b35d00a90610c5a830406869bbef4c0b8f2","payer_address":"0x811ea583ea3a168b98c71db9cabc76fddf077f51","amount":"3333","event_id":"dc08c0ad462d7d869cddb45b0b41057c121b38e77a8eeb4cd24f30b2612b9b1e"}',
        (PayerBooked(what="settlement", payer="0x811ea583ea3a168b98c71db9cabc76fddf077f51", amount="3333"),),
    ),
    # --- watchers
    Example(
        "chain_watcher_ready",
        b'{"level":"INFO","time":"2026-11-21T07:00:00.000Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:239","message":"chain watcher started"}',
        (ProcessReady("chain-watcher"),),
    ),
    Example(
        "chain_watcher_stopping",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:245","message":"stopping chain watcher"}',
        (ProcessStopping(),),
    ),
    Example(
        "chain_watcher_stopped",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:251","message":"chain watcher stopped"}',
        (ProcessStopped(),),
    ),
    Example(
        "watcher_signalled",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"chain-watcher/main.go:131","message":"received signal, shutting down","signal":"terminated"}',
        (ProcessStopping(),),
    ),
    Example(
        "watcher_metrics_served",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"chain-watcher/main.go:239","message":"serving metrics","address":"127.0.0.1:8009"}',
        (ServiceBound(service="metrics", address="127.0.0.1:8009"),),
    ),
    Example(
        "watcher_contracts_loaded",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"chain-watcher/main.go:189","message":"loaded contract addresses from environment","environment":"anvil","payer_report_manager":"0xcd","payer_registry":"0xab","deployment_block":1}',
        (ContractsLoaded(environment="anvil"),),
    ),
    Example(
        "network_watcher_ready",
        b'{"level":"INFO","time":"2026-11-21T07:00:05.000Z","logger":"xmtpd.network-watcher","caller":"networkwatcher/watcher.go:123","message":"subscriber added","node_id":100,"url":"http://n:1"}',
        (ProcessReady("network-watcher"),),
    ),
    Example(
        "cursor_served",
        b'{"level":"INFO","time":"2026-11-21T07:00:05.000Z","logger":"xmtpd.network-watcher","caller":"networkwatcher/subscriber.go:144","message":"initial cursor","node_id":100,"cursor":{"100":1234,"0":57}}',
        (CursorServed(publisher=100, sequences=((0, 57), (100, 1234))),),
    ),
    Example(
        "watch_connected",
        b'{"level":"INFO","time":"2026-11-21T07:00:05.000Z","logger":"xmtpd.network-watcher","caller":"networkwatcher/subscriber.go:138","message":"stream connected","node_id":100,"originators":0}',
        (WatchChanged(publisher=100, connected=True, error="", updates=None),),
    ),
    Example(
        "watch_closed",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd.network-watcher","caller":"networkwatcher/subscriber.go:76","message":"stream closed","node_id":300,"reason":"context canceled","updates":17,"session_duration":"3m20s"}',
        (WatchChanged(publisher=300, connected=False, error="context canceled", updates=17),),
    ),
    Example(
        "watch_ended",
        b'{"level":"WARN","time":"2026-11-21T07:30:05.000Z","logger":"xmtpd.network-watcher","caller":"networkwatcher/subscriber.go:92","message":"stream ended, will reconnect","node_id":100,"reason":"eof","error":"EOF","updates":1800,"session_duration":"30m0s","backoff":"1s"}',
        (WatchChanged(publisher=100, connected=False, error="EOF", updates=1800),),
    ),
    Example(
        "watched_report_submitted",
        b'{"level":"INFO","time":"2026-11-21T07:07:02.000Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:390","message":"PayerReportSubmitted","originator_node_id":100,"start_seq":0,"end_seq":10,"envelope_count":10,"signing_nodes":4,"node_ids":[100,200,300,400]}',
        (
            ChainReportSubmitted(
                originator=100, start=0, end=10, active=(100, 200, 300, 400), root="", known=None, signers=4
            ),
        ),
    ),
    Example(
        "watched_report_settled",
        b'{"level":"INFO","time":"2026-11-21T07:12:02.000Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:432","message":"PayerReportSubsetSettled (fully settled)","originator_node_id":100,"payer_report_index":"0","count":3,"fees_settled":"10000"}',
        (ChainReportSettled(originator=100, index=0, count=3, remaining=0, fees="10000"),),
    ),
    Example(
        "watched_report_partly_settled",
        b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"chain-watcher","caller":"chainwatcher/watcher.go:439","message":"PayerReportSubsetSettled (partial)","originator_node_id":100,"payer_report_index":"3","count":4,"remaining":12,"fees_settled":"1698666"}',
        (ChainReportSettled(originator=100, index=3, count=4, remaining=12, fees="1698666"),),
    ),
]
