//! The values of parameters: numbers, days, texts, choices and moments, and why one is not taken.

use std::num::IntErrorKind;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::views::census::plain;

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
    /// Neither so many hours nor a time of day.
    NoRound { most_hours: i32 },
    /// No day.
    NoDay,
    /// A text of more letters.
    TooLong { letters: usize },
    /// A text with a character that is no text.
    Control,
    /// A text with a character that shows nothing, or that stands where one could not be read.
    Unseen,
    /// A text without a letter or digit, for which nothing can be looked.
    NoWord,
    /// No department that a stay or a threshold names.
    NoDepartment,
    /// It contradicts another one.
    Beside { other: &'static str },
    /// It says nothing where another one is missing.
    Without { other: &'static str },
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

/// A page by its number. One of more digits than a number has is as far beyond the end as any: `furthest`.
pub(super) fn page(value: &str, furthest: i64) -> Result<i64, Fault> {
    let is_huge = value.parse::<i64>().is_err_and(|error| *error.kind() == IntErrorKind::PosOverflow);
    if is_huge { Ok(furthest) } else { Ok(number(value, 1, i64::MAX)?.min(furthest)) }
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
    if value.chars().any(is_unseen) {
        return Err(Fault::Unseen);
    }
    Ok(value.to_owned())
}

/// A text for which can be looked: one of signs alone says nothing, and would find everybody.
pub(super) fn words(value: &str) -> Result<String, Fault> {
    let text = text(value)?;
    if plain::words(&text).is_empty() { Err(Fault::NoWord) } else { Ok(text) }
}

/// What shows nothing itself, turns the order of the letters around it, or stands where a letter could not be read. The two joiners
/// are not among it: names in the scripts of Persia and India contain them.
pub(crate) fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffd}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// One of several, by its name.
pub(super) fn choice<T: Copy>(value: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, Fault> {
    let found = all.iter().copied().find(|choice| name(*choice) == value);
    found.ok_or_else(|| Fault::NoChoice { known: all.iter().map(|choice| name(*choice)).collect() })
}

/// RFC 3339, or the hospital's wall clock when no offset is given; of an hour that comes twice the later one.
pub(crate) fn moment(value: &str, zone: Tz) -> Result<DateTime<Utc>, Fault> {
    one_of(value, zone, |_, later| later)
}

/// The same; of an hour that comes twice the earlier one, for what then hides nobody: since when something has changed, or when
/// somebody comes back to the board.
pub(crate) fn moment_early(value: &str, zone: Tz) -> Result<DateTime<Utc>, Fault> {
    one_of(value, zone, |earlier, _| earlier)
}

type Instant = DateTime<Tz>;

fn one_of(value: &str, zone: Tz, choose: fn(Instant, Instant) -> Instant) -> Result<DateTime<Utc>, Fault> {
    // A plus sign that was not encoded arrives as a space.
    let with_plus = value.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    let mut with_offset = [Some(value.to_owned()), with_plus].into_iter().flatten();
    if let Some(at) = with_offset.find_map(|text| DateTime::parse_from_rfc3339(&text).ok()) {
        return of_our_time(at.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let wall = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(value, format).ok());
    match zone.from_local_datetime(&wall.ok_or(Fault::NoMoment { zone })?) {
        LocalResult::Single(at) => of_our_time(at.to_utc()),
        LocalResult::Ambiguous(earlier, later) => of_our_time(choose(earlier, later).to_utc()),
        LocalResult::None => Err(Fault::Skipped { zone }),
    }
}

/// A moment with which can be reckoned.
fn of_our_time(at: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    if YEARS.contains(&at.year()) { Ok(at) } else { Err(Fault::Beyond { years: YEARS }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn of_an_hour_that_comes_twice_it_is_chosen_which() {
        let zone = Tz::Europe__Berlin;
        let both = |value: &str| (moment_early(value, zone).unwrap(), moment(value, zone).unwrap());
        assert_eq!(both("2026-10-25T02:30"), (at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")));
        assert_eq!(both("2026-10-25T03:30"), (at("2026-10-25T02:30:00Z"), at("2026-10-25T02:30:00Z")));
        for (said, instant) in [("+02:00", "2026-10-25T00:30:00Z"), ("+01:00", "2026-10-25T01:30:00Z")] {
            assert_eq!(both(&format!("2026-10-25T02:30:00{said}")), (at(instant), at(instant)), "{said}");
        }
        let skipped = Err(Fault::Skipped { zone });
        assert_eq!(
            (moment_early("2026-03-29T02:30", zone), moment("2026-03-29T02:30", zone)),
            (skipped.clone(), skipped)
        );
    }

    #[test]
    fn a_text_shows_every_letter_of_it() {
        for unseen in ["\u{fffd}", "\u{ad}", "\u{200b}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{e0041}"] {
            assert_eq!(text(&format!("a{unseen}b")), Err(Fault::Unseen), "{unseen:?}");
        }
        for name in ["Zoë", "Łukasz", "李小龍", "محمد", "O\u{2019}Neill", "José\u{301}", "a\u{a0}b", "---"] {
            assert_eq!(text(name).as_deref(), Ok(name), "{name}");
        }
        for joined in ["a\u{200c}b", "a\u{200d}b"] {
            assert_eq!(text(joined).as_deref(), Ok(joined), "{joined:?}");
        }
    }

    #[test]
    fn nothing_is_looked_for_without_a_letter_or_digit() {
        for signs in ["-", "---", "_", "%", "'", "…", "\u{301}"] {
            assert_eq!(words(signs), Err(Fault::NoWord), "{signs}");
        }
        for said in ["7", "李", "O'", "-a-"] {
            assert_eq!(words(said).as_deref(), Ok(said), "{said}");
        }
    }

    #[test]
    fn a_page_of_any_number_of_digits_is_one() {
        for (value, number) in
            [("1", 1), ("9", 9), ("10", 9), ("100000000000000000000", 9), ("00000000000000000000002", 2)]
        {
            assert_eq!(page(value, 9), Ok(number), "{value}");
        }
        for value in ["0", "", "-1", "1.5", "x", "00000000000000000000000"] {
            assert!(page(value, 9).is_err(), "{value}");
        }
    }
}
