INSERT INTO ingest.drift AS known (feed, map_version, header, kind, first_object)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (feed, map_version, header, kind) DO UPDATE SET objects = known.objects + 1
