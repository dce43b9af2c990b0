SELECT pg_advisory_xact_lock($1, slot)::text FROM unnest($2::int[]) WITH ORDINALITY AS sorted (slot, place) ORDER BY place
