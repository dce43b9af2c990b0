-- How fresh a feed is goes by the newest of its times, each the earlier of order time and last_modified: the object with the
-- greatest order time need not have it, where a source once wrote a name of the future.
CREATE INDEX object_newest ON ingest.object (feed, state, (least(order_time, last_modified)));
DROP INDEX ingest.object_by_feed_and_order;

CREATE OR REPLACE VIEW ingest.feed_freshness AS
SELECT
    f.feed, f.source, f.target, f.freshness_limit,
    seen.newest_seen_at,
    loaded.newest_loaded_at,
    backlog.oldest_not_loaded_at,
    coalesce(backlog.objects, 0) AS not_loaded,
    coalesce(open.held, 0) AS held,
    coalesce(open.failed, 0) AS failed,
    coalesce(unread.quarantined, 0) AS quarantined,
    coalesce(waiting.waiting, 0) AS waiting,
    coalesce(f.freshness_limit < now() - loaded.newest_loaded_at, f.freshness_limit IS NOT NULL) AS is_stale
FROM ingest.feed f
LEFT JOIN LATERAL (
    SELECT max(newest) AS newest_seen_at FROM (
        SELECT (SELECT least(o.order_time, o.last_modified) FROM ingest.object o
                WHERE o.feed = f.feed AND o.state = s.state
                ORDER BY least(o.order_time, o.last_modified) DESC LIMIT 1) AS newest
        FROM unnest(ARRAY['pending', 'leased', 'done', 'held', 'failed', 'gone']) AS s(state)
    ) n
) seen ON true
LEFT JOIN LATERAL (
    SELECT max(newest) AS newest_loaded_at FROM (
        SELECT (SELECT least(o.order_time, o.last_modified) FROM ingest.object o
                WHERE o.feed = f.feed AND o.state = s.state AND o.loaded_at IS NOT NULL
                ORDER BY least(o.order_time, o.last_modified) DESC LIMIT 1) AS newest
        FROM unnest(ARRAY['done', 'gone']) AS s(state)
    ) n
) loaded ON true
LEFT JOIN LATERAL (
    SELECT min(o.order_time) AS oldest_not_loaded_at, count(*) AS objects
    FROM ingest.object o WHERE o.feed = f.feed AND o.state IN ('pending', 'leased')
) backlog ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.state = 'held') AS held, count(*) FILTER (WHERE o.state <> 'held') AS failed
    FROM ingest.open_object o WHERE o.feed = f.feed
) open ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS quarantined FROM ingest.undecided_quarantine q WHERE q.feed = f.feed
) unread ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS waiting FROM ingest.waiting_result w WHERE f.target = 'lab_result' AND w.is_current
) waiting ON true;
