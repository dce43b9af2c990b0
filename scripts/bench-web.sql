-- An invented hospital for scripts/bench-web: so many patients with one stay each, of which so many are open, and so many results
-- over all of them, two a test. No row describes a person. A thousand viewers are signed in; scripts/bench-web knows their cookies.
\set ON_ERROR_STOP on
\set QUIET on

INSERT INTO ingest.feed (feed, source, target, freshness_limit) VALUES
    ('pms.patient_information', 'pms', 'patient', NULL), ('pms.admissions', 'pms', 'admission', NULL),
    ('lis.lab_tests', 'lis', 'lab_test', NULL), ('lis.lab_results', 'lis', 'lab_result', NULL)
ON CONFLICT (feed) DO UPDATE SET freshness_limit = NULL;
INSERT INTO ingest.object (bucket, key, last_modified, size_bytes, order_time, feed, state, sha256, map_version, loaded_at)
SELECT 'file:///bench', feed || '.csv', now(), 1, now(), feed, 'done', sha256('x'), 1, now() FROM ingest.feed;

BEGIN;
SELECT warehouse.begin_filling('patient');
INSERT INTO warehouse.patient (patient_id, first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type,
    allergies, flags, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
SELECT 'P' || lpad(n::text, 7, '0'), 'Given' || n % 1500, 'Family' || n % 9700, date '1930-01-01' + n % 34000,
    'Dr. Physician ' || n % 300, 'Insurance ' || n % 12, (ARRAY['A+', 'B+', 'AB-', '0+'])[n % 4 + 1],
    (ARRAY['Penicillin', 'None', NULL])[n % 3 + 1], '{}', md5('p' || n)::uuid, 1, now(), 1, n, now(), 1, n
FROM generate_series(1, :patients) n;
SELECT warehouse.end_filling('patient');
COMMIT;

-- Open stays began two to thirty days ago, the others ended within the last five years.
BEGIN;
SELECT warehouse.begin_filling('admission');
INSERT INTO warehouse.admission (patient_id, case_number, admitted_at, released_at, department, room,
    flags, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
SELECT 'P' || lpad(n::text, 7, '0'), 'C' || n, since, CASE WHEN n > :open THEN since + interval '6 days' END,
    'Department ' || n % 22, 'R-' || n % 4000, '{}', md5('a' || n)::uuid, 1, now(), 2, n, now(), 2, n
FROM (
    SELECT n, date_trunc('minute', now()) - CASE WHEN n <= :open THEN interval '2 days' + interval '1 minute' * (n * 7919 % 40000)
        ELSE interval '7 days' + interval '1 hour' * (n * 7919 % 43000) END AS since
    FROM generate_series(1, :patients::bigint) n
) stay;
SELECT warehouse.end_filling('admission');
COMMIT;

-- Spread over the first part of each stay, so that most open ones are idle. Every fifth open one has an order of an hour ago.
BEGIN;
SELECT warehouse.begin_filling('lab_test');
INSERT INTO warehouse.lab_test (patient_id, test_id, test_name, ordered_at, ordering_physician,
    flags, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
SELECT 'P' || lpad(p::text, 7, '0'), 'T' || n, (ARRAY['Troponin', 'Complete blood count', 'CRP', 'Lactate', 'INR'])[n % 5 + 1],
    CASE WHEN p <= :open AND p % 5 = 0 AND n < :patients THEN date_trunc('minute', now()) - interval '1 hour'
        ELSE a.admitted_at + interval '1 hour' + (least(coalesce(a.released_at, now()), a.admitted_at + interval '6 days') - a.admitted_at)
            * (n / :patients::bigint) / (:results / 2 / :patients + 4)::float8 END,
    'Dr. Physician ' || n % 300, '{}', md5('t' || n)::uuid, 1, now(), 3, n, now(), 3, n
FROM (SELECT n, n % :patients::bigint + 1 AS p FROM generate_series(0, :results::bigint / 2 - 1) n) test
JOIN warehouse.admission a ON a.case_number = 'C' || p;
INSERT INTO warehouse.test_owner (test_id, patient_id) SELECT test_id, patient_id FROM warehouse.lab_test;
SELECT warehouse.end_filling('lab_test');
COMMIT;

BEGIN;
SELECT warehouse.begin_filling('lab_result');
INSERT INTO warehouse.lab_result (patient_id, result_id, test_id, result_value, result_value_text, result_unit, result_status, performed_at,
    future_dated, flags, content_hash, map_version, first_seen_at, first_object, first_record, last_seen_at, last_object, last_record)
SELECT t.patient_id, 'R' || t.first_record || '-' || part, t.test_id, value, value::text, (ARRAY['ng/L', 'g/dL'])[part],
    (ARRAY['Normal', 'Abnormal High', 'Abnormal Low'])[t.first_record % 3 + 1], t.ordered_at + interval '40 minutes',
    false, '{}', md5('r' || t.first_record || '-' || part)::uuid, 1, now(), 4, t.first_record, now(), 4, t.first_record
FROM warehouse.lab_test t
CROSS JOIN generate_series(1, 2) part
CROSS JOIN LATERAL (SELECT round((t.first_record * 31 % 9973)::numeric / 17, 4) AS value) measured
WHERE t.ordered_at < now() - interval '90 minutes';
SELECT warehouse.end_filling('lab_result');
COMMIT;

VACUUM (ANALYZE) warehouse.patient, warehouse.admission, warehouse.lab_test, warehouse.lab_result, warehouse.test_owner;
INSERT INTO monitor.stay SELECT * FROM monitor.derive_stay(NULL, 'infinity');
VACUUM (ANALYZE) monitor.stay;

-- Viewers, each with a session of their own: v1, v2 and so on. The first is the one who is measured.
INSERT INTO app.account (name, role, password_hash, password_set_at, made_at)
SELECT 'v' || n, 'clinician', 'none', now(), now() FROM generate_series(1, 1000) n;
INSERT INTO app.session (token_hash, account_id, started_at, used_at, ends_at)
SELECT sha256(convert_to(lpad(substr(a.name, 2), 42, 'v') || 'A', 'UTF8')), a.account_id, now(), now(), now() + interval '12 hours'
FROM app.account a WHERE a.password_hash = 'none';
ANALYZE app.session, app.account;
