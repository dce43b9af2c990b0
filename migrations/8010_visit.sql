-- When each account last looked at the board, so that a reader can ask what has changed since the visit before.
CREATE TABLE app.visit (
    account_id bigint PRIMARY KEY REFERENCES app.account,
    seen_at timestamptz NOT NULL,
    previous_seen_at timestamptz
);
COMMENT ON TABLE app.visit IS 'When each account last looked at the board, and when the visit before this one ended. A visit ends after half an hour without a look.';
COMMENT ON COLUMN app.visit.seen_at IS 'The last look, to five minutes; a page that renews itself does not count.';
COMMENT ON COLUMN app.visit.previous_seen_at IS 'The last look of the visit before; null: there was none.';

REVOKE ALL ON app.visit FROM wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT, INSERT, UPDATE ON app.visit TO wardwatch_dashboard;
