-- What people ask for, in words that stay. Every view begins with the network's name.

CREATE VIEW observer.nodes AS
    SELECT coalesce(w.name, v.name) AS network, coalesce(n.node, h.node) AS node,
        n.status, n.status_since, n.height, n.tip, n.tip_since, n.connections, n.synced, n.syncing, n.target_height,
        n.version, n.system, n.number, n.started_at, n.restarts, n.unclean_stops, n.disconnected_since,
        n.problem_lines, n.crash, observer.moment(h.last_at) AS last_line_at, coalesce(h.lines, 0) AS lines
    FROM observer.node_now n
    FULL JOIN (
        SELECT network, node, max(last_at) AS last_at, sum(lines)::bigint AS lines
        FROM observer.source GROUP BY network, node) h ON h.network = n.network AND h.node = n.node
    LEFT JOIN observer.network w ON w.id = n.network
    LEFT JOIN observer.network v ON v.id = h.network;

CREATE VIEW observer.peers AS
    SELECT w.name AS network, p.node, p.peer, p.address, p.direction, p.since, p.handshaked, p.connection
    FROM observer.peer_now p JOIN observer.network w ON w.id = p.network;

CREATE VIEW observer.blocks AS
    SELECT w.name AS network, b.height, b.block, b.first_seen, b.first_node, cardinality(b.on_main) AS main_on,
        b.on_main, b.alternative, b.rejected
    FROM observer.block_now b JOIN observer.network w ON w.id = b.network;

CREATE VIEW observer.clocks AS
    SELECT w.name AS network, c.node, c.originator, c.sequence, c.exact, c.said_at
    FROM observer.clock_now c JOIN observer.network w ON w.id = c.network;

CREATE VIEW observer.reports AS
    SELECT w.name AS network, r.originator || ':' || r.start_sequence AS place, r.originator, r.start_sequence,
        r.end_sequence, r.report, r.stage, r.since, r.created, r.why, r.chosen, r.open,
        cardinality(r.attested) AS attestations, r.quorum, r.active, r.attested, r.missing, r.refused, r.remaining
    FROM observer.report_now r JOIN observer.network w ON w.id = r.network;

CREATE VIEW observer.alerts AS
    SELECT w.name AS network, a.rule AS alert, a.severity, a.state, a.labels, a.annotations,
        observer.moment(a.since_ns) AS since, observer.moment(a.changed_ns) AS changed_at, a.seq, a.blind, a.blind_reason
    FROM observer.alert_now a JOIN observer.network w ON w.id = a.network
    WHERE a.state <> 'inactive' OR a.blind;

CREATE VIEW observer.alert_history AS
    SELECT w.name AS network, t.number, t.seq, observer.moment(t.at_ns) AS at, t.rule AS alert, t.state, t.severity,
        t.labels, t.annotations, t.reason, observer.moment(t.since_ns) AS since
    FROM observer.transition t JOIN observer.network w ON w.id = t.network;

CREATE VIEW observer.verdicts AS
    SELECT w.name AS network, v.name, v.condition, v.result, observer.moment(v.at_ns) AS at
    FROM observer.verdict v JOIN observer.network w ON w.id = v.network;

CREATE VIEW observer.events AS
    SELECT w.name AS network, e.at, e.seq, e.n, e.node, e.kind, e.payload, e.at_ns
    FROM observer.event e JOIN observer.network w ON w.id = e.network;

CREATE VIEW observer.sources AS
    SELECT w.name AS network, s.number, s.node, s.stream, s.system, s.framing, s.role, s.label, s.lines, s.raw_bytes,
        observer.moment(s.last_at) AS last_line_at
    FROM observer.source s JOIN observer.network w ON w.id = s.network;

CREATE VIEW observer.journals AS
    SELECT w.name AS network, w.begins AS first_seq, max(b.first_seq + b.count - 1) AS last_seq,
        observer.moment(min(b.first_at)) AS first_at, observer.moment(max(b.last_at)) AS last_at,
        count(b.first_seq) AS blocks, coalesce(sum(b.raw_bytes), 0)::bigint AS raw_bytes,
        coalesce(sum(octet_length(b.body) + octet_length(b.columns)), 0)::bigint AS stored_bytes
    FROM observer.network w LEFT JOIN observer.block b ON b.network = w.id GROUP BY w.id;
