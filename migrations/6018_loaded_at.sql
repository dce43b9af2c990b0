-- A reader who looked while a large transaction went on has not seen what it brought.
COMMENT ON COLUMN ingest.object.loaded_at IS 'When the object was settled, at the end of the transaction that took it; null until then.';
