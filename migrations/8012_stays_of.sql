-- One patient's stays as of a moment, from what is kept where that is exact by then. A page about one patient asks for them
-- many times a second: reading a few rows takes a tenth of the time that deriving them does, most of which goes into making
-- ready to run so large a statement.
CREATE FUNCTION monitor.stays_of(p_patient text, p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM monitor.stay s WHERE s.patient_id = p_patient AND s.settled_at > p_as_of) THEN
        RETURN QUERY SELECT * FROM monitor.derive_stay(ARRAY[p_patient], p_as_of);
    ELSE
        RETURN QUERY SELECT * FROM monitor.stay s WHERE s.patient_id = p_patient;
    END IF;
END
$$;
COMMENT ON FUNCTION monitor.stays_of IS
    'All stays of a patient, over or not, with their clocks as of a moment; not before the last commit. Times are instants.';
