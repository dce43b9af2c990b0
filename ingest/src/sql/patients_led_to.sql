SELECT patient_id FROM warehouse.test_owner WHERE test_id = ANY ($1)
UNION
SELECT patient_id FROM warehouse.lab_result WHERE result_id = ANY ($2)
UNION
SELECT patient_id FROM warehouse.admission WHERE case_number = ANY ($3)
