-- What a rebuilding is to take again: one that was cut short, or that could not read an object, must not forget it when it is
-- run again.
ALTER TABLE ingest.rebuild ADD COLUMN objects bigint[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ingest.rebuild.objects IS 'Numbers of the objects that had been loaded: the warehouse is whole when each of them is loaded again.';
