-- The patients whom new tests name as owners of their test ids.
WITH added AS (
    INSERT INTO warehouse.test_owner (test_id, patient_id)
    SELECT DISTINCT s.test_id, s.patient_id
    FROM stage_lab_test s
    WHERE NOT EXISTS (SELECT FROM known_lab_test k WHERE k.place = s.place)
    ORDER BY s.test_id, s.patient_id
    ON CONFLICT DO NOTHING
    RETURNING test_id
)
INSERT INTO new_owner (test_id) SELECT DISTINCT test_id FROM added
