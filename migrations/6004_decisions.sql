-- What people decide where the sources contradict themselves, and what they ask the ingest daemon to do.
CREATE TABLE app.decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    choice text NOT NULL,
    result_id text,
    patient_id text,
    case_number text,
    among text[],
    admitted_at timestamptz,
    released_at timestamptz,
    key text COLLATE "C",
    sha256 bytea,
    record integer,
    etag text,
    last_modified timestamptz,
    reason text NOT NULL CHECK (btrim(reason) <> ''),
    decided_by text NOT NULL CHECK (btrim(decided_by) <> ''),
    decided_at timestamptz NOT NULL,
    CONSTRAINT decision_is_whole CHECK (CASE kind
        WHEN 'result' THEN result_id IS NOT NULL AND choice IN ('patient', 'withdrawn')
            AND (choice = 'patient') = (patient_id IS NOT NULL)
        WHEN 'case' THEN case_number IS NOT NULL AND choice IN ('patient', 'withdrawn')
            AND (choice = 'patient') = (patient_id IS NOT NULL AND among IS NOT NULL)
        WHEN 'stay' THEN patient_id IS NOT NULL AND case_number IS NOT NULL AND choice IN ('still_here', 'left', 'withdrawn')
            AND (choice = 'withdrawn' OR admitted_at IS NOT NULL AND released_at IS NOT NULL)
        WHEN 'record' THEN key IS NOT NULL AND sha256 IS NOT NULL AND record IS NOT NULL AND choice IN ('dismissed', 'withdrawn')
        WHEN 'object' THEN key IS NOT NULL AND last_modified IS NOT NULL AND choice IN ('dismissed', 'withdrawn')
        ELSE false END)
);
COMMENT ON TABLE app.decision IS 'What a person decided, and why. Never changed: the newest decision on a subject stands, and a withdrawal is a decision too. Applied again at every load, and so at a replay. Written by wardwatch-ingest, in the transaction of its effect.';
COMMENT ON COLUMN app.decision.kind IS 'result: whose a result is. case: whose a shared case number is. stay: whether a patient is here whose release is not after the admission. record: a quarantined record does not matter. object: a held, failed or gone object does not matter.';
COMMENT ON COLUMN app.decision.among IS 'case: the patients whose number it was when it was decided. A further patient reopens the question.';
COMMENT ON COLUMN app.decision.admitted_at IS 'stay: the times that were decided about, as released_at. Other times reopen the question.';
COMMENT ON COLUMN app.decision.sha256 IS 'record: with key and record the sighting, in whatever bucket or ledger.';
COMMENT ON COLUMN app.decision.etag IS 'object: with key and last_modified its identity.';
CREATE INDEX decision_on_result ON app.decision (result_id, decision_id) WHERE kind = 'result';
CREATE INDEX decision_on_case ON app.decision (case_number, decision_id) WHERE kind IN ('case', 'stay');

CREATE VIEW app.standing_decision AS
SELECT * FROM (
    SELECT DISTINCT ON (d.kind, s.result_id, s.case_number, s.patient_id, s.key, s.sha256, s.record, s.etag, s.last_modified) d.*
    FROM app.decision d
    CROSS JOIN LATERAL (SELECT
        CASE WHEN d.kind = 'result' THEN d.result_id END AS result_id,
        CASE WHEN d.kind IN ('case', 'stay') THEN d.case_number END AS case_number,
        CASE WHEN d.kind = 'stay' THEN d.patient_id END AS patient_id,
        CASE WHEN d.kind IN ('record', 'object') THEN d.key END AS key,
        CASE WHEN d.kind = 'record' THEN d.sha256 END AS sha256,
        CASE WHEN d.kind = 'record' THEN d.record END AS record,
        CASE WHEN d.kind = 'object' THEN d.etag END AS etag,
        CASE WHEN d.kind = 'object' THEN d.last_modified END AS last_modified
    ) s
    ORDER BY d.kind, s.result_id, s.case_number, s.patient_id, s.key, s.sha256, s.record, s.etag, s.last_modified, d.decision_id DESC
) newest
WHERE choice <> 'withdrawn';
COMMENT ON VIEW app.standing_decision IS 'The newest decision on each subject, unless it was withdrawn.';

