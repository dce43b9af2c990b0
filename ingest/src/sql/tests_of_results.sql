-- Tests that these results name, in whatever version.
SELECT test_id FROM ingest.waiting_result WHERE result_id = ANY ($1)
UNION
SELECT test_id FROM warehouse.lab_result WHERE result_id = ANY ($1)
UNION
SELECT test_id FROM warehouse.lab_result_superseded WHERE result_id = ANY ($1)
