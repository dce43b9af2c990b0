-- Quarantined records that nobody dismissed, by reason, the most frequent first.
SELECT q.feed AS "feed!", q.column_name, q.reason AS "reason!", count(*) AS "records!",
    count(DISTINCT q.object_id) AS "objects!", max(q.seen_at) AS "newest_at!"
FROM ingest.undecided_quarantine q
GROUP BY q.feed, q.column_name, q.reason
ORDER BY count(*) DESC, q.feed, q.column_name, q.reason
LIMIT 200
