-- Patients whom only admissions name, by id. $1 an id that alone is asked for, $2 the id after which the page begins, $3 how many.
SELECT a.patient_id,
    ARRAY(
        SELECT concat_ws(' ', s.department, s.room) FROM warehouse.admission s
        WHERE s.patient_id = a.patient_id AND s.admitted_at <= now() AND (s.released_at IS NULL OR s.released_at > now())
        ORDER BY s.admitted_at
    ) AS "locations!: Vec<String>"
FROM (
    SELECT DISTINCT patient_id FROM warehouse.admission n
    WHERE ($1::text IS NULL OR n.patient_id = $1) AND n.patient_id > $2
      AND NOT EXISTS (SELECT FROM warehouse.patient p WHERE p.patient_id = n.patient_id)
    ORDER BY patient_id
    LIMIT $3::bigint
) a
ORDER BY a.patient_id
