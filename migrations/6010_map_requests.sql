-- A person asks for a column map on a page: to propose one, to try one, to approve one. wardwatch-ingest carries it out.
ALTER TABLE app.request
    DROP CONSTRAINT request_kind_check,
    ADD CONSTRAINT request_kind_check CHECK (kind IN (
        'retry', 'reprocess', 'decide_result', 'decide_case', 'decide_stay', 'dismiss_record', 'dismiss_object', 'withdraw',
        'propose_map', 'check_map', 'approve_map')),
    ADD COLUMN map text,
    ADD COLUMN preview jsonb;
COMMENT ON COLUMN app.request.map IS 'check_map, approve_map: the column map, as the person gave it. propose_map: the proposal, which the daemon wrote. Headers, formats and counts, never a value of a file.';
COMMENT ON COLUMN app.request.preview IS 'propose_map, check_map: what would become of the object with this map, as `map check --json` tells it without patients'' data. Null where the map does not read it.';
GRANT UPDATE (map, preview) ON app.request TO wardwatch_ingest;

ALTER TABLE ingest.column_map ADD COLUMN reason text;
COMMENT ON COLUMN ingest.column_map.reason IS 'Why it was approved, as whoever approved it said.';
