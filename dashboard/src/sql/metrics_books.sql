-- The books of every feed, over the whole ledger.
SELECT feed AS "feed!",
    sum(inserted)::bigint AS "inserted!", sum(updated)::bigint AS "updated!",
    sum(unchanged)::bigint AS "unchanged!", sum(superseded)::bigint AS "superseded!", sum(skipped)::bigint AS "skipped!",
    sum(quarantined)::bigint AS "quarantined!", sum(waiting)::bigint AS "waiting!"
FROM ingest.object
WHERE feed IS NOT NULL
GROUP BY feed
ORDER BY feed
