-- The dashboard asks, the ingest daemon carries out: only it writes decisions, and nobody changes one.
GRANT SELECT ON app.decision, app.standing_decision, app.request TO wardwatch_ingest, wardwatch_dashboard;
GRANT SELECT ON ingest.rebuild, ingest.undecided_quarantine TO wardwatch_ingest, wardwatch_dashboard;
GRANT INSERT, UPDATE, DELETE ON ingest.rebuild TO wardwatch_ingest;
GRANT INSERT ON app.decision TO wardwatch_ingest;
GRANT INSERT ON app.request TO wardwatch_ingest, wardwatch_dashboard;
GRANT UPDATE (state, answer, answered_at) ON app.request TO wardwatch_ingest;
