-- Column maps that a running daemon refused; the last good ones stay in force.
SELECT place AS "place!", reason AS "reason!", noticed_at AS "noticed_at!"
FROM ingest.map_trouble
ORDER BY place
