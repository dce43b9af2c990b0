-- Everything that was ever done about the stays of one patient, the newest first.
SELECT review_id, patient_id, case_number, act, reason, comment, returns_at, idle_since, by_account, at
FROM app.review WHERE patient_id = $1 ORDER BY review_id DESC
