INSERT INTO ingest.stage_duration AS known (feed, stage, batches, seconds)
SELECT feed, stage, batches, seconds
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::float8[]) AS taken (feed, stage, batches, seconds)
ORDER BY feed, stage
ON CONFLICT (feed, stage) DO UPDATE
SET batches = known.batches + excluded.batches, seconds = known.seconds + excluded.seconds
