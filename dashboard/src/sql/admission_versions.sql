-- Every version of one patient's admissions, newest stay first, its current version first.
SELECT
    v.is_current AS "is_current!", v.case_number AS "case_number!", v.admitted_at AS "admitted_at!", v.released_at,
    v.department, v.room, v.flags AS "flags!",
    v.map_version AS "map_version!", v.first_seen_at AS "first_seen_at!", v.last_seen_at AS "last_seen_at!",
    v.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?"
FROM warehouse.admission_history v
LEFT JOIN ingest.object o ON o.object_id = v.first_object
WHERE v.patient_id = $1
ORDER BY v.case_number COLLATE "C", v.is_current DESC, v.last_seen_at DESC, v.first_seen_at DESC
