-- The patients whose test id this is, with what was ordered and whether they were in hospital at that moment ($2).
SELECT t.patient_id AS "patient_id!", p.first_name AS "first_name?", p.last_name AS "last_name?",
    p.date_of_birth AS "date_of_birth?", p.patient_id IS NOT NULL AS "name_received!",
    t.test_name, t.ordered_at AS "ordered_at!", t.ordering_physician,
    EXISTS (
        SELECT FROM warehouse.admission a
        WHERE a.patient_id = t.patient_id AND a.admitted_at <= $2 AND (a.released_at IS NULL OR a.released_at >= $2)
    ) AS "was_here!"
FROM warehouse.test_owner o
JOIN warehouse.lab_test t ON t.patient_id = o.patient_id AND t.test_id = o.test_id
LEFT JOIN warehouse.patient p ON p.patient_id = t.patient_id
WHERE o.test_id = $1
ORDER BY t.patient_id COLLATE "C"
LIMIT 50
