-- The warehouse as lines of text, as the model tells it.
CREATE SCHEMA told;

CREATE FUNCTION told.at(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '-')
$$;

CREATE FUNCTION told.sighting(seen_at timestamptz, object bigint, record integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat(told.at(seen_at), ' ', o.key, ' ', left(encode(o.sha256, 'hex'), 8), '#', record)
    FROM ingest.object o WHERE o.object_id = object
$$;

CREATE FUNCTION told.line(variadic parts text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT array_to_string(parts, '|', '-')
$$;

CREATE VIEW told.warehouse AS
SELECT told.line('patient', state, patient_id, first_name, allergies,
    told.sighting(first_seen_at, first_object, first_record), told.sighting(last_seen_at, last_object, last_record),
    told.at(valid_from), told.at(valid_to)) AS line
FROM (SELECT CASE WHEN is_current THEN 'current' ELSE 'older' END AS state, * FROM warehouse.patient_history) v
UNION ALL
SELECT told.line('admission', state, patient_id, case_number, told.at(admitted_at), told.at(released_at), department,
    told.sighting(first_seen_at, first_object, first_record), told.sighting(last_seen_at, last_object, last_record),
    told.at(valid_from), told.at(valid_to))
FROM (SELECT CASE WHEN is_current THEN 'current' ELSE 'older' END AS state, * FROM warehouse.admission_history) v
UNION ALL
SELECT told.line('lab_test', state, patient_id, test_id, test_name, told.at(ordered_at),
    told.sighting(first_seen_at, first_object, first_record), told.sighting(last_seen_at, last_object, last_record),
    told.at(valid_from), told.at(valid_to))
FROM (SELECT CASE WHEN is_current THEN 'current' ELSE 'older' END AS state, * FROM warehouse.lab_test_history) v
UNION ALL
SELECT told.line('lab_result', state, patient_id, result_id, test_id, stated_patient_id, result_value_text, told.at(performed_at),
    CASE WHEN future_dated THEN 'future' END,
    told.sighting(first_seen_at, first_object, first_record), told.sighting(last_seen_at, last_object, last_record),
    told.at(valid_from), told.at(valid_to))
FROM (SELECT CASE WHEN is_current THEN 'current' ELSE 'older' END AS state, * FROM warehouse.lab_result_history) v
UNION ALL
SELECT told.line('waiting', CASE WHEN is_current THEN 'current' ELSE 'older' END, reason, result_id, test_id,
    result_value_text, told.at(performed_at), CASE WHEN future_dated THEN 'future' END,
    told.sighting(first_seen_at, first_object, first_record), told.sighting(last_seen_at, last_object, last_record))
FROM ingest.waiting_result
UNION ALL
SELECT told.line('test_owner', test_id, patient_id) FROM warehouse.test_owner
UNION ALL
-- A file that was uploaded twice is two objects of the same order, which the model holds to be one.
SELECT DISTINCT told.line('quarantine', target, patient_id, case_number, test_id, result_id, told.sighting(seen_at, object_id, record))
FROM ingest.quarantine WHERE resolved_at IS NULL;

CREATE FUNCTION told.stay(s monitor.stay) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT told.line('stay', s.patient_id, s.case_number, told.at(s.admitted_at), told.at(s.released_at), s.department,
        told.at(s.last_performed_at), told.at(s.idle_since), told.at(s.last_ordered_at),
        s.unperformed_test_id, told.at(s.unperformed_ordered_at), s.waiting_results::text,
        s.conflict, array_to_string(s.conflict_with, ','), s.decided, s.settled_at::text)
$$;

CREATE FUNCTION told.empty_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR place IN SELECT format('%I.%I', schemaname, tablename)::regclass FROM pg_tables
                 WHERE schemaname IN ('ingest', 'warehouse', 'monitor') LOOP
        EXECUTE format('DELETE FROM %s', place);
    END LOOP;
    DELETE FROM app.decision;
END $$;
