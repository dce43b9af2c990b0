-- Admissions of which not even the time could be read, with whatever identifier could be.
SELECT
    q.patient_id, q.case_number, count(*) AS quarantined,
    p.patient_id IS NOT NULL AS name_received, p.first_name, p.last_name, p.date_of_birth, p.primary_physician
FROM ingest.open_quarantine q
LEFT JOIN warehouse.patient p ON p.patient_id = q.patient_id
WHERE q.target = 'admission'
GROUP BY q.patient_id, q.case_number, p.patient_id, p.first_name, p.last_name, p.date_of_birth, p.primary_physician,
    CASE WHEN q.patient_id IS NULL OR q.case_number IS NULL THEN q.object_id END,
    CASE WHEN q.patient_id IS NULL OR q.case_number IS NULL THEN q.record END
