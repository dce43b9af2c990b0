-- Every version of one patient's orders, the current one of each first.
SELECT
    v.is_current AS "is_current!", v.test_id AS "test_id!", v.test_name, v.ordered_at AS "ordered_at!",
    v.ordering_physician, v.flags AS "flags!",
    v.map_version AS "map_version!", v.first_seen_at AS "first_seen_at!", v.last_seen_at AS "last_seen_at!",
    v.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?"
FROM warehouse.lab_test_history v
LEFT JOIN ingest.object o ON o.object_id = v.first_object
WHERE v.patient_id = $1
ORDER BY v.test_id COLLATE "C", v.is_current DESC, v.last_seen_at DESC, v.first_seen_at DESC
