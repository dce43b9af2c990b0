-- What is in doubt: unread records and objects, and whether a feed can be trusted.

CREATE VIEW ingest.open_object AS
SELECT o.*
FROM ingest.object o
WHERE (o.state IN ('held', 'failed') OR o.state = 'gone' AND o.loaded_at IS NULL AND o.feed IS NOT NULL)
  AND NOT EXISTS (
      SELECT FROM ingest.object later
      WHERE later.bucket = o.bucket AND later.key = o.key AND later.state = 'done'
        AND later.last_modified > o.last_modified
  );
COMMENT ON VIEW ingest.open_object IS 'Objects that were never read (held, failed, or gone before they could be), unless a later version of the same key was. Deleting a file does not end the doubt about what it said.';

CREATE VIEW ingest.open_quarantine AS
SELECT q.*
FROM ingest.quarantine q
WHERE q.resolved_at IS NULL
  AND CASE q.target
      WHEN 'patient' THEN NOT EXISTS (
          SELECT FROM warehouse.patient p
          WHERE p.patient_id = q.patient_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, p.last_seen_at, p.last_object, p.last_record))
      WHEN 'admission' THEN NOT EXISTS (
          SELECT FROM warehouse.admission a
          WHERE a.patient_id = q.patient_id AND a.case_number = q.case_number
            AND ingest.precedes(q.seen_at, q.object_id, q.record, a.last_seen_at, a.last_object, a.last_record))
      WHEN 'lab_test' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_test t
          WHERE t.patient_id = q.patient_id AND t.test_id = q.test_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, t.last_seen_at, t.last_object, t.last_record))
      WHEN 'lab_result' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_result r
          WHERE r.result_id = q.result_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, r.last_seen_at, r.last_object, r.last_record))
      END;
COMMENT ON VIEW ingest.open_quarantine IS 'Quarantined records that are newer than what is shown: unresolved, and not said anew by a later record of the same key.';

CREATE VIEW ingest.patient_in_doubt AS
SELECT q.patient_id, count(*) AS quarantined
FROM (
    SELECT patient_id, object_id, record FROM ingest.open_quarantine WHERE patient_id IS NOT NULL
    UNION
    SELECT o.patient_id, q.object_id, q.record
    FROM ingest.open_quarantine q
    JOIN warehouse.test_owner o ON o.test_id = q.test_id
    WHERE q.patient_id IS NULL
) q
GROUP BY q.patient_id;
COMMENT ON VIEW ingest.patient_in_doubt IS 'Patients with quarantined records newer than what is shown, named by the record itself or through its test id.';

CREATE VIEW ingest.feed_freshness AS
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
                WHERE o.feed = f.feed AND o.state = s.state ORDER BY o.order_time DESC LIMIT 1) AS newest
        FROM unnest(ARRAY['pending', 'leased', 'done', 'held', 'failed', 'gone']) AS s(state)
    ) n
) seen ON true
LEFT JOIN LATERAL (
    SELECT max(newest) AS newest_loaded_at FROM (
        SELECT (SELECT least(o.order_time, o.last_modified) FROM ingest.object o
                WHERE o.feed = f.feed AND o.state = s.state AND o.loaded_at IS NOT NULL
                ORDER BY o.order_time DESC LIMIT 1) AS newest
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
    SELECT count(*) AS quarantined FROM ingest.quarantine q WHERE q.feed = f.feed AND q.resolved_at IS NULL
) unread ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS waiting FROM ingest.waiting_result w WHERE f.target = 'lab_result' AND w.is_current
) waiting ON true;
COMMENT ON VIEW ingest.feed_freshness IS 'How fresh each feed is: newest object seen and loaded, oldest not loaded, and what stands in doubt. Times are the earlier of order time and last_modified: stale data never looks fresh.';
COMMENT ON COLUMN ingest.feed_freshness.is_stale IS 'The newest loaded object is older than the limit, or none was ever loaded. A static feed is never stale.';
