-- What people do about stays on the board. Only ever appended to: who, when and why are kept for good.
CREATE TABLE app.review (
    review_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient_id text NOT NULL,
    case_number text NOT NULL,
    act text NOT NULL CHECK (act IN ('acknowledged', 'resumed', 'assigned', 'unassigned', 'commented')),
    topic text NOT NULL GENERATED ALWAYS AS (CASE
        WHEN act IN ('acknowledged', 'resumed') THEN 'acknowledgement'
        WHEN act IN ('assigned', 'unassigned') THEN 'assignment'
        ELSE 'comment' END) STORED,
    reason text CHECK (reason IN ('not_indicated', 'ordered_elsewhere', 'palliative', 'will_review')),
    comment text CHECK (length(comment) BETWEEN 1 AND 2000),
    returns_at timestamptz,
    idle_since timestamptz,
    by_account text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT acknowledged_is_whole CHECK ((act = 'acknowledged') = (reason IS NOT NULL AND returns_at IS NOT NULL AND idle_since IS NOT NULL)),
    CONSTRAINT comes_back_later CHECK (returns_at > at),
    CONSTRAINT a_comment_says_something CHECK (act <> 'commented' OR comment IS NOT NULL)
);
CREATE INDEX review_of_stay ON app.review (patient_id, case_number, topic, review_id DESC);
COMMENT ON TABLE app.review IS 'What people did about a stay: acknowledged it until a moment, took that back, took it on, gave it back, commented. The newest of a topic holds.';
COMMENT ON COLUMN app.review.returns_at IS 'When an acknowledged stay comes back to the board by itself.';
COMMENT ON COLUMN app.review.idle_since IS 'The clock of the stay when it was acknowledged. A later one means that a test was performed since: the acknowledgement is over.';
COMMENT ON COLUMN app.review.by_account IS 'Name of the account; for assigned also who takes care of it.';

REVOKE ALL ON app.review FROM wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT, INSERT ON app.review TO wardwatch_dashboard;
