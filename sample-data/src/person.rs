//! Who a patient is: names, birth date, physician, insurance, blood type, allergies.

use crate::catalogue::{
    ALLERGIES, BLOOD_TYPES, FIRST_NAMES, INSURERS, LAST_NAMES, LOOK_ALIKES, NO_KNOWN_ALLERGIES, NOTHING, PHYSICIANS,
};
use crate::dice::Dice;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A row of `patient_information`, its fields as the file writes them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) born: NaiveDate,
    pub(crate) physician: &'static str,
    pub(crate) insurer: &'static str,
    pub(crate) blood_type: &'static str,
    pub(crate) allergies: &'static str,
    /// Told by release 2 of the PMS only.
    pub(crate) contact: Option<Contact>,
}

/// How to reach a patient.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) email: String,
}

impl Contact {
    /// Derived from the id, so that whether it is written changes nothing else. Reserved numbers and names only: nobody
    /// real is ever called or written to. Some patients gave no e-mail address.
    pub(crate) fn of(id: &str) -> Self {
        let number = id.bytes().fold(7_u64, |sum, letter| (sum * 31 + u64::from(letter)) % 1_000_003);
        let street = STREETS[(number / 7 % STREETS.len() as u64) as usize];
        let email = if number % 5 == 0 { "NA".to_owned() } else { format!("patient.{id}@example.org") };
        Self {
            address: format!("{} {street}, Springfield", number % 240 + 1),
            phone: format!("(202) 555-0{}", 100 + number % 100),
            email,
        }
    }
}

const STREETS: [&str; 6] = ["Maple Street", "Oak Avenue", "Cedar Lane", "Elm Court", "Park Road", "Mill Row"];

impl Person {
    /// Draws a person with a physician.
    pub(crate) fn draw(dice: &mut Dice, id: String, now: DateTime<Utc>) -> Self {
        let age_in_days = dice.between(1, 35_000) as i64;
        Self {
            id,
            first_name: dice.pick(&FIRST_NAMES),
            last_name: dice.pick(&LAST_NAMES),
            born: (now - TimeDelta::days(age_in_days)).date_naive(),
            physician: dice.pick(&PHYSICIANS),
            insurer: known_or_nothing(dice, 92, &INSURERS),
            blood_type: known_or_nothing(dice, 94, &BLOOD_TYPES),
            allergies: draw_allergies(dice),
            contact: None,
        }
    }

    /// Gives the patient of an index what exactly some of every hundred have: no physician (four), or a name
    /// that is easily taken for the next patient's (two pairs).
    pub(crate) fn apply_quirks(&mut self, dice: &mut Dice, index: u64) {
        let nothing = dice.pick(&NOTHING);
        let place = index % 100;
        if place % 25 == 7 {
            self.physician = nothing;
        }
        let look_alike = match place {
            30 | 31 => LOOK_ALIKES.get(place as usize - 30),
            72 | 73 => LOOK_ALIKES.get(place as usize - 70),
            _ => None,
        };
        if let Some((first_name, last_name)) = look_alike {
            self.first_name = first_name;
            self.last_name = last_name;
        }
    }
}

fn known_or_nothing<const LENGTH: usize>(
    dice: &mut Dice,
    percent: u64,
    known: &[&'static str; LENGTH],
) -> &'static str {
    let value = dice.pick(known);
    let nothing = dice.pick(&NOTHING);
    if dice.chance(percent) { value } else { nothing }
}

fn draw_allergies(dice: &mut Dice) -> &'static str {
    if dice.chance(40) {
        return NO_KNOWN_ALLERGIES;
    }
    known_or_nothing(dice, 75, &ALLERGIES)
}
