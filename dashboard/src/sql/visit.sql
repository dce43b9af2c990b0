-- A look at the board: $1 who, $2 when, $3 the last look that this program knows of, $4 after how long without one a visit ends.
INSERT INTO app.visit AS v (account_id, seen_at) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE SET
    seen_at = greatest(v.seen_at, $2),
    previous_seen_at = CASE WHEN $2 - greatest(v.seen_at, $3) > $4 THEN greatest(v.seen_at, $3) ELSE v.previous_seen_at END
RETURNING previous_seen_at
