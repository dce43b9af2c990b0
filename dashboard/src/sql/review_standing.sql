-- What holds of stays that are not over, or what held as of another moment ($1) of stays that were not over then: the newest act of
-- each kind that can replace another. held_before: who took care of the stay until then. is_overtaken: a test ended the
-- acknowledgement, though its result does not stand any more. is_away: whoever took the stay on does not see it.
SELECT newest.*,
    newest.act = 'acknowledged' AND monitor.was_performed_since(newest.patient_id, newest.idle_since, newest.at) AS is_overtaken,
    coalesce(newest.act = 'assigned' AND (holder.disabled_at IS NOT NULL
        OR holder.departments <> '{}' AND newest.department <> ALL (holder.departments)), false) AS is_away
FROM (
    SELECT DISTINCT ON (r.patient_id, r.case_number, r.topic)
        r.review_id, r.patient_id, r.case_number, r.act, r.reason, r.comment, r.returns_at, r.idle_since, r.doubted_at, r.by_account, r.at,
        lag(CASE WHEN r.act = 'assigned' THEN r.by_account END)
            OVER (PARTITION BY r.patient_id, r.case_number, r.topic ORDER BY r.review_id) AS held_before,
        s.department
    FROM app.review r
    JOIN monitor.stay s ON s.patient_id = r.patient_id AND s.case_number = r.case_number
    WHERE r.at <= coalesce($1::timestamptz, 'infinity')
      AND (s.released_at IS NULL OR s.released_at > coalesce($1::timestamptz, now()) OR s.conflict IS NOT NULL)
    ORDER BY r.patient_id, r.case_number, r.topic, r.review_id DESC
) newest
LEFT JOIN app.account holder ON holder.name = newest.by_account
