-- How to reach a patient: what the PMS says of it from its release 2 on, and what the patient says. Neither overwrites the other.
ALTER TABLE warehouse.patient ADD COLUMN address text, ADD COLUMN phone text, ADD COLUMN email text;
ALTER TABLE warehouse.patient_superseded ADD COLUMN address text, ADD COLUMN phone text, ADD COLUMN email text;
COMMENT ON COLUMN warehouse.patient.address IS 'Mailing address, as the PMS says; null in files of its release 1. What the patient says stands in app.contact.';

CREATE OR REPLACE VIEW warehouse.patient_history AS
WITH version AS NOT MATERIALIZED (
    SELECT true AS is_current, c.patient_id, c.first_name, c.last_name, c.date_of_birth, c.primary_physician, c.insurance_provider, c.blood_type, c.allergies, c.address, c.phone, c.email, c.flags, c.extra, c.content_hash, c.map_version, c.first_seen_at, c.first_object, c.first_record,
        l.last_seen_at, l.last_object, l.last_record
    FROM warehouse.patient c
    LEFT JOIN ingest.last_sighting n ON n.content_hash = c.content_hash
    LEFT JOIN ingest.sighting_page g ON g.target = 'patient' AND g.page = ingest.page_of(c.content_hash)
    CROSS JOIN LATERAL ingest.last_said(c.content_hash, c.last_seen_at, c.last_object, c.last_record, n, g) l
    UNION ALL
    SELECT false, patient_id, first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type, allergies, address, phone, email, flags, extra, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record FROM warehouse.patient_superseded
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
    ) END AS valid_to,
    v.address,
    v.phone,
    v.email
FROM version v;

CREATE TABLE app.contact_said (
    contact_said_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient_id text NOT NULL,
    field text NOT NULL CHECK (field IN ('address', 'phone', 'email', 'preferred_name')),
    value text CHECK (length(value) BETWEEN 1 AND 300),
    said_at timestamptz NOT NULL,
    account_id bigint NOT NULL REFERENCES app.account
);
CREATE INDEX contact_said_of_patient ON app.contact_said (patient_id, field, contact_said_id DESC);
COMMENT ON TABLE app.contact_said IS 'What patients said of how to reach and address them, and when. Only ever appended to; no file of the PMS touches it.';
COMMENT ON COLUMN app.contact_said.value IS 'Null: the patient took back what they had said.';

CREATE VIEW app.contact WITH (security_invoker = true) AS
SELECT DISTINCT ON (patient_id, field) patient_id, field, value, said_at
FROM app.contact_said
ORDER BY patient_id, field, contact_said_id DESC;
COMMENT ON VIEW app.contact IS 'What each patient said last, field by field; a null value is one that was taken back.';

REVOKE ALL ON app.contact_said, app.contact FROM wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT ON app.contact_said, app.contact TO wardwatch_dashboard, wardwatch_patient;
GRANT INSERT ON app.contact_said TO wardwatch_patient;
ALTER TABLE app.contact_said ENABLE ROW LEVEL SECURITY;
CREATE POLICY granted ON app.contact_said USING (true) WITH CHECK (true);
CREATE POLICY own_rows_only ON app.contact_said AS RESTRICTIVE TO wardwatch_patient
    USING (patient_id = current_setting('wardwatch.patient_id', true));
