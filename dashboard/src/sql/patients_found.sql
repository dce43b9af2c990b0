-- One page of the patients whose search name fits every pattern, by name, and how many there are in all. $1 to $4 the patterns, $5
-- and $6 the search name and id of the patient after whom the page begins, $7 how many.
-- Found first and sorted afterwards: a walk in the order of names would pass nearly all of them to find the few.
WITH found AS MATERIALIZED (
    SELECT patient_id, first_name, last_name, date_of_birth, search_name FROM warehouse.patient
    WHERE search_name LIKE $1 AND search_name LIKE $2 AND search_name LIKE $3 AND search_name LIKE $4
)
SELECT p.patient_id AS "patient_id!", p.first_name, p.last_name, p.date_of_birth, (SELECT count(*) FROM found) AS "total!",
    ARRAY(
        SELECT concat_ws(' ', a.department, a.room) FROM warehouse.admission a
        WHERE a.patient_id = p.patient_id AND a.admitted_at <= now() AND (a.released_at IS NULL OR a.released_at > now())
        ORDER BY a.admitted_at
    ) AS "locations!: Vec<String>"
FROM found p
WHERE p.search_name >= $5 AND (p.search_name > $5 OR p.patient_id > $6)
ORDER BY p.search_name, p.patient_id
LIMIT $7::bigint
