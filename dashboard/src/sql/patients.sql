-- One page of everyone known, by name; those known only from an admission stand last, by id.
-- $1 text, $2 per page, $3 page.
WITH known AS (
    SELECT p.patient_id, p.first_name, p.last_name, p.date_of_birth, true AS name_received FROM warehouse.patient p
    UNION ALL
    SELECT DISTINCT a.patient_id, NULL, NULL, NULL::date, false FROM warehouse.admission a
    WHERE NOT EXISTS (SELECT FROM warehouse.patient p WHERE p.patient_id = a.patient_id)
),
matching AS (
    SELECT * FROM known
    WHERE $1::text IS NULL OR strpos(lower(concat_ws(' ',
        last_name || ', ' || coalesce(first_name, ''), first_name, last_name, patient_id)), lower($1)) > 0
),
summary AS (SELECT count(*) AS total FROM matching),
page AS (
    SELECT * FROM matching
    ORDER BY lower(last_name) NULLS LAST, lower(first_name) NULLS LAST, patient_id COLLATE "C"
    LIMIT $2::bigint OFFSET (SELECT greatest(0, least(($3::bigint - 1) * $2::bigint, (total - 1) / $2::bigint * $2::bigint)) FROM summary)
)
SELECT s.total AS "total!", p.patient_id AS "patient_id?", p.first_name AS "first_name?", p.last_name AS "last_name?",
    p.date_of_birth AS "date_of_birth?", p.name_received AS "name_received?",
    ARRAY(
        SELECT concat_ws(' ', a.department, a.room) FROM warehouse.admission a
        WHERE a.patient_id = p.patient_id AND a.admitted_at <= now() AND (a.released_at IS NULL OR a.released_at > now())
        ORDER BY a.admitted_at
    ) AS "locations!: Vec<String>"
FROM summary s
LEFT JOIN page p ON true
ORDER BY lower(p.last_name) NULLS LAST, lower(p.first_name) NULLS LAST, p.patient_id COLLATE "C"
