-- Writes the books of objects and ends their leases, of those that are still held. $1 the token; the others hold one value an object.
-- Loaded is what readers see from now on: a large transaction began long before.
UPDATE ingest.object o
SET state = 'done', reason = NULL, map_version = said.map_version, loaded_at = statement_timestamp(),
    lease_token = NULL, leased_until = NULL, leased_by = NULL,
    records = said.records, inserted = said.inserted, updated = said.updated, unchanged = said.unchanged,
    superseded = said.superseded, skipped = said.skipped, quarantined = said.quarantined, waiting = said.waiting
FROM unnest($2::bigint[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
    $10::bigint[], $11::bigint[])
    AS said (object_id, map_version, records, inserted, updated, unchanged, superseded, skipped, quarantined, waiting)
WHERE o.object_id = said.object_id AND o.lease_token = $1 AND o.state = 'leased'
