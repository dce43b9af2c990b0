-- Everything that was ever done about the stays of one patient, the newest first. is_overtaken: a test ended the acknowledgement,
-- though its result does not stand any more. is_away: whoever took the stay on does not see it.
SELECT r.review_id, r.patient_id, r.case_number, r.act, r.reason, r.comment, r.returns_at, r.idle_since, r.doubted_at, r.by_account, r.at,
    r.act = 'acknowledged' AND monitor.was_performed_since(r.patient_id, r.idle_since, r.at) AS is_overtaken,
    coalesce(r.act = 'assigned' AND (holder.disabled_at IS NOT NULL
        OR holder.departments <> '{}' AND s.department <> ALL (holder.departments)), false) AS is_away
FROM app.review r
LEFT JOIN monitor.stay s ON s.patient_id = r.patient_id AND s.case_number = r.case_number
LEFT JOIN app.account holder ON holder.name = r.by_account
WHERE r.patient_id = $1
ORDER BY r.review_id DESC
