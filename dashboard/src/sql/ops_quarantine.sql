-- Quarantined records that nobody dismissed, by reason, the most frequent first. $1: of one feed; null: of all.
SELECT q.feed AS "feed!", q.column_name, q.reason AS "reason!", count(*) AS "records!",
    count(DISTINCT q.object_id) AS "objects!", max(q.seen_at) AS "newest_at!"
FROM ingest.undecided_quarantine q
WHERE $1::text IS NULL OR q.feed = $1
GROUP BY q.feed, q.column_name, q.reason
ORDER BY count(*) DESC, q.feed, q.column_name, q.reason
LIMIT 200
