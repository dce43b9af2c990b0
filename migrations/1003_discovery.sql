-- Discovery at scale: versions of keys, and when the bucket was last listed as a whole.

COMMENT ON COLUMN ingest.object.version_id IS 'As the bucket tells it (null for an object from before it kept versions is ''null''); null where the bucket was listed without versions.';
COMMENT ON COLUMN ingest.object.last_modified IS 'As the bucket tells it. Versions of one key within one second, which S3 tells in whole seconds, stand microseconds apart in the order in which they were written.';
COMMENT ON COLUMN ingest.object.discovered_at IS 'When the bucket first told of the object, or told of it again after it had gone.';

CREATE FUNCTION ingest.is_same_object(
    known_version text, known_etag text, known_modified timestamptz,
    told_version text, told_etag text, told_modified timestamptz
) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (known_version = told_version OR known_version IS NULL OR told_version IS NULL)
       AND known_etag IS NOT DISTINCT FROM told_etag
       AND CASE WHEN known_version IS NULL THEN known_modified = told_modified
           ELSE date_trunc('second', known_modified) = date_trunc('second', told_modified) END
$$;
COMMENT ON FUNCTION ingest.is_same_object IS 'Whether a row of the ledger and what the bucket tells of the same key are one object, also where only one of the two knows versions.';

CREATE TABLE ingest.sweep (
    bucket text NOT NULL,
    prefix text NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (bucket, prefix)
);
COMMENT ON TABLE ingest.sweep IS 'When a bucket was last listed from end to end and compared with the ledger, whatever cheaper discoveries remember.';
COMMENT ON COLUMN ingest.sweep.begun_at IS 'When the newest sweep began; several daemons share its turns by it. Null after one that failed.';
COMMENT ON COLUMN ingest.sweep.ended_at IS 'When the newest whole sweep ended; null before the first.';
