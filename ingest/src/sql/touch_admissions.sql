-- The patients of the staged admissions, and those who share a case number with one of them.
INSERT INTO touched_patient (patient_id)
SELECT patient_id FROM stage_admission
UNION
SELECT a.patient_id FROM stage_admission s JOIN warehouse.admission a ON a.case_number = s.case_number
