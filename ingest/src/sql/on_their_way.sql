-- Objects of this key ($1) and this feed ($2) that are still to be loaded, and whether whoever reads these feeds ($5) of this
-- bucket ($3) below this prefix ($4) loads them. Why an object was held is forgotten when it is given back.
SELECT object_id, bucket = $3 AND starts_with(key, $4) AND feed = ANY ($5) AS "is_ours!"
FROM ingest.object
WHERE state IN ('pending', 'leased') AND ($1::text IS NULL OR key = $1) AND ($2::text IS NULL OR feed = $2)
