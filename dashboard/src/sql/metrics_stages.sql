-- How long the stages of loading took, over all batches.
SELECT feed, stage, batches, seconds FROM ingest.stage_duration ORDER BY feed, stage
