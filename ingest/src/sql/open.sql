SELECT
    (SELECT count(*) FROM ingest.undecided_quarantine) AS "quarantined!",
    (SELECT count(*) FROM ingest.open_object WHERE state = 'held') AS "held!",
    (SELECT count(*) FROM ingest.open_object WHERE state <> 'held') AS "failed!",
    (SELECT count(*) FROM ingest.waiting_result WHERE is_current) AS "waiting!",
    (SELECT count(*) FROM monitor.stay WHERE conflict IS NOT NULL) AS "conflicts!"
