"""The snapshot: everything known of a network at one point of its journal, as one frozen value."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

# The slices register their reducers when they are imported, and name the types of the fields below.
from state import missed, report_chain
from state.chain import Chain
from state.clocks import Clocks
from state.containers import Containers
from state.contents import Contents
from state.gossip import Gossip
from state.identities import Identities
from state.indexers import Indexers
from state.listening import Listening
from state.nodes import Nodes
from state.peers import Peers
from state.reducers import REDUCERS, Key
from state.registry import Registry
from state.reports import Reports
from state.storage import Storage
from state.streams import Streams
from state.work import Work
from state.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from state.events import Event
    from state.origin import Origin

assert report_chain  # noqa: S101 - importing it registers the reducers of reports
assert missed  # noqa: S101 - and those of gaps

Touched: TypeAlias = tuple[str, Key]
"""(slice, key) of something that changed."""


class NetworkState(msgspec.Struct, frozen=True, gc=False):
    """One slice per concern. Old values stay true for ever: maps share what did not change."""

    nodes: Nodes = Map()
    peers: Peers = Map()
    chain: Chain = Map()
    identities: Identities = Map()
    listening: Listening = Map()
    registry: Registry = Map()
    streams: Streams = Map()
    clocks: Clocks = Map()
    reports: Reports = Map()
    workers: Workers = Map()
    indexers: Indexers = Map()
    contents: Contents = Map()
    storage: Storage = Map()
    gossip: Gossip = Map()
    work: Work = Map()
    containers: Containers = Map()


SLICES: tuple[str, ...] = NetworkState.__struct_fields__


def fold(state: NetworkState, event: Event, origin: Origin) -> tuple[NetworkState, tuple[Touched, ...]]:
    """The next snapshot, and what changed in it.

    The only way a snapshot changes. Total: an event that no slice folds changes nothing. Pure: the same
    state, event and origin give the same answer.
    """
    touched: tuple[Touched, ...] = ()
    for name, reducer in REDUCERS.get(type(event), ()):
        old = getattr(state, name)
        new, keys = reducer(old, event, origin)
        if new is not old:
            state = replace(state, **{name: new})
            touched += ((name, keys[0]),) if len(keys) == 1 else tuple([(name, key) for key in keys])
    return state, touched


def fold_all(state: NetworkState, said: Iterable[tuple[Event, Origin]]) -> NetworkState:
    """Fold a sequence."""
    return reduce(lambda now, one: fold(now, one[0], one[1])[0], said, state)
