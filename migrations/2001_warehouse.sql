-- What analysts and the board need: the truth so far. A version of a row is a key with one distinct content; it keeps its
-- first and last sighting (order time, object, record). The current version stands in the table of that name, every other
-- in *_superseded; *_history shows them all. Sightings order by ingest.precedes. Nothing here depends on load time.
CREATE SCHEMA warehouse;
COMMENT ON SCHEMA warehouse IS 'The truth so far, with every earlier version. Written by wardwatch-ingest.';

CREATE TABLE warehouse.patient (
    patient_id text NOT NULL,
    first_name text,
    last_name text,
    date_of_birth date,
    primary_physician text,
    insurance_provider text,
    blood_type text,
    allergies text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id)
);
COMMENT ON TABLE warehouse.patient IS 'One row a patient, as the PMS says now.';
COMMENT ON COLUMN warehouse.patient.allergies IS 'Verbatim; "None" is a value (no known allergies), null means not recorded.';
COMMENT ON COLUMN warehouse.patient.flags IS 'What was assumed while reading: column:date_only, column:dst.';
COMMENT ON COLUMN warehouse.patient.extra IS 'Columns of the file that the map does not name, by header.';
COMMENT ON COLUMN warehouse.patient.content_hash IS 'First 16 bytes of the SHA-256 over the content: two versions of a key differ in it.';
COMMENT ON COLUMN warehouse.patient.map_version IS 'Column map that read the first sighting.';
COMMENT ON COLUMN warehouse.patient.first_seen_at IS 'Order time of the object of the first sighting; with first_object and first_record the lineage of this version.';
CREATE TABLE warehouse.patient_superseded (
    patient_id text NOT NULL,
    first_name text,
    last_name text,
    date_of_birth date,
    primary_physician text,
    insurance_provider text,
    blood_type text,
    allergies text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, content_hash)
);
COMMENT ON TABLE warehouse.patient_superseded IS 'Versions of warehouse.patient that are not the current one.';
CREATE VIEW warehouse.patient_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, patient_id, first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type, allergies, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.patient
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

CREATE TABLE warehouse.admission (
    patient_id text NOT NULL,
    case_number text NOT NULL,
    admitted_at timestamptz NOT NULL,
    released_at timestamptz,
    department text,
    room text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, case_number)
);
COMMENT ON TABLE warehouse.admission IS 'One row a stay in hospital, as the PMS says now.';
COMMENT ON COLUMN warehouse.admission.admitted_at IS 'Instant; hospital wall clock read in the configured time zone.';
COMMENT ON COLUMN warehouse.admission.released_at IS 'Instant; null while the stay is open. A planned release lies in the future.';
COMMENT ON COLUMN warehouse.admission.flags IS 'What was assumed while reading: column:date_only, column:dst.';
COMMENT ON COLUMN warehouse.admission.extra IS 'Columns of the file that the map does not name, by header.';
COMMENT ON COLUMN warehouse.admission.content_hash IS 'First 16 bytes of the SHA-256 over the content: two versions of a key differ in it.';
COMMENT ON COLUMN warehouse.admission.map_version IS 'Column map that read the first sighting.';
COMMENT ON COLUMN warehouse.admission.first_seen_at IS 'Order time of the object of the first sighting; with first_object and first_record the lineage of this version.';
CREATE TABLE warehouse.admission_superseded (
    patient_id text NOT NULL,
    case_number text NOT NULL,
    admitted_at timestamptz NOT NULL,
    released_at timestamptz,
    department text,
    room text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, case_number, content_hash)
);
COMMENT ON TABLE warehouse.admission_superseded IS 'Versions of warehouse.admission that are not the current one.';
CREATE VIEW warehouse.admission_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, patient_id, case_number, admitted_at, released_at, department, room, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.admission
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

CREATE TABLE warehouse.lab_test (
    patient_id text NOT NULL,
    test_id text NOT NULL,
    test_name text,
    ordered_at timestamptz NOT NULL,
    ordering_physician text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, test_id)
);
COMMENT ON TABLE warehouse.lab_test IS 'One row a test that was ordered. A test id may be shared by tests of several patients.';
COMMENT ON COLUMN warehouse.lab_test.ordered_at IS 'Instant of the order.';
COMMENT ON COLUMN warehouse.lab_test.flags IS 'What was assumed while reading: column:date_only, column:dst.';
COMMENT ON COLUMN warehouse.lab_test.extra IS 'Columns of the file that the map does not name, by header.';
COMMENT ON COLUMN warehouse.lab_test.content_hash IS 'First 16 bytes of the SHA-256 over the content: two versions of a key differ in it.';
COMMENT ON COLUMN warehouse.lab_test.map_version IS 'Column map that read the first sighting.';
COMMENT ON COLUMN warehouse.lab_test.first_seen_at IS 'Order time of the object of the first sighting; with first_object and first_record the lineage of this version.';
CREATE TABLE warehouse.lab_test_superseded (
    patient_id text NOT NULL,
    test_id text NOT NULL,
    test_name text,
    ordered_at timestamptz NOT NULL,
    ordering_physician text,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, test_id, content_hash)
);
COMMENT ON TABLE warehouse.lab_test_superseded IS 'Versions of warehouse.lab_test that are not the current one.';
CREATE VIEW warehouse.lab_test_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, patient_id, test_id, test_name, ordered_at, ordering_physician, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.lab_test
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

