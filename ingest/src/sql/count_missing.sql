-- How many of the objects that the bucket tells of are not in the ledger, as present ones.
SELECT count(*) AS "missing!"
FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS t (key, version_id, etag, last_modified)
WHERE NOT EXISTS (
    SELECT FROM ingest.object k
    WHERE k.bucket = $1 AND k.key = t.key AND k.state <> 'gone'
      AND ingest.is_same_object(k.version_id, k.etag, k.last_modified, t.version_id, t.etag, t.last_modified)
)
