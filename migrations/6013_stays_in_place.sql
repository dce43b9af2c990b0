-- Nearly every result moves the clock of a stay. No index holds a clock, and every page keeps room for a second version of
-- its rows, so that Postgres updates them in place (HOT) and touches no index. Which stays are open is what the index is
-- asked for: how long a stay is idle is reckoned from now, which no index knows.
DROP INDEX monitor.stay_open;
CREATE INDEX stay_open ON monitor.stay (patient_id) WHERE released_at IS NULL;
ALTER TABLE monitor.stay SET (fillfactor = 45);
