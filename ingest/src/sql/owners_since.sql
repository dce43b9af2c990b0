-- Test ids that may have got an owner after this snapshot: their rows are not older than its oldest open transaction.
INSERT INTO new_owner (test_id)
SELECT DISTINCT test_id FROM warehouse.test_owner WHERE age(xmin) <= age($1::text::xid8::xid)
