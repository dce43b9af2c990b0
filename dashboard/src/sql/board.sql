-- One page of the board with its totals, in one row a stay; one row without a stay when nothing matches.
-- $1 as of, $2 whether that is the present, $3 hours, $4 department, $5 state, $6 text, $7 section, $8 sort,
-- $9 per page, $10 page, $11 whether the sections of the page lead the sort (the JSON has none), $12 the departments that the
-- reader is limited to, null for all: a stay of no known department is everybody's.
WITH board AS MATERIALIZED (
    SELECT * FROM monitor.board($1, $2, $3)
),
mine AS (
    SELECT * FROM board WHERE $12::text[] IS NULL OR department IS NULL OR department = ANY ($12)
),
named AS (
    SELECT b.*, p.patient_id IS NOT NULL AS name_received,
        p.first_name, p.last_name, p.date_of_birth, p.primary_physician,
        coalesce(p.last_name <> '' AND min(b.patient_id) OVER alike <> max(b.patient_id) OVER alike, false) AS look_alike,
        row_number() OVER (PARTITION BY b.patient_id, b.case_number) AS twin,
        CASE WHEN b.idle_since IS NULL THEN 'unreadable' WHEN b.long_open THEN 'long_open' ELSE 'main' END AS section
    FROM mine b
    LEFT JOIN warehouse.patient p ON p.patient_id = b.patient_id
    WINDOW alike AS (PARTITION BY lower(p.last_name), left(lower(p.first_name), 1))
),
matching AS (
    SELECT * FROM named
    WHERE ($4::text IS NULL OR department = $4)
      AND ($7::text IS NULL OR section = $7)
      AND ($6::text IS NULL OR strpos(lower(concat_ws(' ',
          last_name || ', ' || coalesce(first_name, ''), first_name, last_name, patient_id, case_number, room)), lower($6)) > 0)
),
-- Unreadable admissions lead, but only the first ten: many of them must not bury the patients that can be read.
ranked AS (
    SELECT m.*, CASE section
            WHEN 'main' THEN 1
            WHEN 'long_open' THEN 2
            ELSE CASE WHEN row_number() OVER (PARTITION BY section ORDER BY patient_id, case_number, twin) <= 10 THEN 0 ELSE 3 END
        END AS shelf
    FROM matching m
    WHERE $5::text IS NULL OR state = $5
),
summary AS (
    SELECT
        (SELECT count(*) FROM ranked) AS total,
        count(*) FILTER (WHERE state = 'overdue') AS overdue,
        count(*) FILTER (WHERE state = 'chase') AS chase,
        count(*) FILTER (WHERE state = 'unknown') AS unknown,
        (SELECT count(*) FROM ranked WHERE section = 'unreadable') AS unreadable,
        (SELECT count(*) FROM ranked WHERE section = 'long_open') AS long_open,
        (SELECT count(*) FROM mine) AS listed,
        (SELECT count(*) FROM board) - (SELECT count(*) FROM mine) AS elsewhere,
        coalesce((SELECT array_agg(DISTINCT department ORDER BY department) FROM mine WHERE department IS NOT NULL), '{}') AS departments,
        coalesce($3, (SELECT hours FROM app.current_threshold WHERE department IS NULL)) AS hours,
        (SELECT count(*) FROM app.current_threshold WHERE department IS NOT NULL) AS own_thresholds,
        (SELECT value FROM app.setting WHERE name = 'long_open_days') AS long_open_days
    FROM matching
),
page AS (
    SELECT r.*, row_number() OVER (ORDER BY
        CASE WHEN $11 THEN shelf END,
        CASE WHEN $8 = 'patient' THEN lower(last_name) END NULLS LAST,
        CASE WHEN $8 = 'patient' THEN lower(first_name) END NULLS LAST,
        CASE WHEN $8 = 'department' THEN lower(department) END NULLS LAST,
        CASE WHEN $8 = 'department' THEN room END NULLS LAST,
        CASE WHEN $8 = 'admitted' THEN admitted_at END NULLS LAST,
        CASE WHEN $8 = 'ordered' THEN last_ordered_at END DESC NULLS LAST,
        idle_since NULLS LAST, patient_id COLLATE "C", case_number COLLATE "C", twin) AS position
    FROM ranked r
    ORDER BY position
    LIMIT $9::bigint
    OFFSET (SELECT greatest(0, least(($10::bigint - 1) * $9::bigint, (total - 1) / $9::bigint * $9::bigint)) FROM summary)
)
SELECT
    s.total AS "total!", s.overdue AS "overdue!", s.chase AS "chase!", s.unknown AS "unknown!",
    s.unreadable AS "unreadable!", s.long_open AS "long_open!", s.listed AS "listed!", s.elsewhere AS "elsewhere!",
    s.departments AS "departments!: Vec<String>", s.hours AS "hours?", s.own_thresholds AS "own_thresholds!", s.long_open_days AS "long_open_days?",
    p.position AS "position?", p.section AS "section?", p.shelf AS "shelf?", p.twin AS "twin?",
    p.patient_id AS "patient_id?", p.case_number AS "case_number?", p.department AS "department?", p.room AS "room?",
    p.admitted_at AS "admitted_at?", p.released_at AS "released_at?", p.idle_since AS "idle_since?",
    p.last_performed_at AS "last_performed_at?", p.last_ordered_at AS "last_ordered_at?",
    p.unperformed_ordered_at AS "unperformed_ordered_at?", p.unperformed_test_id AS "unperformed_test_id?",
    t.test_name AS "unperformed_test_name?", t.ordering_physician AS "unperformed_ordered_by?",
    p.waiting_results AS "waiting_results?", p.quarantined AS "quarantined?", p.conflict_with AS "conflict_with?",
    p.threshold_hours AS "threshold_hours?", p.long_open AS "is_long_open?", p.state AS "state?", p.reasons AS "reasons?",
    p.name_received AS "name_received?", p.first_name AS "first_name?", p.last_name AS "last_name?",
    p.date_of_birth AS "date_of_birth?", p.primary_physician AS "primary_physician?", p.look_alike AS "look_alike?"
FROM summary s
LEFT JOIN page p ON true
LEFT JOIN warehouse.lab_test t ON t.patient_id = p.patient_id AND t.test_id = p.unperformed_test_id
ORDER BY p.position