CREATE FUNCTION app.decided_patient(p_result text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT patient_id FROM app.decision WHERE kind = 'result' AND result_id = p_result ORDER BY decision_id DESC LIMIT 1
$$;
COMMENT ON FUNCTION app.decided_patient IS 'The patient to whom a person gave this result; null where nobody did, or it was withdrawn.';

CREATE TABLE app.request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN (
        'retry', 'reprocess', 'decide_result', 'decide_case', 'decide_stay', 'dismiss_record', 'dismiss_object', 'withdraw')),
    object_id bigint,
    record integer,
    result_id text,
    patient_id text,
    case_number text,
    choice text,
    decision_id bigint,
    reason text,
    asked_by text NOT NULL CHECK (btrim(asked_by) <> ''),
    asked_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'done', 'refused')),
    answer text,
    answered_at timestamptz,
    CONSTRAINT answered_is_whole CHECK ((state = 'asked') = (answered_at IS NULL))
);
COMMENT ON TABLE app.request IS 'What a person asked for on a page or on the command line. wardwatch-ingest carries it out, once, and answers in the same transaction.';
COMMENT ON COLUMN app.request.object_id IS 'Number in the ledger; with record a quarantined record.';
COMMENT ON COLUMN app.request.choice IS 'decide_stay: still_here or left.';
COMMENT ON COLUMN app.request.decision_id IS 'withdraw: the decision.';
COMMENT ON COLUMN app.request.asked_by IS 'The name that was given; nobody has proven it.';
COMMENT ON COLUMN app.request.answer IS 'What was done, or why it was refused. Never patient data.';
CREATE INDEX request_asked ON app.request (request_id) WHERE state = 'asked';

-- Stays, with what was decided of them.
ALTER TABLE monitor.stay ADD COLUMN decided text CHECK (decided IN ('this_patient', 'other_patient', 'still_here', 'left'));
COMMENT ON COLUMN monitor.stay.decided IS 'What a person decided of a conflict. other_patient (the case number is somebody else''s) and left: the stay is never listed. still_here: the release is void, so released_at is null.';

