-- The dashboard vouches for sessions from memory where a board is shown: whatever ends a session or changes what an account may
-- is told at once, by the number of the account.
CREATE FUNCTION app.tell_of_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('wardwatch_account', OLD.account_id::text);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION app.tell_of_account IS 'Tells every dashboard that what it remembers of an account holds no more.';
CREATE TRIGGER account_changed AFTER UPDATE ON app.account FOR EACH ROW EXECUTE FUNCTION app.tell_of_account();
CREATE TRIGGER session_ended AFTER DELETE ON app.session FOR EACH ROW EXECUTE FUNCTION app.tell_of_account();
CREATE TRIGGER session_shortened AFTER UPDATE ON app.session FOR EACH ROW
    WHEN (NEW.ends_at < OLD.ends_at OR NEW.used_at < OLD.used_at OR NEW.token_hash <> OLD.token_hash OR NEW.account_id <> OLD.account_id)
    EXECUTE FUNCTION app.tell_of_account();

-- As before, but whether a view was noted already is found by the patient, and the end of the chain is written once a row.
CREATE OR REPLACE FUNCTION app.append_audit(
    p_at timestamptz, p_actor text, p_role text, p_action text, p_patient text, p_address text, p_about text, p_reason text,
    p_once_within interval
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    head app.audit_head;
    said text[] := ARRAY[(extract(epoch FROM p_at) * 1000000)::bigint::text, p_actor, p_role, p_action, p_patient, p_address, p_about, p_reason];
    is_noted boolean := false;
    new_hash bytea;
BEGIN
    IF p_once_within IS NOT NULL AND p_patient IS NOT NULL THEN
        is_noted := EXISTS (
            SELECT FROM app.audit a
            WHERE a.patient_id = p_patient AND a.at > p_at - p_once_within AND a.action = p_action
              AND a.actor IS NOT DISTINCT FROM p_actor AND a.address IS NOT DISTINCT FROM p_address
              AND a.about IS NOT DISTINCT FROM p_about
        );
    ELSIF p_once_within IS NOT NULL THEN
        is_noted := EXISTS (
            SELECT FROM app.audit a
            WHERE a.action = p_action AND a.at > p_at - p_once_within AND a.patient_id IS NULL
              AND a.actor IS NOT DISTINCT FROM p_actor AND a.address IS NOT DISTINCT FROM p_address
              AND a.about IS NOT DISTINCT FROM p_about
        );
    END IF;
    IF is_noted THEN
        RETURN NULL;
    END IF;
    -- Holds the end of the chain until the caller commits: one row follows one row.
    SELECT * INTO STRICT head FROM app.audit_head FOR UPDATE;
    head.rows := head.rows + 1;
    SELECT sha256(head.hash || convert_to(head.rows || ',' || string_agg(coalesce(octet_length(word) || ':' || word, '-'), ',' ORDER BY place), 'UTF8'))
    INTO new_hash FROM unnest(said) WITH ORDINALITY AS u (word, place);
    INSERT INTO app.audit (audit_id, at, actor, role, action, patient_id, address, about, reason, hash)
    VALUES (head.rows, p_at, p_actor, p_role, p_action, p_patient, p_address, p_about, p_reason, new_hash);
    UPDATE app.audit_head SET rows = head.rows, hash = new_hash;
    RETURN head.rows;
END
$$;
