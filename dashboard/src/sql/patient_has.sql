-- Whether any feed has named a patient, and what there is beside the records that nearly everybody has. Most have none of it, and
-- need not be asked five times.
-- The statements that follow go by the patient's id, whoever it is: planning them anew would take ten times as long as running them.
SELECT
    set_config('plan_cache_mode', 'force_generic_plan', true) AS plan_cache_mode,
    EXISTS (SELECT FROM warehouse.patient p WHERE p.patient_id = $1)
        OR EXISTS (SELECT FROM warehouse.admission a WHERE a.patient_id = $1)
        OR EXISTS (SELECT FROM warehouse.lab_test t WHERE t.patient_id = $1)
        OR EXISTS (SELECT FROM warehouse.lab_result r WHERE r.patient_id = $1)
        OR EXISTS (SELECT FROM warehouse.lab_result_superseded r WHERE r.patient_id = $1) AS "recorded!",
    EXISTS (SELECT FROM ingest.quarantine q WHERE q.resolved_at IS NULL AND q.patient_id = $1)
        OR EXISTS (
            SELECT FROM warehouse.test_owner o
            JOIN ingest.quarantine q ON q.test_id = o.test_id
            WHERE o.patient_id = $1 AND q.resolved_at IS NULL AND q.patient_id IS NULL
        ) AS "quarantined!",
    EXISTS (
        SELECT FROM warehouse.test_owner o
        JOIN ingest.waiting_result w ON w.test_id = o.test_id AND w.is_current
        WHERE o.patient_id = $1
    ) AS "waiting!",
    EXISTS (
        SELECT FROM warehouse.lab_result r
        JOIN warehouse.lab_result_superseded s ON s.result_id = r.result_id AND s.patient_id <> r.patient_id
        WHERE r.patient_id = $1
    ) OR EXISTS (
        SELECT FROM warehouse.lab_result r
        JOIN ingest.waiting_result w ON w.result_id = r.result_id
        WHERE r.patient_id = $1
    ) AS "moved!",
    EXISTS (SELECT FROM app.contact c WHERE c.patient_id = $1) AS "contact!",
    EXISTS (SELECT FROM app.review r WHERE r.patient_id = $1) AS "reviews!"
