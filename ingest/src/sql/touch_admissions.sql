-- Those who share with a touched patient a case number that the batch says. Its locks hold them; whoever shares another case is
-- locked by nobody here, and has nothing that this batch could change.
INSERT INTO touched_patient (patient_id)
SELECT other.patient_id
FROM (SELECT DISTINCT patient_id FROM touched_patient) t
JOIN (SELECT DISTINCT patient_id, case_number FROM stage_admission) said ON said.patient_id = t.patient_id
JOIN warehouse.admission other ON other.case_number = said.case_number AND other.patient_id <> said.patient_id
