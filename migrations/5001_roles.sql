-- The two daemons' rights. A login is made by ops and granted one of these roles; a superuser's works too.
DO $$
DECLARE
    daemon text;
    may_create boolean := (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
    FOREACH daemon IN ARRAY ARRAY['wardwatch_ingest', 'wardwatch_dashboard'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = daemon) THEN
            IF NOT may_create THEN
                RAISE EXCEPTION 'role % does not exist and % may not create it: CREATE ROLE % as a superuser first', daemon, current_user, daemon;
            END IF;
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', daemon);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this cluster was migrated at the same moment
            END;
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA ingest, warehouse, monitor, app TO wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT ON ALL TABLES IN SCHEMA ingest, warehouse, monitor, app TO wardwatch_ingest, wardwatch_dashboard;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest, warehouse, monitor TO wardwatch_ingest;
GRANT INSERT, UPDATE ON app.setting, app.threshold TO wardwatch_dashboard;
ALTER DEFAULT PRIVILEGES IN SCHEMA ingest, warehouse, monitor, app GRANT SELECT ON TABLES TO wardwatch_ingest, wardwatch_dashboard;
ALTER DEFAULT PRIVILEGES IN SCHEMA ingest, warehouse, monitor GRANT INSERT, UPDATE, DELETE ON TABLES TO wardwatch_ingest;

-- Both daemons compare the migrations that were applied with those that they know.
DO $$
BEGIN
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON _sqlx_migrations TO wardwatch_ingest, wardwatch_dashboard;
    END IF;
END $$;
