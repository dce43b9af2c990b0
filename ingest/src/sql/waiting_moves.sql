-- Which records began or ceased to wait: the first and the last sighting of every waiting version stand as waiting.
WITH before AS (
    SELECT p.result_id, p.content_hash, s.object_id, s.record
    FROM pool_lab_result p
    CROSS JOIN LATERAL (VALUES (p.first_object, p.first_record), (p.last_object, p.last_record)) AS s (object_id, record)
    WHERE p.was_waiting
    GROUP BY p.result_id, p.content_hash, s.object_id, s.record
), after AS (
    SELECT f.result_id, f.content_hash, s.object_id, s.record
    FROM fold_lab_result f
    CROSS JOIN LATERAL (VALUES (f.first_object, f.first_record), (f.last_object, f.last_record)) AS s (object_id, record)
    WHERE f.patient_id IS NULL
    GROUP BY f.result_id, f.content_hash, s.object_id, s.record
), attributed AS (
    SELECT DISTINCT result_id, content_hash FROM fold_lab_result WHERE patient_id IS NOT NULL
), moved AS (
    SELECT coalesce(a.object_id, b.object_id) AS object_id, b.record IS NULL AS began, t.result_id IS NOT NULL AS is_attributed
    FROM before b
    FULL JOIN after a USING (result_id, content_hash, object_id, record)
    LEFT JOIN attributed t ON t.result_id = b.result_id AND t.content_hash = b.content_hash
    WHERE a.record IS NULL OR b.record IS NULL
)
SELECT object_id AS object_id,
    count(*) FILTER (WHERE began) AS began,
    count(*) FILTER (WHERE NOT began AND is_attributed) AS attributed,
    count(*) FILTER (WHERE NOT began AND NOT is_attributed) AS repeated
FROM moved GROUP BY object_id
