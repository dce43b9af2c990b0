-- A large object that repeats most of what is known would note each repeat in a row of ingest.last_sighting, by far the most
-- of its cost. Such repeats are packed: a page holds the sightings of all versions whose hash begins with the same two bytes.
CREATE TABLE ingest.sighting_page (
    target text NOT NULL,
    page integer NOT NULL,
    content_hashes uuid[] NOT NULL,
    seen_at timestamptz[] NOT NULL,
    objects bigint[] NOT NULL,
    records integer[] NOT NULL,
    PRIMARY KEY (target, page),
    CONSTRAINT sightings_are_whole CHECK (
        cardinality(seen_at) = cardinality(content_hashes) AND cardinality(objects) = cardinality(content_hashes)
        AND cardinality(records) = cardinality(content_hashes))
);
COMMENT ON TABLE ingest.sighting_page IS 'Last sightings of repeated versions, packed: what a large object repeats. ingest.last_said tells which sighting of a version is the last.';
COMMENT ON COLUMN ingest.sighting_page.target IS 'Table of the schema warehouse.';
COMMENT ON COLUMN ingest.sighting_page.page IS 'ingest.page_of the content hashes.';
COMMENT ON COLUMN ingest.sighting_page.content_hashes IS 'The versions; seen_at, objects and records have the sighting of each at the same place.';

CREATE FUNCTION ingest.page_of(content_hash uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT get_byte(uuid_send(content_hash), 0) << 8 | get_byte(uuid_send(content_hash), 1)
$$;
COMMENT ON FUNCTION ingest.page_of IS 'Page of ingest.sighting_page where a version stands: the first two bytes of its hash.';

-- A row of its own is only ever written where it is later than row and page; a page may have been overtaken by the row.
CREATE FUNCTION ingest.last_said(
    p_content_hash uuid, p_seen_at timestamptz, p_object bigint, p_record integer,
    p_noted ingest.last_sighting, p_page ingest.sighting_page
) RETURNS TABLE (last_seen_at timestamptz, last_object bigint, last_record integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        CASE WHEN (p_noted).content_hash IS NOT NULL THEN (p_noted).last_seen_at
             WHEN later.is_packed THEN (p_page).seen_at[packed.place] ELSE p_seen_at END,
        CASE WHEN (p_noted).content_hash IS NOT NULL THEN (p_noted).last_object
             WHEN later.is_packed THEN (p_page).objects[packed.place] ELSE p_object END,
        CASE WHEN (p_noted).content_hash IS NOT NULL THEN (p_noted).last_record
             WHEN later.is_packed THEN (p_page).records[packed.place] ELSE p_record END
    FROM (SELECT array_position((p_page).content_hashes, p_content_hash) AS place) packed
    CROSS JOIN LATERAL (
        SELECT CASE WHEN packed.place IS NOT NULL THEN ingest.precedes(p_seen_at, p_object, p_record,
            (p_page).seen_at[packed.place], (p_page).objects[packed.place], (p_page).records[packed.place]) END AS is_packed
    ) later
$$;
COMMENT ON FUNCTION ingest.last_said IS 'The last sighting of a current version: of the one in its row, that of its own row in ingest.last_sighting, and that in its page.';

CREATE OR REPLACE VIEW warehouse.patient_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.first_name, c.last_name, c.date_of_birth, c.primary_physician, c.insurance_provider, c.blood_type, c.allergies, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        l.last_seen_at, l.last_object, l.last_record
    FROM warehouse.patient c
    LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
    LEFT JOIN ingest.sighting_page g ON g.target = 'patient' AND g.page = ingest.page_of(c.content_hash)
    CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
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

CREATE OR REPLACE VIEW warehouse.admission_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.case_number, c.admitted_at, c.released_at, c.department, c.room, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        l.last_seen_at, l.last_object, l.last_record
    FROM warehouse.admission c
    LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
    LEFT JOIN ingest.sighting_page g ON g.target = 'admission' AND g.page = ingest.page_of(c.content_hash)
    CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
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

CREATE OR REPLACE VIEW warehouse.lab_test_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.test_id, c.test_name, c.ordered_at, c.ordering_physician, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        l.last_seen_at, l.last_object, l.last_record
    FROM warehouse.lab_test c
    LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
    LEFT JOIN ingest.sighting_page g ON g.target = 'lab_test' AND g.page = ingest.page_of(c.content_hash)
    CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
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

CREATE OR REPLACE VIEW warehouse.lab_result_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.result_id, c.test_id, c.stated_patient_id, c.result_value, c.result_value_text, c.result_unit, c.reference_range, c.result_status, c.performed_at, c.reviewing_physician, c.future_dated, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        l.last_seen_at, l.last_object, l.last_record
    FROM warehouse.lab_result c
    LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
    LEFT JOIN ingest.sighting_page g ON g.target = 'lab_result' AND g.page = ingest.page_of(c.content_hash)
    CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
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

CREATE OR REPLACE VIEW ingest.open_quarantine AS
SELECT q.*
FROM ingest.undecided_quarantine q
WHERE CASE q.target
      WHEN 'patient' THEN NOT EXISTS (
          SELECT FROM warehouse.patient c
          LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
          LEFT JOIN ingest.sighting_page g ON g.target = 'patient' AND g.page = ingest.page_of(c.content_hash)
          CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
          WHERE c.patient_id = q.patient_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, l.last_seen_at, l.last_object, l.last_record))
      WHEN 'admission' THEN NOT EXISTS (
          SELECT FROM warehouse.admission c
          LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
          LEFT JOIN ingest.sighting_page g ON g.target = 'admission' AND g.page = ingest.page_of(c.content_hash)
          CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
          WHERE c.patient_id = q.patient_id AND c.case_number = q.case_number
            AND ingest.precedes(q.seen_at, q.object_id, q.record, l.last_seen_at, l.last_object, l.last_record))
      WHEN 'lab_test' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_test c
          LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
          LEFT JOIN ingest.sighting_page g ON g.target = 'lab_test' AND g.page = ingest.page_of(c.content_hash)
          CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
          WHERE c.patient_id = q.patient_id AND c.test_id = q.test_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, l.last_seen_at, l.last_object, l.last_record))
      WHEN 'lab_result' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_result c
          LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
          LEFT JOIN ingest.sighting_page g ON g.target = 'lab_result' AND g.page = ingest.page_of(c.content_hash)
          CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
          WHERE c.result_id = q.result_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, l.last_seen_at, l.last_object, l.last_record))
      END;

GRANT SELECT, INSERT, UPDATE, DELETE ON ingest.sighting_page TO wardwatch_ingest;
GRANT SELECT ON ingest.sighting_page TO wardwatch_dashboard;
