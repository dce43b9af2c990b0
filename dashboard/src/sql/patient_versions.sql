-- Every version of one patient's own row, the current one first, each with where it was first said.
SELECT
    v.is_current AS "is_current!", v.first_name, v.last_name, v.date_of_birth, v.primary_physician,
    v.insurance_provider, v.blood_type, v.allergies, v.address, v.phone, v.email, v.flags AS "flags!",
    v.map_version AS "map_version!", v.first_seen_at AS "first_seen_at!", v.last_seen_at AS "last_seen_at!",
    v.first_record AS "record!", o.key AS "object_key?", encode(o.sha256, 'hex') AS "sha256?"
FROM warehouse.patient_history v
LEFT JOIN ingest.object o ON o.object_id = v.first_object
WHERE v.patient_id = $1
ORDER BY v.is_current DESC, v.last_seen_at DESC, v.first_seen_at DESC
