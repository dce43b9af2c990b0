//! The values of parameters: numbers, days, texts, choices and moments, and why one is not taken.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

const MAX_TEXT: usize = 100;
/// Before and after them nobody is in hospital.
const YEARS: RangeInclusive<i32> = 1900..=9000;

/// Why a parameter is not taken. `words::parameter` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The page has no such parameter.
    Unknown { known: &'static [&'static str] },
    /// The page shows the present only.
    Present,
    /// It stands in the address twice.
    Twice,
    /// No whole number between these.
    NoNumber { least: i64, greatest: Option<i64> },
    /// No day.
    NoDay,
    /// A text of more letters.
    TooLong { letters: usize },
    /// A text with a character that is no text.
    Control,
    /// None of these.
    NoChoice { known: Vec<&'static str> },
    /// No moment, neither exactly nor by the clock of the zone.
    NoMoment { zone: Tz },
    /// A moment that the clocks of the zone skip.
    Skipped { zone: Tz },
    /// A moment of no year in which anybody is in hospital.
    Beyond { years: RangeInclusive<i32> },
    /// Not the reader's last visit, nor a moment, and why.
    NoVisit { moment: Box<Fault> },
}

/// A whole number between two others; `i64::MAX`: without a greatest.
pub(super) fn number(value: &str, least: i64, greatest: i64) -> Result<i64, Fault> {
    let number = value.parse::<i64>().ok().filter(|number| (least..=greatest).contains(number));
    number.ok_or(Fault::NoNumber { least, greatest: (greatest != i64::MAX).then_some(greatest) })
}

/// A day, written back as it was.
pub(super) fn day(value: &str) -> Result<String, Fault> {
    let day = value.parse::<NaiveDate>().ok().filter(|day| YEARS.contains(&day.year()));
    day.map(|day| day.to_string()).ok_or(Fault::NoDay)
}

/// A text of a reasonable length.
pub(super) fn text(value: &str) -> Result<String, Fault> {
    if value.chars().count() > MAX_TEXT {
        return Err(Fault::TooLong { letters: MAX_TEXT });
    }
    if value.chars().any(char::is_control) {
        return Err(Fault::Control);
    }
    Ok(value.to_owned())
}

/// One of several, by its name.
pub(super) fn choice<T: Copy>(value: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, Fault> {
    let found = all.iter().copied().find(|choice| name(*choice) == value);
    found.ok_or_else(|| Fault::NoChoice { known: all.iter().map(|choice| name(*choice)).collect() })
}

/// RFC 3339, or the hospital's wall clock when no offset is given.
pub(crate) fn moment(value: &str, zone: Tz) -> Result<DateTime<Utc>, Fault> {
    // A plus sign that was not encoded arrives as a space.
    let with_plus = value.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    let mut with_offset = [Some(value.to_owned()), with_plus].into_iter().flatten();
    if let Some(at) = with_offset.find_map(|text| DateTime::parse_from_rfc3339(&text).ok()) {
        return of_our_time(at.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let wall = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(value, format).ok());
    match zone.from_local_datetime(&wall.ok_or(Fault::NoMoment { zone })?) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => of_our_time(at.to_utc()),
        LocalResult::None => Err(Fault::Skipped { zone }),
    }
}

/// A moment with which can be reckoned.
fn of_our_time(at: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    if YEARS.contains(&at.year()) { Ok(at) } else { Err(Fault::Beyond { years: YEARS }) }
}
