-- What some results ($2) were or are elsewhere than under one patient ($1): under another one before, or waiting. The present row of
-- another patient is not read.
WITH version AS (
    SELECT false AS is_waiting, false AS is_current, s.result_id, s.test_id, s.result_value_text, s.result_unit,
        s.reference_range, s.result_status, s.performed_at, s.reviewing_physician, s.future_dated, s.flags,
        s.map_version, s.first_seen_at, s.last_seen_at, s.first_object, s.first_record
    FROM warehouse.lab_result_superseded s
    WHERE s.result_id = ANY ($2::text[]) AND s.patient_id <> $1
    UNION ALL
    SELECT true, w.is_current, w.result_id, w.test_id, w.result_value_text, w.result_unit,
        w.reference_range, w.result_status, w.performed_at, w.reviewing_physician, w.future_dated, w.flags,
        w.map_version, w.first_seen_at, w.last_seen_at, w.first_object, w.first_record
    FROM ingest.waiting_result w
    WHERE w.result_id = ANY ($2::text[])
)
SELECT
    v.is_waiting AS "is_waiting!", v.is_current AS "is_current!", v.result_id AS "result_id!", v.test_id AS "test_id!",
    v.result_value_text, v.result_unit, v.reference_range, v.result_status,
    v.performed_at AS "performed_at!", v.reviewing_physician, v.future_dated AS "future_dated!", v.flags AS "flags!",
    v.map_version AS "map_version!", v.first_seen_at AS "first_seen_at!", v.last_seen_at AS "last_seen_at!",
    v.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?"
FROM version v
LEFT JOIN ingest.object o ON o.object_id = v.first_object
ORDER BY v.result_id COLLATE "C", v.last_seen_at DESC, v.first_seen_at DESC
