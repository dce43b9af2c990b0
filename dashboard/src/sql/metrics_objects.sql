-- How many objects of each feed stand in each state; a foreign object has no feed.
SELECT coalesce(feed, '') AS "feed!", state AS "state!", count(*) AS "count!"
FROM ingest.object
GROUP BY 1, 2
ORDER BY 1, 2
