-- Headers that the maps in force do not know or miss.
SELECT feed AS "feed!", map_version AS "map_version!", header AS "header!", kind AS "kind!", objects AS "objects!"
FROM ingest.drift
ORDER BY feed, map_version, kind, header
LIMIT 200
