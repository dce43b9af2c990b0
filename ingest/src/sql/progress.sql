SELECT count(*) FILTER (WHERE NOT is_left) AS objects,
    coalesce(sum(size_bytes) FILTER (WHERE NOT is_left), 0)::bigint AS bytes,
    coalesce(sum(records), 0)::bigint AS records,
    count(*) FILTER (WHERE is_left) AS objects_left,
    coalesce(sum(size_bytes) FILTER (WHERE is_left), 0)::bigint AS bytes_left
FROM (SELECT size_bytes, records, state IN ('pending', 'leased') AS is_left FROM ingest.object) o
