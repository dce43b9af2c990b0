-- Results that may be this patient's: their test id names the patient, but not the patient alone. One patient more than are told
-- says that there are more. Whether a result was something else before says whether that is to be asked for.
SELECT
    w.result_id AS "result_id!", w.test_id AS "test_id!", w.reason AS "reason!",
    w.result_value_text, w.result_unit, w.reference_range, w.result_status,
    w.performed_at AS "performed_at!", w.reviewing_physician, w.future_dated AS "future_dated!", w.flags AS "flags!",
    ARRAY(
        SELECT other.patient_id FROM warehouse.test_owner other
        WHERE other.test_id = w.test_id AND other.patient_id <> $1 ORDER BY other.patient_id COLLATE "C" LIMIT 21
    ) AS "others!: Vec<String>",
    EXISTS (SELECT FROM warehouse.lab_result_superseded s WHERE s.result_id = w.result_id)
        OR EXISTS (
            SELECT FROM ingest.waiting_result b WHERE b.result_id = w.result_id AND NOT b.is_current
        ) AS "has_earlier!",
    w.map_version AS "map_version!", w.first_seen_at AS "first_seen_at!", w.last_seen_at AS "last_seen_at!",
    w.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?",
    count(*) OVER () AS "total!"
FROM warehouse.test_owner mine
JOIN ingest.waiting_result w ON w.test_id = mine.test_id AND w.is_current
LEFT JOIN ingest.object o ON o.object_id = w.first_object
WHERE mine.patient_id = $1
ORDER BY w.performed_at DESC, w.result_id COLLATE "C"
LIMIT 200
