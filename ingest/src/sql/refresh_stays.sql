SELECT monitor.refresh_stay(ARRAY(SELECT DISTINCT patient_id FROM touched_patient WHERE patient_id IS NOT NULL))
