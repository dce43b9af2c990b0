-- Since when a stay is in doubt by itself, so that nobody's acknowledgement covers a doubt that its page did not show.
ALTER TABLE app.review ADD COLUMN doubted_at timestamptz;
COMMENT ON COLUMN app.review.doubted_at IS 'Of an acknowledgement: since when the stay was in doubt by itself, as the page showed it; null: it was not. A later doubt is not acknowledged.';

-- A version that is only repeated makes nothing new, so that it counts by its first sighting; what stood in between and what people
-- decided count, too, for they bring an old version back.
CREATE FUNCTION monitor.doubted_at(p_patient text, p_case text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest((
        SELECT max(o.loaded_at)
        FROM (
            SELECT unnest(ARRAY[version.first_object, l.first_object])
            FROM warehouse.test_owner t
            JOIN ingest.waiting_result w ON w.test_id = t.test_id AND w.is_current
            CROSS JOIN LATERAL (
                SELECT v.first_object FROM ingest.waiting_result v WHERE v.test_id = t.test_id AND v.result_id = w.result_id
                UNION ALL
                SELECT v.first_object FROM warehouse.lab_result_superseded v WHERE v.result_id = w.result_id
            ) version
            JOIN warehouse.test_owner sharing ON sharing.test_id = t.test_id
            JOIN warehouse.lab_test l ON l.patient_id = sharing.patient_id AND l.test_id = sharing.test_id
            WHERE t.patient_id = p_patient
            UNION ALL
            SELECT q.object_id FROM ingest.quarantine q WHERE q.patient_id = p_patient AND q.resolved_at IS NULL
            UNION ALL
            SELECT unnest(ARRAY[q.object_id, l.first_object])
            FROM warehouse.test_owner t
            JOIN ingest.quarantine q ON q.test_id = t.test_id AND q.patient_id IS NULL AND q.resolved_at IS NULL
            JOIN warehouse.lab_test l ON l.patient_id = t.patient_id AND l.test_id = t.test_id
            WHERE t.patient_id = p_patient
            UNION ALL
            SELECT version.object_id
            FROM warehouse.admission a
            CROSS JOIN LATERAL (
                SELECT a.first_object
                UNION ALL
                SELECT v.first_object FROM warehouse.admission_superseded v
                WHERE v.patient_id = a.patient_id AND v.case_number = a.case_number
            ) version (object_id)
            WHERE a.case_number = p_case AND (a.patient_id <> p_patient OR a.released_at <= a.admitted_at)
        ) doubt (object_id)
        JOIN ingest.object o ON o.object_id = doubt.object_id
    ), (
        SELECT max(d.decided_at) FROM app.decision d
        WHERE d.choice = 'withdrawn' AND (
            d.kind IN ('case', 'stay') AND d.case_number = p_case
            OR d.kind = 'result' AND EXISTS (
                SELECT FROM ingest.waiting_result w JOIN warehouse.test_owner t ON t.test_id = w.test_id
                WHERE w.result_id = d.result_id AND t.patient_id = p_patient
            )
            OR d.kind = 'record' AND EXISTS (
                SELECT FROM ingest.quarantine q JOIN ingest.object o ON o.object_id = q.object_id
                WHERE q.record = d.record AND o.key = d.key AND q.resolved_at IS NULL
            )
        )
    ))
$$;
COMMENT ON FUNCTION monitor.doubted_at IS
    'When the newest of what can make a stay doubtful was loaded, or a decision about it withdrawn: waiting results, unreadable records, a shared case number, a release before the admission. Says nothing of whether the stay is in doubt now.';

CREATE FUNCTION monitor.was_performed_since(p_patient text, p_idle_since timestamptz, p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM warehouse.lab_result_superseded was
        JOIN ingest.object o ON o.object_id = was.last_object
        WHERE was.patient_id = p_patient AND was.performed_at > p_idle_since AND NOT was.future_dated AND o.loaded_at > p_since
    ) OR EXISTS (
        SELECT FROM app.decision d
        JOIN warehouse.lab_result r ON r.result_id = d.result_id AND r.patient_id <> p_patient
        JOIN warehouse.test_owner t ON t.test_id = r.test_id AND t.patient_id = p_patient
        WHERE d.kind = 'result' AND d.choice = 'patient' AND d.decided_at > p_since AND r.performed_at > p_idle_since
    )
$$;
COMMENT ON FUNCTION monitor.was_performed_since IS
    'Whether a result was loaded after a moment that moved a clock and does not stand any more, because it was corrected or moved to another patient; or whether a person has given one since then to another patient that may have.';
