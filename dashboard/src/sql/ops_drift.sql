-- Headers that the maps do not know or miss, the latest first, with whether the maps have changed since they were noticed.
-- $1: of one feed; null: of all.
SELECT d.feed AS "feed!", d.map_version AS "map_version!", d.header AS "header!", d.kind AS "kind!",
    d.objects AS "objects!", d.newest_object AS "newest_object!", d.noticed_at AS "noticed_at!",
    d.noticed_at < coalesce(m.since, '-infinity') AS "is_before_maps!"
FROM ingest.drift d
LEFT JOIN ingest.maps_in_force m ON m.feed = d.feed
WHERE $1::text IS NULL OR d.feed = $1
ORDER BY d.noticed_at DESC, d.feed, d.map_version, d.kind, d.header
LIMIT 200
