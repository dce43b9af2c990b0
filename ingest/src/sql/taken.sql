SELECT feed AS "feed!", count(*) AS "objects!",
    count(*) FILTER (WHERE state = 'held') AS "held!", count(*) FILTER (WHERE state = 'failed') AS "failed!",
    coalesce(sum(records), 0)::bigint AS "records!", coalesce(sum(inserted), 0)::bigint AS "inserted!",
    coalesce(sum(updated), 0)::bigint AS "updated!", coalesce(sum(unchanged), 0)::bigint AS "unchanged!",
    coalesce(sum(superseded), 0)::bigint AS "superseded!", coalesce(sum(skipped), 0)::bigint AS "skipped!",
    coalesce(sum(quarantined), 0)::bigint AS "quarantined!", coalesce(sum(waiting), 0)::bigint AS "waiting!"
FROM ingest.object
WHERE object_id = ANY ($1) AND feed IS NOT NULL
GROUP BY feed
ORDER BY feed
