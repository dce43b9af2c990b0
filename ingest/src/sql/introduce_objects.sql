-- The objects of the batch: their hashes enter the ledger, for the order of sightings needs them.
WITH introduced AS (
    UPDATE ingest.object o SET sha256 = b.sha256
    FROM unnest($1::bigint[], $2::bytea[], $3::int[]) AS b (object_id, sha256, map_version)
    WHERE o.object_id = b.object_id
    RETURNING o.object_id, o.order_time, b.map_version
)
INSERT INTO batch_object (object_id, seen_at, map_version) SELECT object_id, order_time, map_version FROM introduced
