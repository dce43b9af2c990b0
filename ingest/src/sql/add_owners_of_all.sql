-- The patients whom the filled tests name as owners of their test ids; results are judged anew only where there are any.
INSERT INTO warehouse.test_owner (test_id, patient_id) SELECT test_id, patient_id FROM warehouse.lab_test;
UPDATE warehouse.test_owner SET is_shared = true
WHERE test_id IN (SELECT test_id FROM warehouse.test_owner GROUP BY test_id HAVING count(*) > 1);
INSERT INTO new_owner (test_id)
SELECT DISTINCT test_id FROM warehouse.test_owner
WHERE EXISTS (SELECT FROM ingest.waiting_result) OR EXISTS (SELECT FROM warehouse.lab_result);
