//! The words that the files are made of: names, departments, laboratory tests, and the several ways in which
//! the two systems write "nothing". Lists only; what is drawn from them is decided elsewhere.

/// How the source systems write "nothing". The last one is the empty field.
pub(crate) const NOTHING: [&str; 4] = ["NULL", "NA", "N/A", ""];

/// The twenty-two departments.
pub(crate) const DEPARTMENTS: [&str; 22] = [
    "Cardiology",
    "Dermatology",
    "Emergency",
    "Endocrinology",
    "ENT",
    "Gastroenterology",
    "General Surgery",
    "Geriatrics",
    "Gynecology",
    "Hematology",
    "ICU",
    "Infectious Diseases",
    "Internal Medicine",
    "Nephrology",
    "Neurology",
    "Obstetrics",
    "Oncology",
    "Orthopedics",
    "Pediatrics",
    "Psychiatry",
    "Pulmonology",
    "Urology",
];

/// One kind of laboratory test: its normal range stands in thousandths of its (first) unit.
#[derive(Debug)]
pub(crate) struct LabKind {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) low: u64,
    pub(crate) high: u64,
}

const fn kind(name: &'static str, unit: &'static str, low: u64, high: u64) -> LabKind {
    LabKind { name, unit, low, high }
}

static LAB_KINDS: [LabKind; 22] = [
    kind("CBC", "K/uL, M/uL, g/dL, %, K/uL", 4_500, 11_000),
    kind("BMP", "mg/dL, mEq/L, mEq/L, mEq/L, mg/dL, mg/dL", 70_000, 110_000),
    kind("CMP", "mg/dL, mEq/L, mEq/L, g/dL, U/L", 65_000, 110_000),
    kind("Lipid Panel", "mg/dL, mg/dL, mg/dL, mg/dL", 125_000, 200_000),
    kind("Liver Function Panel", "U/L, U/L, U/L, mg/dL", 7_000, 56_000),
    kind("Urinalysis", "pH, g/mL, mg/dL", 4_500, 8_000),
    kind("Arterial Blood Gas", "pH, mmHg, mmHg, mEq/L", 7_350, 7_450),
    kind("Troponin", "ng/mL", 10, 400),
    kind("HbA1c", "%", 4_000, 5_600),
    kind("TSH", "mIU/L", 400, 4_000),
    kind("CRP", "mg/L", 100, 5_000),
    kind("ESR", "mm/hr", 1_000, 20_000),
    kind("D-Dimer", "mg/L FEU", 50, 500),
    kind("INR", "ratio", 800, 1_200),
    kind("Lactate", "mmol/L", 500, 2_200),
    kind("Creatinine", "mg/dL", 600, 1_300),
    kind("Potassium", "mEq/L", 3_500, 5_100),
    kind("Ferritin", "ng/mL", 12_000, 300_000),
    kind("Vitamin D", "ng/mL", 20_000, 50_000),
    kind("BNP", "pg/mL", 5_000, 100_000),
    kind("Procalcitonin", "ng/mL", 10, 100),
    kind("Vancomycin Trough", "ug/mL", 10_000, 20_000),
];

/// References to the kinds, in the form that dice pick from.
pub(crate) static LAB_KIND_REFS: [&LabKind; 22] = {
    let mut refs = [&LAB_KINDS[0]; 22];
    let mut at = 1;
    while at < 22 {
        refs[at] = &LAB_KINDS[at];
        at += 1;
    }
    refs
};

/// Units that a correction may put in the place of those first sent.
pub(crate) const OTHER_UNITS: [&str; 5] = ["g/L", "mmol/L", "umol/L", "10^9/L", "mg/L"];

/// Given names; several differ by one letter or an accent only, as they do on wards.
pub(crate) const FIRST_NAMES: [&str; 64] = [
    "Aaliyah",
    "Ahmed",
    "Aiko",
    "Aisha",
    "Alejandra",
    "Ana",
    "Anaïs",
    "Anna",
    "Anne",
    "Ann",
    "Antonio",
    "Björn",
    "Carlos",
    "Catherine",
    "Chidi",
    "Chloé",
    "Daniel",
    "Danielle",
    "D'Andre",
    "Dmitri",
    "Elena",
    "Elif",
    "Emeka",
    "Esther",
    "Fatima",
    "François",
    "Grace",
    "Hiroshi",
    "Ibrahim",
    "Ingrid",
    "Jamal",
    "Jean-Luc",
    "Joan",
    "John",
    "Jon",
    "José",
    "Jürgen",
    "Katherine",
    "Kwame",
    "Leila",
    "Linh",
    "Łukasz",
    "Mai",
    "Maria",
    "María",
    "Mateo",
    "Mei",
    "Mohammed",
    "Muhammad",
    "Nadia",
    "Ngozi",
    "Olga",
    "Oluwaseun",
    "Priya",
    "Rahul",
    "Renée",
    "Rosa",
    "Sean",
    "Seán",
    "Sofía",
    "Søren",
    "Thandiwe",
    "Yusuf",
    "Zoë",
];

