UPDATE monitor.stay kept SET
    last_performed_at = d.last_performed_at, idle_since = greatest(kept.admitted_at, d.last_performed_at),
    unperformed_test_id = d.unperformed_test_id, unperformed_ordered_at = d.unperformed_ordered_at,
    waiting_results = d.waiting_results, settled_at = greatest(kept.settled_at, d.latest)
FROM performed_stay d
WHERE kept.ctid = d.place