CREATE OR REPLACE FUNCTION monitor.derive_stay(p_patients text[], p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE sql STABLE AS $$
    SELECT a.patient_id, a.case_number, a.admitted_at, a.released_at, a.department, a.room,
        performed.last_performed_at,
        greatest(a.admitted_at, performed.last_performed_at),
        ordered.last_ordered_at, ordered.unperformed_test_id, ordered.unperformed_ordered_at,
        waiting.waiting_results,
        CASE WHEN shared.patients IS NOT NULL AND shared.decided_patient IS NULL THEN 'shared_case_number'
             WHEN a.released_at <= a.admitted_at AND a.choice IS NULL THEN 'release_not_after_admission' END,
        coalesce(shared.patients, '{}'),
        greatest(performed.latest, ordered.latest, waiting.latest, '-infinity'),
        CASE WHEN shared.decided_patient <> a.patient_id THEN 'other_patient'
             WHEN a.choice IS NOT NULL THEN a.choice
             WHEN shared.decided_patient IS NOT NULL THEN 'this_patient' END
    FROM (
        SELECT said.patient_id, said.case_number, said.admitted_at, said.department, said.room, stated.choice,
            CASE WHEN stated.choice IS DISTINCT FROM 'still_here' THEN said.released_at END AS released_at
        FROM warehouse.admission said
        LEFT JOIN LATERAL (
            SELECT CASE WHEN d.admitted_at = said.admitted_at AND d.released_at = said.released_at THEN nullif(d.choice, 'withdrawn') END AS choice
            FROM app.decision d
            WHERE said.released_at <= said.admitted_at
              AND d.kind = 'stay' AND d.case_number = said.case_number AND d.patient_id = said.patient_id
            ORDER BY d.decision_id DESC LIMIT 1
        ) stated ON true
        WHERE said.patient_id = ANY (coalesce(p_patients, ARRAY(SELECT patient_id FROM warehouse.admission)))
    ) a
    CROSS JOIN LATERAL (
        SELECT max(r.performed_at) AS latest,
            max(r.performed_at) FILTER (
                WHERE r.performed_at >= a.admitted_at AND r.performed_at <= coalesce(a.released_at, 'infinity')
            ) AS last_performed_at
        FROM warehouse.lab_result r
        WHERE r.patient_id = a.patient_id AND NOT r.future_dated AND r.performed_at <= p_as_of
    ) performed
    CROSS JOIN LATERAL (
        SELECT max(t.ordered_at) AS latest,
            max(t.ordered_at) FILTER (WHERE t.is_in_stay) AS last_ordered_at,
            max(t.ordered_at) FILTER (WHERE t.is_in_stay AND done.test_id IS NULL) AS unperformed_ordered_at,
            (array_agg(t.test_id ORDER BY t.ordered_at DESC, t.test_id COLLATE "C")
                FILTER (WHERE t.is_in_stay AND done.test_id IS NULL))[1] AS unperformed_test_id
        FROM (
            SELECT t.test_id, t.ordered_at,
                t.ordered_at >= a.admitted_at AND t.ordered_at <= coalesce(a.released_at, 'infinity') AS is_in_stay
            FROM warehouse.lab_test t
            WHERE t.patient_id = a.patient_id AND t.ordered_at <= p_as_of
        ) t
        LEFT JOIN (
            SELECT DISTINCT r.test_id
            FROM warehouse.lab_result r
            WHERE r.patient_id = a.patient_id AND NOT r.future_dated AND r.performed_at <= p_as_of
        ) done ON done.test_id = t.test_id
    ) ordered
    CROSS JOIN LATERAL (
        SELECT max(w.performed_at) AS latest,
            count(*) FILTER (
                WHERE w.performed_at >= a.admitted_at AND w.performed_at <= coalesce(a.released_at, 'infinity')
            ) AS waiting_results
        FROM warehouse.test_owner o
        JOIN ingest.waiting_result w ON w.test_id = o.test_id
        WHERE o.patient_id = a.patient_id AND w.is_current AND w.performed_at <= p_as_of
    ) waiting
    CROSS JOIN LATERAL (
        SELECT others.patients, (
            SELECT CASE WHEN d.choice = 'patient' AND d.among @> (others.patients || a.patient_id) THEN d.patient_id END
            FROM app.decision d
            WHERE others.patients IS NOT NULL AND d.kind = 'case' AND d.case_number = a.case_number
            ORDER BY d.decision_id DESC LIMIT 1
        ) AS decided_patient
        FROM (
            SELECT array_agg(other.patient_id ORDER BY other.patient_id COLLATE "C") AS patients
            FROM warehouse.admission other
            WHERE other.case_number = a.case_number AND other.patient_id <> a.patient_id
        ) others
    ) shared
$$;

CREATE OR REPLACE FUNCTION monitor.refresh_stay(p_patients text[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    INSERT INTO monitor.stay AS kept
    SELECT * FROM monitor.derive_stay(p_patients, 'infinity')
    ORDER BY patient_id, case_number
    ON CONFLICT (patient_id, case_number) DO UPDATE SET
        admitted_at = excluded.admitted_at, released_at = excluded.released_at,
        department = excluded.department, room = excluded.room,
        last_performed_at = excluded.last_performed_at, idle_since = excluded.idle_since,
        last_ordered_at = excluded.last_ordered_at, unperformed_test_id = excluded.unperformed_test_id,
        unperformed_ordered_at = excluded.unperformed_ordered_at, waiting_results = excluded.waiting_results,
        conflict = excluded.conflict, conflict_with = excluded.conflict_with, settled_at = excluded.settled_at,
        decided = excluded.decided
    WHERE (kept.*) IS DISTINCT FROM (excluded.*)
$$;

CREATE OR REPLACE FUNCTION monitor.stay_at(p_as_of timestamptz) RETURNS SETOF monitor.stay
LANGUAGE sql STABLE AS $$
    SELECT s.* FROM monitor.stay s
    WHERE s.settled_at <= p_as_of AND least(s.admitted_at, s.released_at) <= p_as_of
      AND (s.released_at IS NULL OR s.released_at > p_as_of OR s.conflict IS NOT NULL)
      AND coalesce(s.decided NOT IN ('other_patient', 'left'), true)
    UNION ALL
    SELECT d.* FROM monitor.derive_stay(
        ARRAY(
            SELECT DISTINCT s.patient_id FROM monitor.stay s
            WHERE s.settled_at > p_as_of AND least(s.admitted_at, s.released_at) <= p_as_of
              AND (s.released_at IS NULL OR s.released_at > p_as_of OR s.conflict IS NOT NULL)
              AND coalesce(s.decided NOT IN ('other_patient', 'left'), true)
        ), p_as_of) d
    WHERE least(d.admitted_at, d.released_at) <= p_as_of
      AND (d.released_at IS NULL OR d.released_at > p_as_of OR d.conflict IS NOT NULL)
      AND coalesce(d.decided NOT IN ('other_patient', 'left'), true)
$$;

-- What was dismissed is in doubt no more. It stays in quarantine, in the ledger and in the books.
CREATE VIEW ingest.undecided_quarantine AS
SELECT q.*
FROM ingest.quarantine q
WHERE q.resolved_at IS NULL
  AND NOT EXISTS (
      SELECT FROM app.standing_decision d
      JOIN ingest.object o ON o.key = d.key AND o.sha256 = d.sha256
      WHERE d.kind = 'record' AND o.object_id = q.object_id AND d.record = q.record
  );
COMMENT ON VIEW ingest.undecided_quarantine IS 'Unresolved quarantined records that nobody has dismissed.';

CREATE OR REPLACE VIEW ingest.open_object AS
SELECT o.*
FROM ingest.object o
WHERE (o.state IN ('held', 'failed') OR o.state = 'gone' AND o.loaded_at IS NULL AND o.feed IS NOT NULL)
  AND NOT EXISTS (
      SELECT FROM ingest.object later
      WHERE later.bucket = o.bucket AND later.key = o.key AND later.state = 'done'
        AND later.last_modified > o.last_modified
  )
  AND NOT EXISTS (
      SELECT FROM app.standing_decision d
      WHERE d.kind = 'object' AND d.key = o.key AND date_trunc('second', d.last_modified) = date_trunc('second', o.last_modified) AND d.etag IS NOT DISTINCT FROM o.etag
  );
COMMENT ON VIEW ingest.open_object IS 'Objects that were never read (held, failed, or gone before they could be), unless a later version of the same key was, or a person dismissed them. Deleting a file does not end the doubt about what it said.';

CREATE OR REPLACE VIEW ingest.open_quarantine AS
SELECT q.*
FROM ingest.undecided_quarantine q
WHERE CASE q.target
      WHEN 'patient' THEN NOT EXISTS (
          SELECT FROM warehouse.patient c
          LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
          WHERE c.patient_id = q.patient_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, coalesce(l.last_seen_at, c.last_seen_at),
                coalesce(l.last_object, c.last_object), coalesce(l.last_record, c.last_record)))
      WHEN 'admission' THEN NOT EXISTS (
          SELECT FROM warehouse.admission c
          LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
          WHERE c.patient_id = q.patient_id AND c.case_number = q.case_number
            AND ingest.precedes(q.seen_at, q.object_id, q.record, coalesce(l.last_seen_at, c.last_seen_at),
                coalesce(l.last_object, c.last_object), coalesce(l.last_record, c.last_record)))
      WHEN 'lab_test' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_test c
          LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
          WHERE c.patient_id = q.patient_id AND c.test_id = q.test_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, coalesce(l.last_seen_at, c.last_seen_at),
                coalesce(l.last_object, c.last_object), coalesce(l.last_record, c.last_record)))
      WHEN 'lab_result' THEN NOT EXISTS (
          SELECT FROM warehouse.lab_result c
          LEFT JOIN ingest.last_sighting l ON l.content_hash = c.content_hash
          WHERE c.result_id = q.result_id
            AND ingest.precedes(q.seen_at, q.object_id, q.record, coalesce(l.last_seen_at, c.last_seen_at),
                coalesce(l.last_object, c.last_object), coalesce(l.last_record, c.last_record)))
      END;
