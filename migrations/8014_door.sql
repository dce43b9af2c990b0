-- A browser has one session of an account: a form that is sent twice at once leaves no second one, which nobody could end. A
-- session that waits for a code takes only so many. And the door knows again from which networks an account has signed in.
ALTER TABLE app.session
    ADD COLUMN device_hash bytea CHECK (octet_length(device_hash) = 32),
    ADD COLUMN codes_left smallint NOT NULL DEFAULT 5 CHECK (codes_left >= 0);
COMMENT ON COLUMN app.session.device_hash IS 'The browser that it is of, as app.device has it; null where it has not said.';
COMMENT ON COLUMN app.session.codes_left IS 'How many codes may still be tried in a session that awaits one; then the password is asked for again.';
CREATE UNIQUE INDEX session_of_browser ON app.session (account_id, device_hash);
-- The new one begins with the same column.
DROP INDEX app.session_of_account;

CREATE TABLE app.known_network (
    account_id bigint NOT NULL REFERENCES app.account,
    network text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, network)
);
COMMENT ON TABLE app.known_network IS 'Networks from which an account has signed in: those who guess from elsewhere cannot slow down a new browser there.';
COMMENT ON COLUMN app.known_network.network IS 'An address of IPv4, or the first of a /64 of IPv6.';
COMMENT ON COLUMN app.known_network.seen_at IS 'When the account last signed in from there.';

REVOKE ALL ON app.known_network FROM wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.known_network TO wardwatch_dashboard;
