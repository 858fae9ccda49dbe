"""Examples of monerod's statements on its process, on synchronising and on its peers."""

from __future__ import annotations

from state.events import (
    CandidateSeen,
    ConnectFailed,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    HostBlocked,
    HostUnblocked,
    ListeningStated,
    NetworkLost,
    PeerFailed,
    PeerHandshaked,
    PeerHeightStated,
    ProcessReady,
    ProcessStarted,
    ProcessStopped,
    ProcessStopping,
    ServiceBound,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TargetLowered,
)
from tests.parsers.example import A, Example

SHOWN_AT_1 = ("blocks", "connections", "relay", "sync", "transactions")

EXAMPLES = [
    # --- process
    Example(
        "process_started",
        b"2026-11-21 07:02:58.504\t    7fe39cd2fa00\tINFO\tglobal\tsrc/daemon/main.cpp:296\tMonero 'Fluorine Fermi' (v0.18.0.0-unknown)\n",
        (ProcessStarted("monero", "0.18.0.0-unknown", "Fluorine Fermi"),),
    ),
    Example(
        "process_ready",
        b"2026-11-21 07:02:58.572\t[SRV_MAIN]\tINFO\tglobal\tsrc/daemon/p2p.h:79\tStarting p2p net loop...\n",
        (ProcessReady(),),
    ),
    Example(
        "p2p_stopped",
        b"2026-11-21 07:04:36.822\t[SRV_MAIN]\tINFO\tglobal\tsrc/daemon/p2p.h:81\tp2p net loop stopped\n",
        (ProcessStopping(),),
    ),
    Example(
        "rpc_stopping",
        b"2026-11-21 07:04:36.823\t[SRV_MAIN]\tINFO\tglobal\tsrc/daemon/rpc.h:84\tStopping core RPC server...\n",
        (ProcessStopping(),),
    ),
    Example(
        "node_stopped",
        b"2026-11-21 07:04:36.824\t[SRV_MAIN]\tINFO\tglobal\tsrc/daemon/daemon.cpp:228\tNode stopped.\n",
        (ProcessStopping(),),
    ),
    Example(
        "process_stopped",
        b"2026-11-21 07:04:37.618\t[SRV_MAIN]\tINFO\tglobal\tsrc/daemon/protocol.h:79\tCryptonote protocol stopped successfully\n",
        (ProcessStopped(),),
    ),
    Example(
        "p2p_bound",
        b"2026-11-21 07:02:58.570\t    7fe39cd2fa00\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:984\tBinding (IPv4) on 127.0.0.1:28101\n",
        (ServiceBound("p2p", "127.0.0.1:28101"),),
    ),
    Example(
        "p2p_bound",
        b"2026-11-21 07:02:58.570\t    7fe39cd2fa00\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1107\tBinding (IPv6) on :::28101\n",
        (),
    ),
    Example(
        "rpc_bound",
        b"2026-11-21 07:02:58.571\t    7fe39cd2fa00\tINFO\tglobal\tcontrib/epee/include/net/http_server_impl_base.h:94\tBinding on 127.0.0.1 (IPv4):28201\n",
        (ServiceBound("rpc", "127.0.0.1:28201"),),
    ),
    Example(
        "zmq_bound",
        b"2026-11-21 07:02:58.572\t    7fe39cd2fa00\tINFO\tnet.zmq\tsrc/rpc/zmq_server.cpp:85\tZMQ now listening at tcp://127.0.0.1:28301\n",
        (ServiceBound("zmq", "tcp://127.0.0.1:28301"),),
    ),
    Example(
        "log_categories",
        b"2026-11-21 07:02:58.504\t    7fe39cd2fa00\tINFO\tlogging\tcontrib/epee/src/mlog.cpp:273\tNew log categories: *:INFO,global:INFO,stacktrace:INFO,logging:INFO,msgwriter:INFO,perf.*:DEBUG\n",
        (ListeningStated(SHOWN_AT_1, ()),),
    ),
    Example(
        "log_levels_changed",
        b"2026-11-21 11:22:44.893\t[RPC1]\tINFO\tdaemon.rpc\tsrc/rpc/core_rpc_server.h:119\t[127.0.0.1:39966 INC] calling /set_log_level\n",
        (),
        on_console=(ListeningStated((), ()),),
    ),
    # --- sync
    Example(
        "candidate_seen",
        b"2026-11-21 07:03:35.669\t[P2P4]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:406\t[127.0.0.1:28103 OUT] Sync data returned a new top block candidate: 61 -> 65 [Your node is 4 blocks (4.0 minutes) behind] \n",
        (CandidateSeen(61, 65, "127.0.0.1:28103"),),
    ),
    Example(
        "sync_started",
        b"2026-11-21 07:03:35.669\t[P2P4]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:406\tSYNCHRONIZATION started\n",
        (SyncStarted(),),
    ),
    Example(
        "sync_progressed",
        b"2026-11-21 07:03:36.499\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:1678\tSynced 65/65 (0.670401 sec, 5.966578 blocks/sec), 0.000000 MB queued in 0 spans, stripe 0 -> 0\n",
        (SyncProgressed(65, 65),),
    ),
    Example(
        "sync_progressed",
        b"2026-11-21 07:06:50.384\t[P2P6]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:1678\tSynced 21/57 (36%, 36 left)\n",
        (SyncProgressed(21, 57),),
    ),
    Example(
        "sync_summary",
        b"2026-11-21 07:03:31.345\t[P2P2]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:2474\tSynced 56 blocks in 1 seconds (56 blocks per second)\n",
        (),
    ),
    Example(
        "sync_finished",
        b"2026-11-21 07:03:00.578\t[P2P1]\tINFO\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:2478\tYou are now synchronized with the network. You may now start monero-wallet-cli.\n",
        (SyncFinished(),),
    ),
    Example(
        "target_lowered",
        b"2026-11-21 07:04:35.991\t[P2P6]\tINFO\tnet.cn\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:2927\tTarget height decreasing from 144 to 68\n",
        (TargetLowered(144, 68),),
    ),
    Example(
        "network_lost",
        b"2026-11-21 07:03:31.658\t[RPC0]\tWARNING\tglobal\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:2931\tmonerod is now disconnected from the network\n",
        (NetworkLost(),),
    ),
    Example(
        "peer_height",
        b"2026-11-21 07:03:35.669\t[P2P4]\tINFO\tnet.cn\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:429\t[127.0.0.1:28103 OUT] Remote blockchain height: 65, id: <62262069858d11466412bbb40ee1942f1ae2a2001336c5c90ac8c42989f21eed>\n",
        (PeerHeightStated("127.0.0.1:28103", 65, A),),
    ),
    # --- peers
    Example(
        "connection_opened",
        b"2026-11-21 07:03:00.576\t[P2P8]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:2673\t[127.0.0.1:28102 e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201 OUT] NEW CONNECTION\n",
        (ConnectionOpened("e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201", "127.0.0.1:28102", Direction.OUT),),
    ),
    Example(
        "connection_opened",
        b"2026-11-21 07:03:00.576\t[P2P8]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:2856\t[[2001:db8::7]:18080 e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201 INC] NEW CONNECTION\n",
        (ConnectionOpened("e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201", "[2001:db8::7]:18080", Direction.IN),),
    ),
    Example(
        "connection_closed",
        b"2026-11-21 07:03:19.612\t[P2P2]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:2692\t[127.0.0.1:28103 7a1701a3-2316-49dd-a445-e080e31491e3 OUT] CLOSE CONNECTION\n",
        (ConnectionClosed("7a1701a3-2316-49dd-a445-e080e31491e3", "127.0.0.1:28103", Direction.OUT, "P2P2"),),
        (ConnectionClosed("7a1701a3-2316-49dd-a445-e080e31491e3", "127.0.0.1:28103", Direction.OUT),),
    ),
    Example(
        "peer_handshaked",
        b"2026-11-21 07:03:00.579\t[P2P1]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1215\t[127.0.0.1:28102 OUT] New connection handshaked, pruning seed 0\n",
        (PeerHandshaked("127.0.0.1:28102"),),
    ),
    Example(
        "connect_failed",
        b"2026-11-21 07:02:59.574\t[P2P0]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1409\t0[priority]Connect failed to 127.0.0.1:28102\n",
        (ConnectFailed("127.0.0.1:28102", "connect failed"),),
    ),
    Example(
        "connect_failed",
        b"2026-11-21 07:02:59.574\t[P2P0]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1540\t0Connect failed to 10.0.0.7:18080\n",
        (ConnectFailed("10.0.0.7:18080", "connect failed"),),
    ),
    Example(
        "handshake_failed",
        b"2026-11-21 07:03:32.602\t[P2P2]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1422\t[127.0.0.1:28103 OUT] [priority]Failed to HANDSHAKE with peer 127.0.0.1:28103\n",
        (ConnectFailed("127.0.0.1:28103", "handshake failed"),),
    ),
    Example(
        "handshake_failed",
        b"2026-11-21 07:03:32.602\t[P2P2]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:1553\t[10.0.0.7:18080 OUT] Failed to HANDSHAKE with peer 10.0.0.7:18080\n",
        (ConnectFailed("10.0.0.7:18080", "handshake failed"),),
    ),
    Example(
        "handshake_refused",
        b"2026-11-21 07:03:32.602\t[P2P2]\tWARNING\tnet.p2p\tsrc/p2p/net_node.inl:1172\t[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE invoke failed. (-1, LEVIN_ERROR_CONNECTION)\n",
        (PeerFailed("127.0.0.1:28103", "handshake: LEVIN_ERROR_CONNECTION"),),
    ),
    Example(
        "timed_sync_failed",
        b"2026-11-21 07:03:32.602\t[P2P2]\tWARNING\tnet.p2p\tsrc/p2p/net_node.inl:1388\t[127.0.0.1:28103 OUT] COMMAND_TIMED_SYNC invoke failed. (-4, LEVIN_ERROR_CONNECTION_TIMEDOUT)\n",
        (PeerFailed("127.0.0.1:28103", "timed sync failed"),),
    ),
    Example(
        "idle_kicked",
        b"2026-11-21 07:03:32.602\t[P2P2]\tINFO\tnet.cn\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:262\t[127.0.0.1:40168 INC]  kicking idle peer, last update 240.1 seconds ago, expecting 2004\n",
        (PeerFailed("127.0.0.1:40168", "kicked as idle"),),
    ),
    Example(
        "dropping",
        b"2026-11-21 07:03:32.602\t[P2P2]\tWARNING\tnet.cn\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:2861\tdropping connections to 127.0.0.1:40168\n",
        (PeerFailed("127.0.0.1:40168", "dropped by the node"),),
    ),
    Example(
        "host_blocked",
        b"2026-11-21 07:04:16.636\t[RPC0]\tINFO\tglobal\tsrc/p2p/net_node.inl:311\tHost 127.0.0.1 blocked.\n",
        (HostBlocked("127.0.0.1"),),
    ),
    Example(
        "host_blocked",
        b"2026-11-21 07:04:16.636\t[RPC0]\tINFO\tglobal\tsrc/p2p/net_node.inl:414\tHost 2001:db8::7 blocked.\n",
        (HostBlocked("2001:db8::7"),),
    ),
    Example(
        "subnet_blocked",
        b"2026-11-21 07:04:16.636\t[RPC0]\tINFO\tglobal\tsrc/p2p/net_node.inl:477\tSubnet 10.0.0.0/24 blocked.\n",
        (HostBlocked("10.0.0.0/24"),),
    ),
    Example(
        "host_unblocked",
        b"2026-11-21 07:04:31.712\t[P2P9]\tINFO\tglobal\tsrc/p2p/net_node.inl:192\tHost 127.0.0.1 unblocked.\n",
        (HostUnblocked("127.0.0.1"),),
    ),
    Example(
        "subnet_unblocked",
        b"2026-11-21 07:04:31.712\t[P2P9]\tINFO\tglobal\tsrc/p2p/net_node.inl:299\tSubnet 10.0.0.0/24 unblocked.\n",
        (HostUnblocked("10.0.0.0/24"),),
    ),
    Example(
        "bans_cleared",
        b"2026-11-21 07:04:31.712\t[RPC0]\tINFO\tglobal\tsrc/p2p/net_node.inl:530\tAll bans cleared.\n",
        (HostUnblocked(""),),
    ),
]
