-- What ops need: the ledger of every object that was ever seen, and every record that is not (yet) in the warehouse.
CREATE SCHEMA ingest;
COMMENT ON SCHEMA ingest IS 'The ledger of objects and the records that could not be taken. Written by wardwatch-ingest.';

CREATE TABLE ingest.feed (
    feed text PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('pms', 'lis')),
    target text NOT NULL CHECK (target IN ('patient', 'admission', 'lab_test', 'lab_result')),
    freshness_limit interval
);
COMMENT ON TABLE ingest.feed IS 'The configured feeds, as the ingest daemon last started with them.';
COMMENT ON COLUMN ingest.feed.freshness_limit IS 'The feed is stale when its newest loaded object is older than this; null: the feed is static.';

CREATE TABLE ingest.object (
    object_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bucket text NOT NULL,
    key text COLLATE "C" NOT NULL,
    version_id text,
    etag text,
    last_modified timestamptz NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    order_time timestamptz NOT NULL,
    feed text,
    state text NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'held', 'failed', 'foreign', 'gone')),
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    lease_token uuid,
    leased_by text,
    leased_until timestamptz,
    sha256 bytea CHECK (length(sha256) = 32),
    map_version integer,
    records bigint NOT NULL DEFAULT 0 CHECK (records >= 0),
    inserted bigint NOT NULL DEFAULT 0 CHECK (inserted >= 0),
    updated bigint NOT NULL DEFAULT 0 CHECK (updated >= 0),
    unchanged bigint NOT NULL DEFAULT 0 CHECK (unchanged >= 0),
    superseded bigint NOT NULL DEFAULT 0 CHECK (superseded >= 0),
    skipped bigint NOT NULL DEFAULT 0 CHECK (skipped >= 0),
    quarantined bigint NOT NULL DEFAULT 0 CHECK (quarantined >= 0),
    waiting bigint NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    discovered_at timestamptz NOT NULL DEFAULT now(),
    loaded_at timestamptz,
    CONSTRAINT object_identity UNIQUE NULLS NOT DISTINCT (bucket, key, version_id, etag, last_modified),
    CONSTRAINT books_balance CHECK (
        records = inserted + updated + unchanged + superseded + skipped + quarantined + waiting
    ),
    CONSTRAINT foreign_has_no_feed CHECK ((feed IS NULL) = (state = 'foreign') OR state = 'gone'),
    CONSTRAINT done_is_proven CHECK (state <> 'done' OR (sha256 IS NOT NULL AND loaded_at IS NOT NULL)),
    CONSTRAINT lease_is_whole CHECK ((state = 'leased') = (lease_token IS NOT NULL AND leased_until IS NOT NULL))
);
COMMENT ON TABLE ingest.object IS 'The ledger: one row an object (one version of one key), with its state and its books.';
COMMENT ON COLUMN ingest.object.order_time IS 'First part of the order of an object: the time in its file name, else last_modified, in whole seconds. Then key, last_modified, sha256.';
COMMENT ON COLUMN ingest.object.reason IS 'Why the object is held, failed or gone, and what to do. Never patient data.';
COMMENT ON COLUMN ingest.object.records IS 'Records after the header. Always the sum of the seven outcomes (constraint books_balance).';
COMMENT ON COLUMN ingest.object.loaded_at IS 'When the transaction that took the object began; null until then.';
CREATE INDEX object_claimable ON ingest.object (feed, order_time, key) WHERE state IN ('pending', 'leased');
CREATE INDEX object_by_feed_and_order ON ingest.object (feed, state, order_time);
CREATE INDEX object_leased ON ingest.object (lease_token) WHERE state = 'leased';
CREATE INDEX object_unread ON ingest.object (feed) WHERE state IN ('held', 'failed', 'gone') AND loaded_at IS NULL;
CREATE INDEX object_by_key ON ingest.object (bucket, key);

CREATE FUNCTION ingest.object_precedes(a bigint, b bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (x.order_time, x.key, x.last_modified, x.sha256) < (y.order_time, y.key, y.last_modified, y.sha256)
    FROM ingest.object x, ingest.object y
    WHERE x.object_id = a AND y.object_id = b
$$;
COMMENT ON FUNCTION ingest.object_precedes IS 'Whether object a comes before object b in the order of objects.';

CREATE FUNCTION ingest.precedes(
    a_seen_at timestamptz, a_object bigint, a_record integer,
    b_seen_at timestamptz, b_object bigint, b_record integer
) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN a_seen_at <> b_seen_at THEN a_seen_at < b_seen_at
        WHEN a_object = b_object THEN a_record < b_record
        ELSE ingest.object_precedes(a_object, b_object)
    END
$$;
COMMENT ON FUNCTION ingest.precedes IS 'Whether sighting a (order time, object, record) comes before sighting b. The ledger is asked only when two objects share a second.';

CREATE TABLE ingest.quarantine (
    object_id bigint NOT NULL REFERENCES ingest.object,
    record integer NOT NULL CHECK (record > 0),
    feed text NOT NULL,
    target text NOT NULL,
    column_name text,
    reason text NOT NULL,
    raw text NOT NULL,
    map_version integer NOT NULL,
    seen_at timestamptz NOT NULL,
    patient_id text,
    case_number text,
    test_id text,
    result_id text,
    resolved_at timestamptz,
    resolution text,
    PRIMARY KEY (object_id, record)
);
COMMENT ON TABLE ingest.quarantine IS 'Records that could not be taken, with their raw text, until they are resolved or reprocessed.';
COMMENT ON COLUMN ingest.quarantine.record IS 'Number of the record in its file, from 1 after the header.';
COMMENT ON COLUMN ingest.quarantine.reason IS 'What is wrong, without the value itself.';
COMMENT ON COLUMN ingest.quarantine.patient_id IS 'The identifier that could still be read, as the other identifiers here; null where it could not.';
CREATE INDEX quarantine_open ON ingest.quarantine (patient_id) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_open_by_test ON ingest.quarantine (test_id) WHERE resolved_at IS NULL;

CREATE TABLE ingest.drift (
    feed text NOT NULL,
    map_version integer NOT NULL,
    header text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('unmapped_column', 'missing_column', 'doubled_column')),
    first_object bigint NOT NULL REFERENCES ingest.object,
    objects bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (feed, map_version, header, kind)
);
COMMENT ON TABLE ingest.drift IS 'Headers that the map in force does not know or misses.';
