-- Those who share a case number with a touched patient.
INSERT INTO touched_patient (patient_id)
SELECT other.patient_id
FROM (SELECT DISTINCT patient_id FROM touched_patient) t
JOIN warehouse.admission a ON a.patient_id = t.patient_id
JOIN warehouse.admission other ON other.case_number = a.case_number AND other.patient_id <> a.patient_id
