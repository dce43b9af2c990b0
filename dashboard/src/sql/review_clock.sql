-- The clock of one stay now, and since when it is in doubt by itself, as the census has them. $1 patient, $2 case number.
SELECT s.idle_since,
    CASE WHEN s.conflict IS NOT NULL OR s.waiting_results > 0 OR d.quarantined > 0
        THEN monitor.doubted_at(s.patient_id, s.case_number) END AS doubted_at
FROM monitor.stays_of($1, now()) s
LEFT JOIN ingest.patient_in_doubt d ON d.patient_id = s.patient_id
WHERE s.case_number = $2
