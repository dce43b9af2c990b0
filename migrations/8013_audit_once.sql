-- As before, but a view that is noted with a moment yet to come hides no later one, where a clock was put right meanwhile; and a
-- view for another reason is another view: one through a broken glass is noted also where the record was open before.
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
            WHERE a.patient_id = p_patient AND a.at > p_at - p_once_within AND a.at <= p_at AND a.action = p_action
              AND a.actor IS NOT DISTINCT FROM p_actor AND a.address IS NOT DISTINCT FROM p_address
              AND a.about IS NOT DISTINCT FROM p_about AND a.reason IS NOT DISTINCT FROM p_reason
        );
    ELSIF p_once_within IS NOT NULL THEN
        is_noted := EXISTS (
            SELECT FROM app.audit a
            WHERE a.action = p_action AND a.at > p_at - p_once_within AND a.at <= p_at AND a.patient_id IS NULL
              AND a.actor IS NOT DISTINCT FROM p_actor AND a.address IS NOT DISTINCT FROM p_address
              AND a.about IS NOT DISTINCT FROM p_about AND a.reason IS NOT DISTINCT FROM p_reason
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
