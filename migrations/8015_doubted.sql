-- Since when a stay is in doubt by itself, so that nobody's acknowledgement covers what was not known when it was given.
CREATE FUNCTION monitor.doubted_at(p_patient text, p_case text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT greatest((
        SELECT max(o.loaded_at)
        FROM (
            SELECT unnest(ARRAY[w.last_object, l.last_object])
            FROM warehouse.test_owner t
            JOIN ingest.waiting_result w ON w.test_id = t.test_id AND w.is_current
            JOIN warehouse.test_owner sharing ON sharing.test_id = t.test_id
            JOIN warehouse.lab_test l ON l.patient_id = sharing.patient_id AND l.test_id = sharing.test_id
            WHERE t.patient_id = p_patient
            UNION ALL
            SELECT q.object_id FROM ingest.quarantine q WHERE q.patient_id = p_patient AND q.resolved_at IS NULL
            UNION ALL
            SELECT q.object_id
            FROM warehouse.test_owner t JOIN ingest.quarantine q ON q.test_id = t.test_id
            WHERE t.patient_id = p_patient AND q.patient_id IS NULL AND q.resolved_at IS NULL
            UNION ALL
            SELECT a.last_object
            FROM warehouse.admission a
            WHERE a.case_number = p_case AND (a.patient_id <> p_patient OR a.released_at <= a.admitted_at)
        ) doubt (object_id)
        JOIN ingest.object o ON o.object_id = doubt.object_id
    ), (
        SELECT max(d.decided_at) FROM app.decision d
        WHERE d.kind IN ('case', 'stay') AND d.case_number = p_case AND d.choice = 'withdrawn'
    ))
$$;
COMMENT ON FUNCTION monitor.doubted_at IS
    'When the newest of what can make a stay doubtful was loaded, or a decision about it withdrawn: waiting results, unreadable records, a shared case number, a release before the admission. Says nothing of whether the stay is in doubt now.';

CREATE FUNCTION monitor.was_performed_since(p_patient text, p_idle_since timestamptz, p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM warehouse.lab_result_superseded was
        JOIN ingest.object o ON o.object_id = was.last_object
        WHERE was.patient_id = p_patient AND was.performed_at > p_idle_since AND NOT was.future_dated AND o.loaded_at > p_since
    )
$$;
COMMENT ON FUNCTION monitor.was_performed_since IS
    'Whether a result was loaded after a moment that moved a clock and does not stand any more, because it was corrected or moved to another patient.';
