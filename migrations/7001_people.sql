-- Who signs in, and the trail of what they did. Written by wardwatch-dashboard; wardwatch-ingest may not even read it.
CREATE TABLE app.account (
    account_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    role text NOT NULL CHECK (role IN ('clinician', 'patient', 'ops', 'analyst', 'admin')),
    patient_id text,
    password_hash text NOT NULL,
    password_set_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    disabled_at timestamptz,
    departments text[] NOT NULL DEFAULT '{}',
    second_factor bytea CHECK (octet_length(second_factor) = 20),
    second_factor_at timestamptz,
    second_factor_step bigint,
    CONSTRAINT only_clinicians_are_limited CHECK (role = 'clinician' OR departments = '{}'),
    CONSTRAINT only_patients_are_a_patient CHECK ((role = 'patient') = (patient_id IS NOT NULL))
);
COMMENT ON TABLE app.account IS 'People who sign in. Never deleted: the audit names them.';
COMMENT ON COLUMN app.account.name IS 'In small letters; what is typed is compared in small letters.';
COMMENT ON COLUMN app.account.patient_id IS 'Whose record a patient may see: this one and no other.';
COMMENT ON COLUMN app.account.password_hash IS 'Argon2id, as a PHC string.';
COMMENT ON COLUMN app.account.departments IS 'The departments that a clinician is limited to; empty: all.';
COMMENT ON COLUMN app.account.second_factor IS 'The secret that the account shares with its authenticator app (TOTP); it counts once second_factor_at is set.';
COMMENT ON COLUMN app.account.second_factor_step IS 'The time step of the last code that was taken: no code is taken twice.';

CREATE TABLE app.recovery_code (
    code_hash bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    account_id bigint NOT NULL REFERENCES app.account,
    used_at timestamptz
);
CREATE INDEX recovery_code_of_account ON app.recovery_code (account_id);
COMMENT ON TABLE app.recovery_code IS 'Codes for who has lost their authenticator app, each for one time, as SHA-256.';

CREATE TABLE app.session (
    session_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id bigint NOT NULL REFERENCES app.account,
    started_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    address text,
    awaits_code boolean NOT NULL DEFAULT false
);
CREATE INDEX session_of_account ON app.session (account_id);
COMMENT ON TABLE app.session IS 'Who is signed in. The browser holds the token, this table its SHA-256; a session ends when its row goes.';
COMMENT ON COLUMN app.session.used_at IS 'When somebody last did something, to the minute; a page that renews itself does not count.';
COMMENT ON COLUMN app.session.ends_at IS 'The absolute limit.';
COMMENT ON COLUMN app.session.awaits_code IS 'The password was right and the code of the second factor is still asked for: nobody is signed in yet.';

CREATE TABLE app.device (
    device_hash bytea NOT NULL CHECK (octet_length(device_hash) = 32),
    account_id bigint NOT NULL REFERENCES app.account,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (device_hash, account_id)
);
COMMENT ON TABLE app.device IS 'Browsers from which an account has signed in before: those who guess from elsewhere cannot slow it down there.';

CREATE TABLE app.token (
    token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    account_id bigint NOT NULL REFERENCES app.account,
    label text NOT NULL CHECK (length(label) <= 100),
    scope text[] NOT NULL CHECK (scope <> '{}' AND scope <@ ARRAY['board', 'patients']),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX token_of_account ON app.token (account_id);
COMMENT ON TABLE app.token IS 'Bearer tokens for the JSON API, as SHA-256. A token may what its account may, and of that only its scope.';

CREATE TABLE app.break_glass (
    break_glass_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES app.account,
    patient_id text NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text,
    CONSTRAINT reviewed_by_somebody CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL))
);
CREATE INDEX break_glass_of_account ON app.break_glass (account_id, patient_id, ends_at);
CREATE INDEX break_glass_to_review ON app.break_glass (opened_at) WHERE reviewed_at IS NULL;
COMMENT ON TABLE app.break_glass IS 'A clinician who is limited to departments opened the record of a patient of another one: why, for how long, and who has reviewed it.';

CREATE TABLE app.audit (
    audit_id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text,
    role text,
    action text NOT NULL,
    patient_id text,
    address text,
    about text,
    reason text,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_of_patient ON app.audit (patient_id, at) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_by_action ON app.audit (action, at);
COMMENT ON TABLE app.audit IS 'Who did what, to which patient, when, from where and why. Only ever appended to, by app.append_audit.';
COMMENT ON COLUMN app.audit.audit_id IS '1, 2, 3 …: a number that is missing is a row that was taken away.';
COMMENT ON COLUMN app.audit.actor IS 'Name of the account; null where nobody has proven one. What was typed as a name is not kept: it may be a password.';
COMMENT ON COLUMN app.audit.about IS 'What else the action is about: the words searched for, the account changed, the request asked.';
COMMENT ON COLUMN app.audit.hash IS 'SHA-256 over the hash of the row before and the texts of this one, each led by its length in bytes.';

CREATE TABLE app.audit_head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    rows bigint NOT NULL,
    hash bytea NOT NULL
);
COMMENT ON TABLE app.audit_head IS 'The end of the chain: how many rows there are, and the hash of the last.';
INSERT INTO app.audit_head (rows, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION app.append_audit(
    p_at timestamptz, p_actor text, p_role text, p_action text, p_patient text, p_address text, p_about text, p_reason text,
    p_once_within interval
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    head app.audit_head;
    said text[] := ARRAY[(extract(epoch FROM p_at) * 1000000)::bigint::text, p_actor, p_role, p_action, p_patient, p_address, p_about, p_reason];
    new_hash bytea;
BEGIN
    IF p_once_within IS NOT NULL AND EXISTS (
        SELECT FROM app.audit a
        WHERE a.action = p_action AND a.at > p_at - p_once_within AND a.actor IS NOT DISTINCT FROM p_actor
          AND a.patient_id IS NOT DISTINCT FROM p_patient AND a.address IS NOT DISTINCT FROM p_address
          AND a.about IS NOT DISTINCT FROM p_about
    ) THEN
        RETURN NULL;
    END IF;
    -- Holds the end of the chain until the caller commits: one row follows one row.
    UPDATE app.audit_head SET rows = rows + 1 RETURNING * INTO head;
    SELECT sha256(head.hash || convert_to(head.rows || ',' || string_agg(coalesce(octet_length(word) || ':' || word, '-'), ',' ORDER BY place), 'UTF8'))
    INTO new_hash FROM unnest(said) WITH ORDINALITY AS u (word, place);
    INSERT INTO app.audit (audit_id, at, actor, role, action, patient_id, address, about, reason, hash)
    VALUES (head.rows, p_at, p_actor, p_role, p_action, p_patient, p_address, p_about, p_reason, new_hash);
    UPDATE app.audit_head SET hash = new_hash;
    RETURN head.rows;
END
$$;
COMMENT ON FUNCTION app.append_audit IS 'Appends to the audit, and is the only way to. p_once_within: unless the same was noted within this time; then it answers null.';

-- The defaults of these schemas let both daemons read.
REVOKE ALL ON app.account, app.recovery_code, app.session, app.device, app.token, app.break_glass, app.audit, app.audit_head FROM wardwatch_ingest, wardwatch_dashboard;
REVOKE ALL ON FUNCTION app.append_audit FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON app.account, app.token, app.break_glass TO wardwatch_dashboard;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.recovery_code, app.session, app.device TO wardwatch_dashboard;
GRANT SELECT ON app.audit, app.audit_head TO wardwatch_dashboard;
GRANT EXECUTE ON FUNCTION app.append_audit TO wardwatch_dashboard;