CREATE TABLE warehouse.lab_result (
    patient_id text NOT NULL,
    result_id text NOT NULL,
    test_id text NOT NULL,
    stated_patient_id text,
    result_value numeric,
    result_value_text text,
    result_unit text,
    reference_range text,
    result_status text,
    performed_at timestamptz NOT NULL,
    reviewing_physician text,
    future_dated boolean NOT NULL,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, result_id)
);
COMMENT ON TABLE warehouse.lab_result IS 'One row a result that belongs to exactly one patient.';
COMMENT ON COLUMN warehouse.lab_result.stated_patient_id IS 'The patient as the source itself names it; null where attribution goes through the test.';
COMMENT ON COLUMN warehouse.lab_result.result_value IS 'The value as a number; null where the text is none.';
COMMENT ON COLUMN warehouse.lab_result.result_value_text IS 'The value verbatim.';
COMMENT ON COLUMN warehouse.lab_result.result_unit IS 'Verbatim; may list several units.';
COMMENT ON COLUMN warehouse.lab_result.performed_at IS 'Instant at which the test was performed.';
COMMENT ON COLUMN warehouse.lab_result.future_dated IS 'Performed later than its object was written plus five minutes: never counts as performed.';
COMMENT ON COLUMN warehouse.lab_result.flags IS 'What was assumed while reading: column:date_only, column:dst.';
COMMENT ON COLUMN warehouse.lab_result.extra IS 'Columns of the file that the map does not name, by header.';
COMMENT ON COLUMN warehouse.lab_result.content_hash IS 'First 16 bytes of the SHA-256 over the content: two versions of a key differ in it.';
COMMENT ON COLUMN warehouse.lab_result.map_version IS 'Column map that read the first sighting.';
COMMENT ON COLUMN warehouse.lab_result.first_seen_at IS 'Order time of the object of the first sighting; with first_object and first_record the lineage of this version.';
CREATE TABLE warehouse.lab_result_superseded (
    patient_id text NOT NULL,
    result_id text NOT NULL,
    test_id text NOT NULL,
    stated_patient_id text,
    result_value numeric,
    result_value_text text,
    result_unit text,
    reference_range text,
    result_status text,
    performed_at timestamptz NOT NULL,
    reviewing_physician text,
    future_dated boolean NOT NULL,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    PRIMARY KEY (patient_id, result_id, content_hash)
);
COMMENT ON TABLE warehouse.lab_result_superseded IS 'Versions of warehouse.lab_result that are not the current one.';
CREATE VIEW warehouse.lab_result_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, patient_id, result_id, test_id, stated_patient_id, result_value, result_value_text, result_unit, reference_range, result_status, performed_at, reviewing_physician, future_dated, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.lab_result
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

CREATE INDEX admission_by_case_number ON warehouse.admission (case_number);
CREATE INDEX lab_result_by_result_id ON warehouse.lab_result (result_id);
CREATE INDEX lab_result_superseded_by_result_id ON warehouse.lab_result_superseded (result_id);

CREATE TABLE warehouse.test_owner (
    test_id text NOT NULL,
    patient_id text NOT NULL,
    PRIMARY KEY (test_id, patient_id)
);
COMMENT ON TABLE warehouse.test_owner IS 'Which patients a test id belongs to. A result is attributed only where there is exactly one.';
CREATE INDEX test_owner_by_patient ON warehouse.test_owner (patient_id);

CREATE TABLE ingest.waiting_result (
    result_id text NOT NULL,
    test_id text NOT NULL,
    stated_patient_id text,
    result_value numeric,
    result_value_text text,
    result_unit text,
    reference_range text,
    result_status text,
    performed_at timestamptz NOT NULL,
    reviewing_physician text,
    future_dated boolean NOT NULL,
    flags text[] NOT NULL,
    extra jsonb,
    content_hash bytea NOT NULL,
    map_version integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    first_object bigint NOT NULL,
    first_record integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_object bigint NOT NULL,
    last_record integer NOT NULL,
    is_current boolean NOT NULL,
    reason text NOT NULL CHECK (reason IN ('no_test', 'ambiguous')),
    PRIMARY KEY (result_id, content_hash)
);
COMMENT ON TABLE ingest.waiting_result IS 'Versions of results that cannot be attributed to exactly one patient: the test is not there yet (no_test), or its id is shared (ambiguous).';
COMMENT ON COLUMN ingest.waiting_result.is_current IS 'Whether no other version of this result was sighted later.';
CREATE INDEX waiting_result_by_test ON ingest.waiting_result (test_id);
