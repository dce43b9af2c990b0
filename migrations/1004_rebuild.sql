-- A warehouse that is being rebuilt says so: half of it would clear patients whose admission is not there yet.
CREATE TABLE ingest.rebuild (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    started_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ingest.rebuild IS 'Holds one row while wardwatch-ingest replay rebuilds the warehouse, from the transaction that empties it on. Nothing clinical may be shown meanwhile.';
COMMENT ON COLUMN ingest.rebuild.started_at IS 'When the warehouse was emptied.';

COMMENT ON COLUMN ingest.quarantine.resolved_at IS 'When the record was taken after all; null while it stands in quarantine.';
COMMENT ON COLUMN ingest.quarantine.resolution IS 'How: reprocessed.';
