-- One page of the patients who have a row of their own, by name. $1 and $2 the search name and id of the patient after whom the
-- page begins, $3 how many.
SELECT p.patient_id, p.first_name, p.last_name, p.date_of_birth,
    ARRAY(
        SELECT concat_ws(' ', a.department, a.room) FROM warehouse.admission a
        WHERE a.patient_id = p.patient_id AND a.admitted_at <= now() AND (a.released_at IS NULL OR a.released_at > now())
        ORDER BY a.admitted_at
    ) AS "locations!: Vec<String>"
FROM warehouse.patient p
WHERE p.search_name >= $1 AND (p.search_name > $1 OR p.patient_id > $2)
ORDER BY p.search_name, p.patient_id
LIMIT $3::bigint
