-- The newest setting of each department, and the hospital's under null; hours are null where a department's own was withdrawn.
SELECT DISTINCT ON (department) department, hours, set_at FROM app.threshold ORDER BY department, threshold_id DESC
