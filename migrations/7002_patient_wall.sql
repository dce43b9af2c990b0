-- The second wall around a patient's own record: the dashboard reads for a patient as this role, which may read four clinical
-- tables, stays and the audit, and in each of them the rows of one patient only, whatever is asked.
DO $$
DECLARE
    may_create boolean := (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wardwatch_patient') THEN
        IF NOT may_create THEN
            RAISE EXCEPTION 'role wardwatch_patient does not exist and % may not create it: CREATE ROLE wardwatch_patient as a superuser first', current_user;
        END IF;
        BEGIN
            CREATE ROLE wardwatch_patient NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this cluster was migrated at the same moment
        END;
    END IF;
    -- The dashboard becomes this role where it reads for a patient, and has none of its limits where it does not.
    BEGIN
        IF (SELECT rolinherit FROM pg_roles WHERE rolname = 'wardwatch_dashboard') THEN
            ALTER ROLE wardwatch_dashboard NOINHERIT;
        END IF;
        IF NOT EXISTS (
            SELECT FROM pg_auth_members m
            WHERE m.roleid = 'wardwatch_patient'::regrole AND m.member = 'wardwatch_dashboard'::regrole
        ) THEN
            GRANT wardwatch_patient TO wardwatch_dashboard;
        END IF;
    EXCEPTION WHEN internal_error OR unique_violation THEN
        NULL; -- the same
    END;
END $$;

GRANT USAGE ON SCHEMA warehouse, monitor, app TO wardwatch_patient;
GRANT SELECT ON warehouse.patient, warehouse.admission, warehouse.lab_test, warehouse.lab_result TO wardwatch_patient;
GRANT SELECT (patient_id, case_number, conflict, decided) ON monitor.stay TO wardwatch_patient;
GRANT SELECT (audit_id, at, actor, role, action, patient_id) ON app.audit TO wardwatch_patient;

-- Everybody else sees what they were granted, as before. The dashboard sets wardwatch.patient_id for one transaction; where it
-- is not set, the role sees nothing.
DO $$
DECLARE
    clinical regclass;
BEGIN
    FOREACH clinical IN ARRAY ARRAY['warehouse.patient', 'warehouse.admission', 'warehouse.lab_test', 'warehouse.lab_result', 'monitor.stay', 'app.audit']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', clinical);
        EXECUTE format('CREATE POLICY granted ON %s USING (true) WITH CHECK (true)', clinical);
        EXECUTE format('CREATE POLICY own_rows_only ON %s AS RESTRICTIVE TO wardwatch_patient USING (patient_id = current_setting(''wardwatch.patient_id'', true))', clinical);
    END LOOP;
END $$;
