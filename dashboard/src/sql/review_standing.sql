-- What holds of stays that are not over: the newest act of each kind that can replace another.
SELECT DISTINCT ON (r.patient_id, r.case_number, r.topic)
    r.review_id, r.patient_id, r.case_number, r.act, r.reason, r.comment, r.returns_at, r.idle_since, r.by_account, r.at
FROM app.review r
JOIN monitor.stay s ON s.patient_id = r.patient_id AND s.case_number = r.case_number
WHERE s.released_at IS NULL OR s.released_at > now() OR s.conflict IS NOT NULL
ORDER BY r.patient_id, r.case_number, r.topic, r.review_id DESC
