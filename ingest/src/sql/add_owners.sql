WITH added AS (
    INSERT INTO warehouse.test_owner (test_id, patient_id)
    SELECT DISTINCT test_id, patient_id FROM stage_lab_test ORDER BY test_id, patient_id
    ON CONFLICT DO NOTHING
    RETURNING test_id
)
INSERT INTO new_owner (test_id) SELECT DISTINCT test_id FROM added
