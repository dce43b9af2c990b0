//! Why a parameter of the address, or a time in a form, cannot be read.

use crate::query::{Fault, VISIT};

/// Of the parameter of this name.
pub(crate) fn refused(name: &str, fault: &Fault) -> String {
    format!("{}.", of(&format!("The parameter {name}"), fault))
}

/// Of the time that a form gives.
pub(crate) fn refused_time(fault: &Fault) -> String {
    format!("{}.", of("The time", fault))
}

/// The sentence about `it`, without its full stop.
fn of(it: &str, fault: &Fault) -> String {
    match fault {
        Fault::Unknown { known } => format!("{it} is no parameter of this page; there are {}", listed(known)),
        Fault::Present => format!("{it} is no parameter of this page, which shows the present only"),
        Fault::Twice => format!("{it} is given twice; give it once"),
        Fault::NoNumber { least, greatest: Some(greatest) } => {
            format!("{it} must be a whole number from {least} to {greatest}")
        }
        Fault::NoNumber { least, greatest: None } => format!("{it} must be a whole number from {least}"),
        Fault::NoRound { most_hours } => {
            format!("{it} must be a whole number of hours from 1 to {most_hours}, or a time of day such as 14:00")
        }
        Fault::NoDay => format!("{it} must be a day such as 2026-11-21"),
        Fault::TooLong { letters } => format!("{it} is longer than {letters} characters"),
        Fault::Control => format!("{it} holds a control character; type it again"),
        Fault::Unseen => format!("{it} holds a character that cannot be seen or could not be read; type it again"),
        Fault::NoWord => format!("{it} has no letter or digit in it, so that nothing can be looked for"),
        Fault::NoDepartment => format!("{it} names a department that no stay and no threshold names"),
        Fault::Beside { other } => format!("{it} cannot stand beside {other}; give one of them"),
        Fault::Without { other } => format!("{it} says nothing without {other}"),
        Fault::NoChoice { known } => format!("{it} must be one of {}", known.join(", ")),
        Fault::NoMoment { zone } => format!(
            "{it} must be a time such as 2026-11-21T10:15:00Z, or 2026-11-21T10:15 by the hospital's clock ({zone})"
        ),
        Fault::Skipped { zone } => format!("{it} is a time that the clocks of {zone} skip; give one hour later"),
        Fault::Beyond { years } => format!("{it} must be a time of the years {} to {}", years.start(), years.end()),
        Fault::NoVisit { moment } => format!("{}; or {VISIT}, for your last visit", of(it, moment)),
    }
}

/// `one, two and three`
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}
