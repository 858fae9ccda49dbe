-- Times end in nanoseconds UTC (bigint), as in the journal; what people query has timestamptz in its views.

CREATE FUNCTION observer.moment(ns bigint) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT
    AS $$ SELECT timestamptz 'epoch' + (ns / 1000) * interval '1 microsecond' $$;

-- The journal ------------------------------------------------------------------------------------

CREATE TABLE observer.network (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    batch bigint NOT NULL DEFAULT 0,    -- counts commits: who has not seen the last one may not make the next
    writer text NOT NULL DEFAULT '',    -- tells which commit the last one was
    begins bigint NOT NULL DEFAULT 1);  -- the first sequence that retention has left

CREATE TABLE observer.meta (
    network integer NOT NULL, key text NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (network, key));

CREATE TABLE observer.source (
    network integer NOT NULL, number bigint NOT NULL, node text NOT NULL, stream text NOT NULL,
    system text, framing text NOT NULL, role text NOT NULL, label text NOT NULL, value bytea NOT NULL,
    lines bigint NOT NULL DEFAULT 0, last_at bigint, raw_bytes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (network, number));

CREATE TABLE observer.incarnation (
    network integer NOT NULL, source bigint NOT NULL, count bigint NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (network, source, count));

CREATE TABLE observer.block (
    network integer NOT NULL, first_seq bigint NOT NULL, count bigint NOT NULL,
    first_at bigint NOT NULL, last_at bigint NOT NULL, raw_bytes bigint NOT NULL, crc bigint NOT NULL,
    heard bytea NOT NULL, columns bytea NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (network, first_seq));
CREATE INDEX block_time ON observer.block (network, last_at);

CREATE TABLE observer.hot (
    network integer NOT NULL, first_seq bigint NOT NULL, matcher bytea NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (network, first_seq, matcher));

CREATE TABLE observer.checkpoint (
    network integer NOT NULL, fingerprint bytea NOT NULL, seq bigint NOT NULL, at bigint NOT NULL,
    digest text NOT NULL, crc bigint NOT NULL, state bytea NOT NULL, engine bytea NOT NULL,
    PRIMARY KEY (network, fingerprint, seq));

-- They are compressed already.
ALTER TABLE observer.block ALTER heard SET STORAGE EXTERNAL, ALTER columns SET STORAGE EXTERNAL,
    ALTER body SET STORAGE EXTERNAL;
ALTER TABLE observer.hot ALTER value SET STORAGE EXTERNAL;
ALTER TABLE observer.checkpoint ALTER state SET STORAGE EXTERNAL, ALTER engine SET STORAGE EXTERNAL;

CREATE TABLE observer.judgement (
    network integer NOT NULL, number integer NOT NULL, seq bigint NOT NULL,
    kind text NOT NULL, hash text NOT NULL, text text NOT NULL,
    PRIMARY KEY (network, number));

-- What follows from it ---------------------------------------------------------------------------

CREATE TABLE observer.event (
    network integer NOT NULL, seq bigint NOT NULL, n integer NOT NULL,
    at timestamptz NOT NULL, at_ns bigint NOT NULL, node text NOT NULL, kind text NOT NULL, payload jsonb NOT NULL,
    PRIMARY KEY (network, seq, n, at)) PARTITION BY RANGE (at);
CREATE INDEX event_time ON observer.event USING brin (at);
CREATE TABLE observer.event_default PARTITION OF observer.event DEFAULT;

CREATE TABLE observer.transition (
    network integer NOT NULL, number bigint NOT NULL, seq bigint NOT NULL, at_ns bigint NOT NULL,
    rule text NOT NULL, state text NOT NULL, severity text NOT NULL, labels jsonb NOT NULL,
    annotations jsonb NOT NULL, reason text, since_ns bigint, value bytea NOT NULL,
    PRIMARY KEY (network, number));
CREATE INDEX transition_time ON observer.transition (network, at_ns);

CREATE TABLE observer.verdict (
    network integer NOT NULL, name text NOT NULL, condition text NOT NULL, result text NOT NULL,
    at_ns bigint NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (network, name));

CREATE TABLE observer.outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network integer NOT NULL, destination text NOT NULL, key text NOT NULL, alert text NOT NULL, at bigint NOT NULL,
    value bytea NOT NULL, again_at bigint NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0, why text,
    settled_at bigint, sent boolean NOT NULL DEFAULT false,
    UNIQUE (network, destination, key));
CREATE INDEX outbox_pending ON observer.outbox (network, destination, alert, number) WHERE settled_at IS NULL;

CREATE TABLE observer.sending (
    network integer PRIMARY KEY, ledger bytea NOT NULL);

-- Where it was read from -------------------------------------------------------------------------

CREATE TABLE observer.position (
    topic text NOT NULL, partition integer NOT NULL, next_offset bigint,
    epoch bigint NOT NULL, owner text NOT NULL,
    PRIMARY KEY (topic, partition));

CREATE TABLE observer.dead_letter (
    topic text NOT NULL, partition integer NOT NULL, why text NOT NULL,
    count bigint NOT NULL, last_offset bigint NOT NULL, last_at bigint NOT NULL,
    PRIMARY KEY (topic, partition, why));

-- The present ------------------------------------------------------------------------------------

CREATE TABLE observer.node_now (
    network integer NOT NULL, node text NOT NULL,
    system text, version text, status text, status_since timestamptz, started_at timestamptz,
    height bigint, tip text, tip_since timestamptz, connections integer, synced boolean, syncing boolean,
    target_height bigint, disconnected_since timestamptz, restarts integer, unclean_stops integer,
    number bigint, problem_lines bigint, crash text,
    PRIMARY KEY (network, node));

CREATE TABLE observer.peer_now (
    network integer NOT NULL, node text NOT NULL, connection text NOT NULL,
    peer text, address text NOT NULL, direction text NOT NULL, since timestamptz NOT NULL, handshaked boolean NOT NULL,
    PRIMARY KEY (network, node, connection));

CREATE TABLE observer.block_now (
    network integer NOT NULL, block text NOT NULL,
    height bigint, first_seen timestamptz, first_node text, on_main text[] NOT NULL,
    alternative text[] NOT NULL, rejected text[] NOT NULL,
    PRIMARY KEY (network, block));
CREATE INDEX block_now_height ON observer.block_now (network, height);

CREATE TABLE observer.clock_now (
    network integer NOT NULL, node text NOT NULL, originator bigint NOT NULL,
    sequence bigint NOT NULL, exact boolean NOT NULL, said_at timestamptz NOT NULL,
    PRIMARY KEY (network, node, originator));

CREATE TABLE observer.report_now (
    network integer NOT NULL, originator bigint NOT NULL, report text NOT NULL,
    start_sequence bigint NOT NULL, end_sequence bigint NOT NULL, stage text NOT NULL, why text NOT NULL,
    since timestamptz NOT NULL, created timestamptz NOT NULL, chosen boolean NOT NULL, open boolean NOT NULL,
    attested text[] NOT NULL, refused text[] NOT NULL, missing text[], quorum integer, active integer,
    remaining bigint,
    PRIMARY KEY (network, originator, report));

CREATE TABLE observer.alert_now (
    network integer NOT NULL, key text NOT NULL, rule text NOT NULL, severity text NOT NULL, state text NOT NULL,
    labels jsonb NOT NULL, annotations jsonb NOT NULL, since_ns bigint, changed_ns bigint NOT NULL, seq bigint NOT NULL,
    blind boolean NOT NULL, blind_reason text,
    PRIMARY KEY (network, key));
