//! What a caller may ask for, checked before the first byte is written.

use crate::error::Error;
use crate::feed::Layout;
use chrono::{DateTime, Datelike, SubsecRound, Utc};
use chrono_tz::Tz;
use std::time::Duration;

/// The most patients that the id ranges have room for.
pub const MOST_PATIENTS: u64 = 12_000_000;

/// The most tests per patient that the id ranges have room for.
pub const MOST_TESTS_PER_PATIENT: u32 = 40;

/// What to generate. Equal options give equal bytes.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as on the command line")]
pub struct GenerateOptions {
    /// How many patients the base holds, 1 to [`MOST_PATIENTS`].
    pub patients: u64,
    /// What every draw derives from.
    pub seed: u64,
    /// The moment around which all times lie; nothing was performed after it.
    pub now: DateTime<Utc>,
    /// The hospital's wall clock, in which the files are written.
    pub timezone: Tz,
    /// Tests (and results) per patient on average, 1 to [`MOST_TESTS_PER_PATIENT`].
    pub tests_per_patient: u32,
    /// How keys are named.
    pub layout: Layout,
    /// Whether files are compressed (`.csv.gz`).
    pub gzip: bool,
    /// Whether patients are told as release 2 of the PMS does, with address, phone and e-mail address (map v2).
    pub contacts: bool,
    /// Whether the base files are written.
    pub base: bool,
    /// Whether files with changed headers are written under `drift/`.
    pub drift: bool,
    /// Whether broken files are written under `broken/`.
    pub broken: bool,
}

impl GenerateOptions {
    /// A plain base in UTC with bare names and ten tests per patient.
    pub fn new(patients: u64, seed: u64, now: DateTime<Utc>) -> Self {
        Self {
            patients,
            seed,
            now: now.trunc_subsecs(0),
            timezone: Tz::UTC,
            tests_per_patient: 10,
            layout: Layout::Bare,
            gzip: false,
            contacts: false,
            base: true,
            drift: false,
            broken: false,
        }
    }

    /// Refuses what cannot be generated.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=MOST_PATIENTS).contains(&self.patients) {
            return Err(Error::Patients { given: self.patients, most: MOST_PATIENTS });
        }
        if !(1..=MOST_TESTS_PER_PATIENT).contains(&self.tests_per_patient) {
            return Err(Error::TestsPerPatient { given: self.tests_per_patient, most: MOST_TESTS_PER_PATIENT });
        }
        if !(1970..=2200).contains(&self.now.year()) {
            return Err(Error::Now { given: self.now.to_rfc3339() });
        }
        Ok(())
    }

    /// The same options with `now` cut to whole seconds, as the files write it.
    pub(crate) fn whole_seconds(&self) -> Self {
        Self { now: self.now.trunc_subsecs(0), ..self.clone() }
    }
}

/// How the trickle runs.
#[derive(Clone, Debug)]
pub struct TrickleOptions {
    /// The base that the trickle continues: its `seed`, `patients`, `now` and `tests_per_patient` must be
    /// those the base was generated with, or updates name other rows.
    pub base: GenerateOptions,
    /// The time between two rounds, one second or longer.
    pub interval: Duration,
    /// Stop after so many rounds; `None` goes on until told.
    pub rounds: Option<u64>,
}

impl TrickleOptions {
    /// A trickle without end.
    pub fn new(base: GenerateOptions, interval: Duration) -> Self {
        Self { base, interval, rounds: None }
    }

    /// Refuses what cannot be generated.
    pub fn check(&self) -> Result<(), Error> {
        if self.interval < Duration::from_secs(1) {
            return Err(Error::Interval { given: self.interval });
        }
        self.base.check()
    }
}
