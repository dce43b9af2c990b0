SELECT count(*) FILTER (WHERE state NOT IN ('pending', 'leased')),
    count(*) FILTER (WHERE state IN ('pending', 'leased')),
    coalesce(sum(records), 0)::bigint
FROM ingest.object
