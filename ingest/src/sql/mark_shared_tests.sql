-- Test ids that belong to several patients from now on.
WITH shared AS MATERIALIZED (
    SELECT o.test_id
    FROM new_owner n JOIN warehouse.test_owner o ON o.test_id = n.test_id
    GROUP BY o.test_id HAVING count(*) > 1
)
UPDATE warehouse.test_owner o SET is_shared = true FROM shared s WHERE o.test_id = s.test_id AND NOT o.is_shared
