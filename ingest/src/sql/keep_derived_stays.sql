-- Most stays are known; updating them beforehand spares each the attempt to insert it.
WITH updated AS (
    UPDATE monitor.stay kept SET
        admitted_at = d.admitted_at, released_at = d.released_at, department = d.department, room = d.room,
        last_performed_at = d.last_performed_at, idle_since = d.idle_since,
        last_ordered_at = d.last_ordered_at, unperformed_test_id = d.unperformed_test_id,
        unperformed_ordered_at = d.unperformed_ordered_at, waiting_results = d.waiting_results,
        conflict = d.conflict, conflict_with = d.conflict_with, settled_at = d.settled_at, decided = d.decided
    FROM derived_stay d
    WHERE d.patient_id = kept.patient_id AND d.case_number = kept.case_number AND (kept.*) IS DISTINCT FROM (d.*)
)
INSERT INTO monitor.stay
SELECT d.* FROM derived_stay d
WHERE NOT EXISTS (SELECT FROM monitor.stay kept WHERE kept.patient_id = d.patient_id AND kept.case_number = d.case_number)
