-- The threshold of each department that has its own, and that of the others under null.
SELECT department, hours FROM app.current_threshold
