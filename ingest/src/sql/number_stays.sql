-- The stays as monitor.derive_stay begins with them, numbered: what follows groups by a number instead of two texts.
INSERT INTO numbered_stay (number, patient_id, case_number, admitted_at, released_at, ends_at, department, room, choice)
SELECT row_number() OVER (), a.patient_id, a.case_number, a.admitted_at, effective.released_at,
    coalesce(effective.released_at, 'infinity'), a.department, a.room, stated.choice
FROM warehouse.admission a
LEFT JOIN LATERAL (
    SELECT CASE WHEN d.admitted_at = a.admitted_at AND d.released_at = a.released_at THEN nullif(d.choice, 'withdrawn') END AS choice
    FROM app.decision d
    WHERE a.released_at <= a.admitted_at
      AND d.kind = 'stay' AND d.case_number = a.case_number AND d.patient_id = a.patient_id
    ORDER BY d.decision_id DESC LIMIT 1
) stated ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN stated.choice IS DISTINCT FROM 'still_here' THEN a.released_at END AS released_at
) effective
