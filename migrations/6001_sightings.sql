-- Where a version was said last, for versions that were said again after they were written; and content hashes that cover
-- the key, so that one hash names one version. Repeating a row costs a narrow row here, not a rewriting of the row.
CREATE TABLE ingest.last_sighting (
    content_hash uuid PRIMARY KEY,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE ingest.last_sighting IS 'The last sighting of a current version, where it is later than the one that stands in its row. Folded into the row when the row is written anew.';
COMMENT ON COLUMN ingest.last_sighting.content_hash IS 'Names the version, as in the tables of the schema warehouse and in ingest.waiting_result.';

DROP VIEW warehouse.patient_history;
DROP VIEW warehouse.admission_history;
DROP VIEW warehouse.lab_test_history;
DROP VIEW warehouse.lab_result_history;

-- The hash of a version was taken over its content alone; now over the lengths and texts of its key, and that hash.
ALTER TABLE warehouse.patient ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.patient_superseded ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.admission ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || convert_to(octet_length(case_number) || ':' || case_number, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.admission_superseded ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || convert_to(octet_length(case_number) || ':' || case_number, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.lab_test ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || convert_to(octet_length(test_id) || ':' || test_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.lab_test_superseded ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(patient_id) || ':' || patient_id, 'UTF8') || convert_to(octet_length(test_id) || ':' || test_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.lab_result ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(result_id) || ':' || result_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE warehouse.lab_result_superseded ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(result_id) || ':' || result_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
ALTER TABLE ingest.waiting_result ALTER COLUMN content_hash TYPE uuid
    USING encode(substr(sha256(convert_to(octet_length(result_id) || ':' || result_id, 'UTF8') || content_hash), 1, 16), 'hex')::uuid;
COMMENT ON COLUMN warehouse.patient.content_hash IS 'Names the version: first 16 bytes of a SHA-256 over key and content.';
COMMENT ON COLUMN warehouse.patient.last_seen_at IS 'Order time of the last sighting when the row was written; a later one stands in ingest.last_sighting. warehouse.patient_history shows the last of both.';
COMMENT ON COLUMN warehouse.admission.content_hash IS 'Names the version: first 16 bytes of a SHA-256 over key and content.';
COMMENT ON COLUMN warehouse.admission.last_seen_at IS 'Order time of the last sighting when the row was written; a later one stands in ingest.last_sighting. warehouse.admission_history shows the last of both.';
COMMENT ON COLUMN warehouse.lab_test.content_hash IS 'Names the version: first 16 bytes of a SHA-256 over key and content.';
COMMENT ON COLUMN warehouse.lab_test.last_seen_at IS 'Order time of the last sighting when the row was written; a later one stands in ingest.last_sighting. warehouse.lab_test_history shows the last of both.';
COMMENT ON COLUMN warehouse.lab_result.content_hash IS 'Names the version: first 16 bytes of a SHA-256 over key and content.';
COMMENT ON COLUMN warehouse.lab_result.last_seen_at IS 'Order time of the last sighting when the row was written; a later one stands in ingest.last_sighting. warehouse.lab_result_history shows the last of both.';

CREATE VIEW warehouse.patient_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.first_name, c.last_name, c.date_of_birth, c.primary_physician, c.insurance_provider, c.blood_type, c.allergies, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        coalesce(l.last_seen_at, c.last_seen_at) AS last_seen_at, coalesce(l.last_object, c.last_object) AS last_object,
        coalesce(l.last_record, c.last_record) AS last_record
    FROM warehouse.patient c
    LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
    UNION ALL
    SELECT false, patient_id, first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type, allergies, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.patient_superseded
)
SELECT
    v.patient_id,
    v.first_name,
    v.last_name,
    v.date_of_birth,
    v.primary_physician,
    v.insurance_provider,
    v.blood_type,
    v.allergies,
    v.flags,
    v.extra,
    v.content_hash,
    v.map_version,
    v.first_seen_at,
    v.first_object,
    v.first_record,
    v.last_seen_at,
    v.last_object,
    v.last_record,
    v.is_current,
    v.first_seen_at AS valid_from,
    CASE WHEN NOT v.is_current THEN (
        SELECT min(CASE WHEN o.first_seen_at > v.last_seen_at THEN o.first_seen_at ELSE o.last_seen_at END)
        FROM version o
        WHERE o.patient_id = v.patient_id AND o.content_hash <> v.content_hash AND o.last_seen_at >= v.last_seen_at
    ) END AS valid_to
FROM version v;
COMMENT ON VIEW warehouse.patient_history IS 'Every version of warehouse.patient; valid_from and valid_to are in the order of objects, never load time.';

CREATE VIEW warehouse.admission_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.case_number, c.admitted_at, c.released_at, c.department, c.room, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        coalesce(l.last_seen_at, c.last_seen_at) AS last_seen_at, coalesce(l.last_object, c.last_object) AS last_object,
        coalesce(l.last_record, c.last_record) AS last_record
    FROM warehouse.admission c
    LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
    UNION ALL
    SELECT false, patient_id, case_number, admitted_at, released_at, department, room, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.admission_superseded
)
SELECT
    v.patient_id,
    v.case_number,
    v.admitted_at,
    v.released_at,
    v.department,
    v.room,
    v.flags,
    v.extra,
    v.content_hash,
    v.map_version,
    v.first_seen_at,
    v.first_object,
    v.first_record,
    v.last_seen_at,
    v.last_object,
    v.last_record,
    v.is_current,
    v.first_seen_at AS valid_from,
    CASE WHEN NOT v.is_current THEN (
        SELECT min(CASE WHEN o.first_seen_at > v.last_seen_at THEN o.first_seen_at ELSE o.last_seen_at END)
        FROM version o
        WHERE o.patient_id = v.patient_id AND o.case_number = v.case_number AND o.content_hash <> v.content_hash AND o.last_seen_at >= v.last_seen_at
    ) END AS valid_to
FROM version v;
COMMENT ON VIEW warehouse.admission_history IS 'Every version of warehouse.admission; valid_from and valid_to are in the order of objects, never load time.';

CREATE VIEW warehouse.lab_test_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.test_id, c.test_name, c.ordered_at, c.ordering_physician, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        coalesce(l.last_seen_at, c.last_seen_at) AS last_seen_at, coalesce(l.last_object, c.last_object) AS last_object,
        coalesce(l.last_record, c.last_record) AS last_record
    FROM warehouse.lab_test c
    LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
    UNION ALL
    SELECT false, patient_id, test_id, test_name, ordered_at, ordering_physician, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.lab_test_superseded
)
SELECT
    v.patient_id,
    v.test_id,
    v.test_name,
    v.ordered_at,
    v.ordering_physician,
    v.flags,
    v.extra,
    v.content_hash,
    v.map_version,
    v.first_seen_at,
    v.first_object,
    v.first_record,
    v.last_seen_at,
    v.last_object,
    v.last_record,
    v.is_current,
    v.first_seen_at AS valid_from,
    CASE WHEN NOT v.is_current THEN (
        SELECT min(CASE WHEN o.first_seen_at > v.last_seen_at THEN o.first_seen_at ELSE o.last_seen_at END)
        FROM version o
        WHERE o.patient_id = v.patient_id AND o.test_id = v.test_id AND o.content_hash <> v.content_hash AND o.last_seen_at >= v.last_seen_at
    ) END AS valid_to
FROM version v;
COMMENT ON VIEW warehouse.lab_test_history IS 'Every version of warehouse.lab_test; valid_from and valid_to are in the order of objects, never load time.';

CREATE VIEW warehouse.lab_result_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.result_id, c.test_id, c.stated_patient_id, c.result_value, c.result_value_text, c.result_unit, c.reference_range, c.result_status, c.performed_at, c.reviewing_physician, c.future_dated, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        coalesce(l.last_seen_at, c.last_seen_at) AS last_seen_at, coalesce(l.last_object, c.last_object) AS last_object,
        coalesce(l.last_record, c.last_record) AS last_record
    FROM warehouse.lab_result c
    LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
    UNION ALL
    SELECT false, patient_id, result_id, test_id, stated_patient_id, result_value, result_value_text, result_unit, reference_range, result_status, performed_at, reviewing_physician, future_dated, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.lab_result_superseded
)
SELECT
    v.patient_id,
    v.result_id,
    v.test_id,
    v.stated_patient_id,
    v.result_value,
    v.result_value_text,
    v.result_unit,
    v.reference_range,
    v.result_status,
    v.performed_at,
    v.reviewing_physician,
    v.future_dated,
    v.flags,
    v.extra,
    v.content_hash,
    v.map_version,
    v.first_seen_at,
    v.first_object,
    v.first_record,
    v.last_seen_at,
    v.last_object,
    v.last_record,
    v.is_current,
    v.first_seen_at AS valid_from,
    CASE WHEN NOT v.is_current THEN (
        SELECT min(CASE WHEN o.first_seen_at > v.last_seen_at THEN o.first_seen_at ELSE o.last_seen_at END)
        FROM version o
        WHERE o.result_id = v.result_id AND o.content_hash <> v.content_hash AND o.last_seen_at >= v.last_seen_at
    ) END AS valid_to
