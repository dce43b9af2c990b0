-- A department's own threshold can be withdrawn: a row without hours, so that the hospital's holds there again. Like every
-- setting it is kept.
ALTER TABLE app.threshold ALTER COLUMN hours DROP NOT NULL;
ALTER TABLE app.threshold ADD CONSTRAINT the_hospital_has_hours CHECK (department IS NOT NULL OR hours IS NOT NULL);
COMMENT ON COLUMN app.threshold.hours IS 'Null: the department''s own threshold was withdrawn, and the hospital''s holds there again.';

CREATE OR REPLACE VIEW app.current_threshold AS
SELECT department, hours, set_by, set_at
FROM (SELECT DISTINCT ON (department) department, hours, set_by, set_at FROM app.threshold ORDER BY department, threshold_id DESC) newest
WHERE hours IS NOT NULL;
