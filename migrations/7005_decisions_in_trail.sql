-- What is decided with wardwatch-ingest is in the trail too, and that is all that its role can put there: whoever may run the
-- command has proven no name, so the row says "command line", and the name that was given stands beside it.
CREATE FUNCTION app.append_decision(p_about text, p_by text, p_patient text, p_reason text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT app.append_audit(clock_timestamp(), 'command line', NULL, 'asked', p_patient, NULL, p_about || ' by ' || p_by, p_reason, NULL);
END;
COMMENT ON FUNCTION app.append_decision IS 'Appends to the audit what is asked for with wardwatch-ingest, by whoever may run it.';
REVOKE ALL ON FUNCTION app.append_decision FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.append_decision TO wardwatch_ingest;
