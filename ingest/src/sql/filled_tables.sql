-- Tables that loads fill, those that refer to others first.
SELECT format('%I.%I', schemaname, tablename)
FROM pg_tables
WHERE schemaname IN ('warehouse', 'monitor') OR schemaname = 'ingest' AND tablename = ANY ($1)
ORDER BY schemaname = 'ingest', schemaname, tablename
