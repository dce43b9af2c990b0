-- Each object's books balance (as the constraint has it), and agree with the records that stand open.
SELECT NOT EXISTS (
    SELECT FROM ingest.object o
    WHERE o.records <> o.inserted + o.updated + o.unchanged + o.superseded + o.skipped + o.quarantined + o.waiting
) AND NOT EXISTS (
    SELECT FROM (
        SELECT object_id, count(*) AS quarantined FROM ingest.quarantine WHERE resolved_at IS NULL GROUP BY object_id
    ) q
    FULL JOIN (SELECT object_id, quarantined FROM ingest.object WHERE quarantined > 0) o USING (object_id)
    WHERE q.quarantined IS DISTINCT FROM o.quarantined
) AND NOT EXISTS (
    SELECT FROM (
        SELECT object_id, count(*) AS waiting
        FROM (
            SELECT result_id, content_hash, first_object AS object_id, first_record AS record FROM ingest.waiting_result
            UNION
            SELECT result_id, content_hash, last_object, last_record FROM ingest.waiting_result
        ) sighting
        GROUP BY object_id
    ) w
    FULL JOIN (SELECT object_id, waiting FROM ingest.object WHERE waiting > 0) o USING (object_id)
    WHERE w.waiting IS DISTINCT FROM o.waiting
) AS "balance!"
