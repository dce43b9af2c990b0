-- What the PMS says of the patient who reads.
SELECT first_name, last_name, date_of_birth, primary_physician, insurance_provider, blood_type, allergies, address, phone, email
FROM warehouse.patient
WHERE patient_id = $1
