-- What people decide and set. Written by wardwatch-dashboard.
CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'Settings and decisions of people. Written by wardwatch-dashboard.';

CREATE TABLE app.threshold (
    threshold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    department text,
    hours integer NOT NULL CHECK (hours BETWEEN 1 AND 8760),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);
COMMENT ON TABLE app.threshold IS 'After how many hours without a performed test a stay is listed: every setting ever made, the latest counts. Department null: the hospital''s default.';
INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES (NULL, 48, 'wardwatch', '2000-01-01T00:00:00Z');

CREATE VIEW app.current_threshold AS
SELECT DISTINCT ON (department) department, hours, set_by, set_at
FROM app.threshold ORDER BY department, threshold_id DESC;
COMMENT ON VIEW app.current_threshold IS 'The threshold in force, by department; null: elsewhere.';

CREATE TABLE app.setting (
    name text PRIMARY KEY CHECK (name IN ('long_open_days')),
    value integer NOT NULL CHECK (value > 0)
);
COMMENT ON TABLE app.setting IS 'Settings of the board. long_open_days: a stay open longer is flagged long_open.';
INSERT INTO app.setting VALUES ('long_open_days', 60);