FROM version v;
COMMENT ON VIEW warehouse.lab_result_history IS 'Every version of warehouse.lab_result; valid_from and valid_to are in the order of objects, never load time.';

-- Whether a test id is shared is asked of every result: it is kept with the owners, who only ever become more.
ALTER TABLE warehouse.test_owner ADD COLUMN is_shared boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN warehouse.test_owner.is_shared IS 'Whether another patient owns the same test id: then none of them owns its results.';
UPDATE warehouse.test_owner o SET is_shared = true
WHERE EXISTS (SELECT FROM warehouse.test_owner other WHERE other.test_id = o.test_id AND other.patient_id <> o.patient_id);

CREATE INDEX test_owner_shared ON warehouse.test_owner (test_id) WHERE is_shared;

-- A first load fills an empty table without its indexes and builds them over the whole: the indexes are the tables' owner's,
-- so the loader asks for it here. Both functions refuse what would be unsafe or slow at any other time.
CREATE FUNCTION warehouse.begin_filling(p_table text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    is_empty boolean;
BEGIN
    IF p_table NOT IN ('patient', 'admission', 'lab_test', 'lab_result') THEN
        RAISE EXCEPTION 'no table % of the schema warehouse is filled', p_table;
    END IF;
    EXECUTE format('LOCK TABLE warehouse.%I IN ACCESS EXCLUSIVE MODE', p_table);
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM warehouse.%I) AND NOT EXISTS (SELECT FROM warehouse.%I)', p_table, p_table || '_superseded')
        INTO is_empty;
    IF is_empty THEN
        EXECUTE format('ALTER TABLE warehouse.%I DROP CONSTRAINT %I', p_table, p_table || '_pkey');
        IF p_table = 'admission' THEN
            DROP INDEX warehouse.admission_by_case_number;
        ELSIF p_table = 'lab_result' THEN
            DROP INDEX warehouse.lab_result_by_result_id;
        ELSIF p_table = 'lab_test' THEN
            ALTER TABLE warehouse.test_owner DROP CONSTRAINT test_owner_pkey;
            DROP INDEX warehouse.test_owner_by_patient;
        END IF;
    END IF;
    RETURN is_empty;