COMMENT ON VIEW ingest.open_quarantine IS 'Quarantined records that are newer than what is shown: neither resolved nor dismissed, and not said anew by a later record of the same key.';

CREATE OR REPLACE VIEW ingest.feed_freshness AS
SELECT
    f.feed, f.source, f.target, f.freshness_limit,
    seen.newest_seen_at,
    loaded.newest_loaded_at,
    backlog.oldest_not_loaded_at,
    coalesce(backlog.objects, 0) AS not_loaded,
    coalesce(open.held, 0) AS held,
    coalesce(open.failed, 0) AS failed,
    coalesce(unread.quarantined, 0) AS quarantined,
    coalesce(waiting.waiting, 0) AS waiting,
    coalesce(f.freshness_limit < now() - loaded.newest_loaded_at, f.freshness_limit IS NOT NULL) AS is_stale
FROM ingest.feed f
LEFT JOIN LATERAL (
    SELECT max(newest) AS newest_seen_at FROM (
        SELECT (SELECT least(o.order_time, o.last_modified) FROM ingest.object o
                WHERE o.feed = f.feed AND o.state = s.state ORDER BY o.order_time DESC LIMIT 1) AS newest
        FROM unnest(ARRAY['pending', 'leased', 'done', 'held', 'failed', 'gone']) AS s(state)
    ) n
) seen ON true
LEFT JOIN LATERAL (
    SELECT max(newest) AS newest_loaded_at FROM (
        SELECT (SELECT least(o.order_time, o.last_modified) FROM ingest.object o
                WHERE o.feed = f.feed AND o.state = s.state AND o.loaded_at IS NOT NULL
                ORDER BY o.order_time DESC LIMIT 1) AS newest
        FROM unnest(ARRAY['done', 'gone']) AS s(state)
    ) n
) loaded ON true
LEFT JOIN LATERAL (
    SELECT min(o.order_time) AS oldest_not_loaded_at, count(*) AS objects
    FROM ingest.object o WHERE o.feed = f.feed AND o.state IN ('pending', 'leased')
) backlog ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.state = 'held') AS held, count(*) FILTER (WHERE o.state <> 'held') AS failed
    FROM ingest.open_object o WHERE o.feed = f.feed
) open ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS quarantined FROM ingest.undecided_quarantine q WHERE q.feed = f.feed
) unread ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS waiting FROM ingest.waiting_result w WHERE f.target = 'lab_result' AND w.is_current
) waiting ON true;
