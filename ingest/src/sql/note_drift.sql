INSERT INTO ingest.drift AS known (feed, map_version, header, kind, first_object, newest_object, noticed_at)
VALUES ($1, $2, $3, $4, $5, $5, now())
ON CONFLICT (feed, map_version, header, kind) DO UPDATE
    SET objects = known.objects + 1, newest_object = excluded.newest_object, noticed_at = excluded.noticed_at
