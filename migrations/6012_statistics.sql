-- A load in progress needs to know how many rows there are, and hardly more: a smaller sample is read in a fraction of the
-- time. Autovacuum gathers the full statistics later, as for every table.
ALTER FUNCTION warehouse.gather_statistics(text) SET default_statistics_target TO 20;
