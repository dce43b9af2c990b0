-- How long the stages of loading took, for whoever asks which of them is slow.
CREATE TABLE ingest.stage_duration (
    feed text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('read', 'stage', 'merge', 'stays', 'settle')),
    batches bigint NOT NULL CHECK (batches > 0),
    seconds double precision NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (feed, stage)
);
COMMENT ON TABLE ingest.stage_duration IS 'Sums over all batches that were ever loaded, added about once a second. Says nothing about what is in the warehouse: it survives a replay, and what a daemon had not added yet when it was killed is missing.';
COMMENT ON COLUMN ingest.stage_duration.stage IS 'read: fetch and parse of a small object (of a large one, until its first bytes); stage: COPY, and for a large object the rest of the reading; merge; stays; settle: books and commit.';
COMMENT ON COLUMN ingest.stage_duration.batches IS 'Batches that were committed.';
COMMENT ON COLUMN ingest.stage_duration.seconds IS 'Seconds that they took in this stage, in all; of workers at the same time both count.';
GRANT SELECT ON ingest.stage_duration TO wardwatch_ingest, wardwatch_dashboard;
GRANT INSERT, UPDATE, DELETE ON ingest.stage_duration TO wardwatch_ingest;
