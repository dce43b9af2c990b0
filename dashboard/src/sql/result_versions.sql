-- Every version of the results that belong to one patient, the current one of each first.
SELECT
    v.is_current AS "is_current!", v.result_id AS "result_id!", v.test_id AS "test_id!",
    v.result_value_text, v.result_unit, v.reference_range, v.result_status,
    v.performed_at AS "performed_at!", v.reviewing_physician, v.future_dated AS "future_dated!", v.flags AS "flags!",
    v.map_version AS "map_version!", v.first_seen_at AS "first_seen_at!", v.last_seen_at AS "last_seen_at!",
    v.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?"
FROM warehouse.lab_result_history v
LEFT JOIN ingest.object o ON o.object_id = v.first_object
WHERE v.patient_id = $1
ORDER BY v.result_id COLLATE "C", v.is_current DESC, v.last_seen_at DESC, v.first_seen_at DESC
