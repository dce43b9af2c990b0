SELECT feed AS "feed!", coalesce(reason, '') AS "reason!", count(*) AS "objects!"
FROM ingest.object
WHERE state = 'held'
GROUP BY feed, reason
ORDER BY feed, reason