/// Family names, with the same near doubles.
pub(crate) const LAST_NAMES: [&str; 64] = [
    "Abdullah",
    "Adeyemi",
    "Andersen",
    "Anderson",
    "Banerjee",
    "Bauer",
    "Begum",
    "Castañeda",
    "Chan",
    "Chen",
    "Cohen",
    "D'Angelo",
    "Da Silva",
    "Diallo",
    "Dubois",
    "Eriksson",
    "Fernández",
    "Fischer",
    "García",
    "Garcia",
    "Gonzales",
    "González",
    "Green",
    "Greene",
    "Haddad",
    "Hansen",
    "Hassan",
    "Hernández",
    "Hussain",
    "Ivanova",
    "Johnson",
    "Johnston",
    "Kim",
    "Kowalski",
    "Kumar",
    "Lee",
    "Leigh",
    "Li",
    "MacLeod",
    "McLeod",
    "Mensah",
    "Müller",
    "Mueller",
    "N'Diaye",
    "Nakamura",
    "Nguyen",
    "Nuñez",
    "O'Brien",
    "O'Connor",
    "Okafor",
    "Patel",
    "Pérez",
    "Petrov",
    "Rodríguez",
    "Rossi",
    "Sato",
    "Schäfer",
    "Singh",
    "Smith",
    "Smyth",
    "Ström",
    "Tran",
    "van der Berg",
    "Yılmaz",
];

/// Two pairs of patients that a tired eye confuses: given name, family name.
pub(crate) const LOOK_ALIKES: [(&str, &str); 4] =
    [("María", "González"), ("Maria", "Gonzales"), ("Ann", "O'Brien"), ("Anne", "O'Brien")];

/// Physicians who admit, order and look after patients.
pub(crate) const PHYSICIANS: [&str; 24] = [
    "Dr. Amara Okafor",
    "Dr. Anders Holm",
    "Dr. Beatriz Núñez",
    "Dr. Camille Laurent",
    "Dr. David Cohen",
    "Dr. Elizabeth O'Neill",
    "Dr. Farid Rahimi",
    "Dr. Grace Mwangi",
    "Dr. Helga Krüger",
    "Dr. Isabel Duarte",
    "Dr. James Whitfield",
    "Dr. Kenji Watanabe",
    "Dr. Lakshmi Iyer",
    "Dr. Michael Brown",
    "Dr. Michaela Braun",
    "Dr. Noor Siddiqui",
    "Dr. Olumide Bello",
    "Dr. Paula D'Souza",
    "Dr. Rachel Stein",
    "Dr. Samuel Osei",
    "Dr. Tomás Herrera",
    "Dr. Ursula Meyer",
    "Dr. Wei Zhang",
    "Dr. Yara Haddad",
];

/// Insurance providers; the one with a comma is quoted in the file.
pub(crate) const INSURERS: [&str; 10] = [
    "Aetna",
    "Blue Cross Blue Shield",
    "Cigna",
    "Humana",
    "Kaiser Permanente",
    "Medicaid",
    "Medicare",
    "Mutual Aid, City Employees",
    "Self-pay",
    "UnitedHealthcare",
];

/// Blood types.
pub(crate) const BLOOD_TYPES: [&str; 8] = ["A+", "A-", "AB+", "AB-", "B+", "B-", "O+", "O-"];

/// How the source says that a patient has no known allergies: a value, not a null.
pub(crate) const NO_KNOWN_ALLERGIES: &str = "None";

/// Allergies; a list in one field is quoted in the file.
pub(crate) const ALLERGIES: [&str; 12] = [
    "Aspirin",
    "Codeine",
    "Contrast dye",
    "Eggs",
    "Ibuprofen",
    "Latex",
    "Peanuts",
    "Penicillin",
    "Penicillin, Latex",
    "Shellfish",
    "Sulfa drugs",
    "Sulfa drugs, Iodine, Nuts",
];
