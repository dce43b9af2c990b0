-- Patients whose name is written nearly like this, the most alike first. $1 the words, $2 how many.
SELECT p.patient_id, p.first_name, p.last_name, p.date_of_birth,
    ARRAY(
        SELECT concat_ws(' ', a.department, a.room) FROM warehouse.admission a
        WHERE a.patient_id = p.patient_id AND a.admitted_at <= now() AND (a.released_at IS NULL OR a.released_at > now())
        ORDER BY a.admitted_at
    ) AS "locations!: Vec<String>"
FROM (
    SELECT c.*, (SELECT min(word_similarity(word, c.search_name)) FROM unnest($1::text[]) word) AS alikeness
    FROM warehouse.patient c
    WHERE c.search_name %> $1[1]
    ORDER BY alikeness DESC, c.search_name, c.patient_id
    LIMIT $2::bigint
) p
WHERE p.alikeness >= 0.3
ORDER BY p.alikeness DESC, p.search_name, p.patient_id
