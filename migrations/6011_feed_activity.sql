-- What ops ask of each feed beyond its freshness: how fast it comes, what came today, what its headers lack, what failed last.
CREATE INDEX object_by_load ON ingest.object (loaded_at) WHERE loaded_at IS NOT NULL;

CREATE TABLE ingest.last_error (
    feed text PRIMARY KEY,
    object_id bigint,
    reason text NOT NULL,
    happened_at timestamptz NOT NULL,
    retries bigint NOT NULL
);
COMMENT ON TABLE ingest.last_error IS 'The last thing that went wrong in each feed, kept when the object is loaded later: an object that was held, failed, gone before it was read or tried in vain, or a bucket that could not be looked through.';
COMMENT ON COLUMN ingest.last_error.object_id IS 'The object; null where the bucket itself failed.';
COMMENT ON COLUMN ingest.last_error.retries IS 'How often any object of the feed was tried in vain and given back to be tried again. Never falls.';
COMMENT ON COLUMN ingest.last_error.reason IS 'Why, as the ledger has it. Never patient data.';
GRANT SELECT ON ingest.last_error TO wardwatch_ingest, wardwatch_dashboard;
GRANT INSERT, UPDATE, DELETE ON ingest.last_error TO wardwatch_ingest;

ALTER TABLE ingest.drift
    ADD COLUMN newest_object bigint,
    ADD COLUMN noticed_at timestamptz;
UPDATE ingest.drift SET newest_object = first_object, noticed_at = now();
ALTER TABLE ingest.drift
    ALTER COLUMN newest_object SET NOT NULL,
    ALTER COLUMN noticed_at SET NOT NULL;
COMMENT ON COLUMN ingest.drift.newest_object IS 'The object that was loaded last of those that had it.';
COMMENT ON COLUMN ingest.drift.noticed_at IS 'When that was. Before maps_in_force.since: the maps that are in force now may know the header.';

CREATE FUNCTION ingest.books_since(p_since timestamptz) RETURNS TABLE (
    feed text, objects bigint, records bigint, inserted bigint, updated bigint, unchanged bigint, superseded bigint,
    skipped bigint, quarantined bigint, waiting bigint
)
LANGUAGE sql STABLE AS $$
    SELECT o.feed, count(*), sum(o.records)::bigint, sum(o.inserted)::bigint, sum(o.updated)::bigint,
        sum(o.unchanged)::bigint, sum(o.superseded)::bigint, sum(o.skipped)::bigint, sum(o.quarantined)::bigint,
        sum(o.waiting)::bigint
    FROM ingest.object o
    WHERE o.loaded_at >= p_since AND o.feed IS NOT NULL
    GROUP BY o.feed
$$;
COMMENT ON FUNCTION ingest.books_since IS 'The books of what was loaded since a moment, by feed, as its records stand now.';

CREATE FUNCTION ingest.feed_activity(p_zone text) RETURNS TABLE (
    feed text, recent_minutes integer, recent_objects bigint, recent_records bigint,
    objects bigint, records bigint, inserted bigint, updated bigint, unchanged bigint, superseded bigint,
    skipped bigint, quarantined bigint, waiting bigint,
    drifted bigint, last_error text, last_error_at timestamptz, last_error_object bigint
)
LANGUAGE sql STABLE AS $$
    SELECT f.feed, 10, coalesce(recent.objects, 0), coalesce(recent.records, 0),
        coalesce(today.objects, 0), coalesce(today.records, 0), coalesce(today.inserted, 0), coalesce(today.updated, 0),
        coalesce(today.unchanged, 0), coalesce(today.superseded, 0), coalesce(today.skipped, 0),
        coalesce(today.quarantined, 0), coalesce(today.waiting, 0),
        drift.headers, wrong.reason, wrong.happened_at, wrong.object_id
    FROM ingest.feed f
    LEFT JOIN ingest.books_since(now() - interval '10 minutes') recent ON recent.feed = f.feed
    LEFT JOIN ingest.books_since(date_trunc('day', now(), p_zone)) today ON today.feed = f.feed
    LEFT JOIN ingest.last_error wrong ON wrong.feed = f.feed
    CROSS JOIN LATERAL (
        SELECT count(*) AS headers FROM ingest.drift d
        LEFT JOIN ingest.maps_in_force m ON m.feed = d.feed
        WHERE d.feed = f.feed AND d.noticed_at >= coalesce(m.since, '-infinity')
    ) drift
$$;
COMMENT ON FUNCTION ingest.feed_activity IS 'By feed: objects and records loaded in the last minutes; the books of what was loaded since midnight of the hospital''s zone; headers that the maps in force do not know or miss; the last error.';
