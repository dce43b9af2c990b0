-- Column maps that a person approved: kept in the warehouse, so that every daemon and every replay reads with the same.
CREATE TABLE ingest.column_map (
    feed text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    toml text NOT NULL,
    approved_at timestamptz NOT NULL,
    approved_by text NOT NULL,
    PRIMARY KEY (feed, version)
);
COMMENT ON TABLE ingest.column_map IS 'Approved column maps. They replace a shipped map or one of the maps directory of the same feed and version, and never change.';
COMMENT ON COLUMN ingest.column_map.toml IS 'The map as it was approved, as schema/maps has it.';
COMMENT ON COLUMN ingest.column_map.approved_by IS 'Who approved it, as the command or page was told.';

CREATE FUNCTION ingest.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an approved column map never changes: approve a new version';
END $$;
COMMENT ON FUNCTION ingest.refuse_change IS 'An approved version has read objects; with another text their lineage would be wrong.';
CREATE TRIGGER approved_maps_never_change BEFORE UPDATE ON ingest.column_map
    FOR EACH ROW EXECUTE FUNCTION ingest.refuse_change();

CREATE TABLE ingest.maps_in_force (
    feed text PRIMARY KEY,
    fingerprint text NOT NULL,
    since timestamptz NOT NULL
);
COMMENT ON TABLE ingest.maps_in_force IS 'The maps with which each feed was last read. When they change, the held objects of the feed are tried again.';
COMMENT ON COLUMN ingest.maps_in_force.fingerprint IS 'SHA-256 of the versions and texts of the feed''s maps.';

CREATE TABLE ingest.map_trouble (
    place text PRIMARY KEY,
    reason text NOT NULL,
    noticed_at timestamptz NOT NULL
);
COMMENT ON TABLE ingest.map_trouble IS 'Column maps that were refused while a daemon ran: the last good ones stay in force until they are corrected.';
COMMENT ON COLUMN ingest.map_trouble.place IS 'The maps directory, or "approved maps".';
COMMENT ON COLUMN ingest.map_trouble.reason IS 'The file, its line and what is wrong there. Never patient data.';
