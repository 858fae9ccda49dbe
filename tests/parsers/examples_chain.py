"""Examples of monerod's statements on its chain and on transactions."""

from __future__ import annotations

from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksPopped,
    BlocksRemovalAsked,
    ChainLoaded,
    GenesisCreated,
    ReorgFinished,
    ReorgStarted,
    RolledBack,
    TransactionDropped,
    TransactionPooled,
)
from tests.parsers.example import A, B, Example

EXAMPLES = [  # --- chain
    Example(
        "genesis_created",
        b"2026-11-21 07:02:58.506\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:344\tBlockchain not loaded, generating genesis block.\n",
        (GenesisCreated(),),
    ),
    Example(
        "chain_loaded",
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:385\tBlockchain initialized. last block: 0, d4599.h20.m14.s5 time ago, current difficulty: 1\n",
        (ChainLoaded(0),),
    ),
    Example(
        "block_added",
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\t+++++ BLOCK SUCCESSFULLY ADDED\n"
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\tid:\t<418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3>\n"
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\tPoW:\t<8a7b1a780e99eec31a9425b7d89c283421b2042a337d5700dfd4a7d6eb7bd774>\n"
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\tHEIGHT 0, difficulty:\t1\n"
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\tblock reward: 17.592186044415(17.592186044415 + 0.000000000000), coinbase_weight: 80, cumulative weight: 80, 30(0/30)ms\n",
        (BlockAdded(0, "418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3"),),
    ),
    Example(
        "alternative_added",
        b"2026-11-21 07:03:35.879\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2116\t----- BLOCK ADDED AS ALTERNATIVE ON HEIGHT 57\n"
        b"2026-11-21 07:03:35.879\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2116\tid:\t<299bf939e7aac0936c474541fc3d4f6c1640df42842626017d7b97aecc666925>\n"
        b"2026-11-21 07:03:35.879\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2116\tPoW:\t<50f26874af1801486ca64a33c1f1f93e8d03d222eef77086f5db0e615ad99c79>\n"
        b"2026-11-21 07:03:35.879\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2116\tdifficulty:\t1\n",
        (AlternativeAdded(57, "299bf939e7aac0936c474541fc3d4f6c1640df42842626017d7b97aecc666925"),),
    ),
    Example(
        "reorg_started",
        b"2026-11-21 07:03:36.026\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2105\t###### REORGANIZE on height: 57 of 60 with cum_difficulty 61\n"
        b"2026-11-21 07:03:36.026\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2105\t alternative blockchain size: 5 with cum_difficulty 62\n",
        (ReorgStarted(57, 60),),
    ),
    Example(
        "reorg_started",
        b"2026-11-21 07:03:36.026\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:2127\t###### REORGANIZE on height: 57 of 60, checkpoint is found in alternative chain on height 58\n",
        (ReorgStarted(57, 60),),
    ),
    Example(
        "reorg_finished",
        b"2026-11-21 07:03:36.382\t[P2P0]\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:1265\tREORGANIZE SUCCESS! on height: 57, new blockchain size: 62\n",
        (ReorgFinished(57, 62),),
    ),
    Example(
        "rolled_back",
        b"2026-11-21 07:03:36.382\t[P2P0]\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:1122\tRollback to height 57 was successful.\n",
        (RolledBack(57),),
    ),
    Example(
        "blocks_popped",
        b"2026-11-21 07:02:58.568\t    7fe39cd2fa00\tINFO\tglobal\tsrc/cryptonote_core/blockchain.cpp:404\tPopping blocks... 141\n",
        (BlocksPopped(140),),
    ),
    Example(
        "blocks_removal_asked",
        b"2026-11-21 07:04:34.777\t[RPC1]\tINFO\tdaemon.rpc\tsrc/rpc/core_rpc_server.h:142\t[127.0.0.1:48234 INC] calling /pop_blocks\n",
        (BlocksRemovalAsked(),),
    ),
    Example(
        "block_received",
        b"2026-11-21 07:03:09.176\t[P2P8]\tINFO\tnet.p2p.msg\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:546\t[127.0.0.1:28102 OUT] Received NOTIFY_NEW_FLUFFY_BLOCK <62262069858d11466412bbb40ee1942f1ae2a2001336c5c90ac8c42989f21eed> (height 2, 0 txes)\n",
        (BlockReceived(A, "127.0.0.1:28102"),),
    ),
    Example(
        "block_received",
        b"2026-11-21 07:03:09.176\t[P2P8]\tINFO\tnet.p2p.msg\tsrc/cryptonote_protocol/cryptonote_protocol_handler.inl:636\t[127.0.0.1:40168 INC] Received NOTIFY_NEW_FLUFFY_BLOCK <62262069858d11466412bbb40ee1942f1ae2a2001336c5c90ac8c42989f21eed> (height 1, 0 txes, peer's height: 2)\n",
        (BlockReceived(A, "127.0.0.1:40168"),),
    ),
    Example(
        "block_rejected",
        b"2026-11-21 07:04:34.875\t[P2P8]\tERROR\tverify\tsrc/cryptonote_core/blockchain.cpp:2124\tBlock recognized as orphaned and rejected, id = <62262069858d11466412bbb40ee1942f1ae2a2001336c5c90ac8c42989f21eed>, height 141, parent in alt 0, parent in main 0 (parent <805e56f997675c226de33ccd2949461469e3c31125545b8e58d7c256e17d5913>, current top <07951bf63fcdbd156ac5c5bd0a4c08e309c5f6b9023c549b063beab74d2ec20a>, chain height 138)\n",
        (BlockRejected(A, 141, B, "orphaned"),),
    ),
    # --- transactions
    Example(
        "transaction_pooled",
        b"2026-11-21 07:04:09.681\t[RPC0]\tINFO\ttxpool\tsrc/cryptonote_core/tx_pool.cpp:376\tTransaction added to pool: txid <805e56f997675c226de33ccd2949461469e3c31125545b8e58d7c256e17d5913> weight: 2166 fee/byte: 1.20277e+06\n",
        (TransactionPooled(B),),
    ),
    Example(
        "transaction_dropped",
        b"2026-11-21 07:04:09.681\t[P2P0]\tINFO\ttxpool\tsrc/cryptonote_core/tx_pool.cpp:745\tTx <805e56f997675c226de33ccd2949461469e3c31125545b8e58d7c256e17d5913> removed from tx pool due to outdated, age: 259201\n",
        (TransactionDropped(B),),
    ),
]