END
$$;
COMMENT ON FUNCTION warehouse.begin_filling IS 'Drops the indexes of an empty table until end_filling, in the same transaction; says whether it did. A table that holds rows is left as it is.';

CREATE FUNCTION warehouse.end_filling(p_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    keys constant jsonb := '{"patient": "patient_id", "admission": "patient_id, case_number", "lab_test": "patient_id, test_id", "lab_result": "patient_id, result_id"}';
BEGIN
    IF keys ->> p_table IS NULL THEN
        RAISE EXCEPTION 'no table % of the schema warehouse is filled', p_table;
    END IF;
    SET LOCAL maintenance_work_mem = '128MB';
    EXECUTE format('ALTER TABLE warehouse.%I ADD CONSTRAINT %I PRIMARY KEY (%s)', p_table, p_table || '_pkey', keys ->> p_table);
    IF p_table = 'admission' THEN
        CREATE INDEX admission_by_case_number ON warehouse.admission (case_number);
    ELSIF p_table = 'lab_result' THEN
        CREATE INDEX lab_result_by_result_id ON warehouse.lab_result (result_id);
    ELSIF p_table = 'lab_test' THEN
        ALTER TABLE warehouse.test_owner ADD CONSTRAINT test_owner_pkey PRIMARY KEY (test_id, patient_id);
        CREATE INDEX test_owner_by_patient ON warehouse.test_owner (patient_id);
    END IF;
END
$$;
COMMENT ON FUNCTION warehouse.end_filling IS 'Builds the indexes that begin_filling dropped.';

CREATE FUNCTION warehouse.gather_statistics(p_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF p_table NOT IN ('patient', 'admission', 'lab_test', 'lab_result', 'test_owner') THEN
        RAISE EXCEPTION 'no table % of the schema warehouse is filled', p_table;
    END IF;
    EXECUTE format('ANALYZE warehouse.%I', p_table);
END
$$;
COMMENT ON FUNCTION warehouse.gather_statistics IS 'Tells the planner of the rows that a large load brought, before it plans over them.';
REVOKE ALL ON FUNCTION warehouse.begin_filling, warehouse.end_filling, warehouse.gather_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION warehouse.begin_filling, warehouse.end_filling, warehouse.gather_statistics TO wardwatch_ingest;
