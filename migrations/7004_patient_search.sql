-- Patients are found by a part of a name or id, without accents, and with a misspelling, among a million.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION warehouse.plain(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        regexp_replace(
            replace(replace(replace(translate(normalize(lower(p_text), NFKD), 'øđðłħı', 'oddlhi'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
            '[\u0300-\u036f''’`]', '', 'g'),
        '[^[:alnum:]]+', ' ', 'g'))
$$;
COMMENT ON FUNCTION warehouse.plain IS 'A name as it is searched for: small letters without accents and apostrophes, words set apart by one space.';

ALTER TABLE warehouse.patient ADD COLUMN search_name text COLLATE "C" GENERATED ALWAYS AS (
    left(
        ' ' || coalesce(nullif(warehouse.plain(left(coalesce(last_name, ''), 100) || ' ' || left(coalesce(first_name, ''), 100)), ''), '~')
            || ' ' || warehouse.plain(left(patient_id, 100)),
        300)
) STORED;
COMMENT ON COLUMN warehouse.patient.search_name IS 'Last name, first name and id as warehouse.plain writes them; ~ where there is no name; long ones are cut, for an index holds no more. Orders the list of patients.';

CREATE INDEX patient_by_name ON warehouse.patient (search_name);
CREATE INDEX patient_search ON warehouse.patient USING gin (search_name gin_trgm_ops);

-- COPY does not go into a table with row-level security. It is off while nobody else can reach the empty table: until the
-- end of the transaction that holds it exclusively.
CREATE OR REPLACE FUNCTION warehouse.begin_filling(p_table text) RETURNS boolean
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
        EXECUTE format('ALTER TABLE warehouse.%I DISABLE ROW LEVEL SECURITY', p_table);
        EXECUTE format('ALTER TABLE warehouse.%I DROP CONSTRAINT %I', p_table, p_table || '_pkey');
        IF p_table = 'patient' THEN
            DROP INDEX warehouse.patient_by_name, warehouse.patient_search;
        ELSIF p_table = 'admission' THEN
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

CREATE OR REPLACE FUNCTION warehouse.end_filling(p_table text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    keys constant jsonb := '{"patient": "patient_id", "admission": "patient_id, case_number", "lab_test": "patient_id, test_id", "lab_result": "patient_id, result_id"}';
BEGIN
    IF keys ->> p_table IS NULL THEN
        RAISE EXCEPTION 'no table % of the schema warehouse is filled', p_table;
    END IF;
    SET LOCAL maintenance_work_mem = '128MB';
    EXECUTE format('ALTER TABLE warehouse.%I ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE warehouse.%I ADD CONSTRAINT %I PRIMARY KEY (%s)', p_table, p_table || '_pkey', keys ->> p_table);
    IF p_table = 'patient' THEN
        CREATE INDEX patient_by_name ON warehouse.patient (search_name);
        EXECUTE format('CREATE INDEX patient_search ON warehouse.patient USING gin (search_name %I.gin_trgm_ops)',
            (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'));
    ELSIF p_table = 'admission' THEN
        CREATE INDEX admission_by_case_number ON warehouse.admission (case_number);
    ELSIF p_table = 'lab_result' THEN
        CREATE INDEX lab_result_by_result_id ON warehouse.lab_result (result_id);
    ELSIF p_table = 'lab_test' THEN
        ALTER TABLE warehouse.test_owner ADD CONSTRAINT test_owner_pkey PRIMARY KEY (test_id, patient_id);
        CREATE INDEX test_owner_by_patient ON warehouse.test_owner (patient_id);
    END IF;
END
$$;
