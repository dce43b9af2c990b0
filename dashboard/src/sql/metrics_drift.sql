-- Objects whose header differs from their map's, once a header, and those that are held now.
SELECT feed AS "feed!", kind AS "kind!", sum(objects)::bigint AS "objects!"
FROM ingest.drift
GROUP BY feed, kind
UNION ALL
SELECT feed, 'held', count(*)
FROM ingest.object
WHERE state = 'held'
GROUP BY feed
ORDER BY 1, 2
