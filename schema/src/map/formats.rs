//! Formats of dates and times: which texts they read, and which two of them read one text as two moments.

use std::fmt::Write as _;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// Formats of dates that are tried when a source changed its own.
pub const DATES: &[&str] = &[
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
];

/// Formats of times of day that are tried when a source changed its own.
pub const TIMES: &[&str] = &["%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S%.f", "%H.%M", "%H%M%S", "%H%M"];

/// Formats of date and time in one column that are tried when a source changed its own.
pub const DATE_TIMES: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y%m%d%H%M%S",
];

/// The day that a text says in this format, where it lies between 1850 and 2200.
pub fn reads_date(text: &str, format: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, format).ok().filter(|day| is_plausible(*day))
}

/// The time of day that a text says in this format.
pub fn reads_time(text: &str, format: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, format).ok()
}

/// The moment that a text says in this format.
pub fn reads_date_time(text: &str, format: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, format).ok().filter(|at| is_plausible(at.date()))
}

fn is_plausible(day: NaiveDate) -> bool {
    (1850..=2200).contains(&day.year())
}

/// Two formats of which one reads what the other wrote as another moment.
pub fn ambiguous<'a>(formats: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let moments = moments();
    let differs = |a: &str, b: &str| moments.iter().any(|at| is_read_otherwise(*at, a, b));
    let pairs = formats.iter().flat_map(|a| formats.iter().map(move |b| (*a, *b)));
    pairs.into_iter().find(|(a, b)| a != b && differs(a, b))
}

fn is_read_otherwise(at: NaiveDateTime, a: &str, b: &str) -> bool {
    let Some(text) = written(at, a) else { return false };
    let as_moment = NaiveDateTime::parse_from_str(&text, b).is_ok_and(|other| !is_same_minute(other, at));
    let as_day = NaiveDate::parse_from_str(&text, b).is_ok_and(|other| other != at.date());
    let as_time = NaiveTime::parse_from_str(&text, b)
        .is_ok_and(|other| (other.hour(), other.minute()) != (at.hour(), at.minute()));
    // A format of times alone is asked for the time only, and so on: what it cannot read is no difference.
    as_moment || (as_day && !has_time_only(b)) || (as_time && has_time_only(b))
}

fn has_time_only(format: &str) -> bool {
    NaiveDate::parse_from_str(&written(NaiveDateTime::default(), format).unwrap_or_default(), format).is_err()
}

fn is_same_minute(a: NaiveDateTime, b: NaiveDateTime) -> bool {
    (a.date(), a.hour(), a.minute()) == (b.date(), b.hour(), b.minute())
}

/// Days over 25 years, each at another time of day.
fn moments() -> Vec<NaiveDateTime> {
    let Some(start) = NaiveDate::from_ymd_opt(2001, 1, 1).and_then(|day| day.and_hms_opt(0, 7, 0)) else {
        return Vec::new();
    };
    let later = |day: u64| {
        let moved = start.checked_add_days(Days::new(day * 23))?;
        Some(moved + chrono::Duration::minutes((day * 67 % 1440) as i64))
    };
    (0..400).step_by(3).filter_map(later).collect()
}

fn written(at: NaiveDateTime, format: &str) -> Option<String> {
    let mut text = String::new();
    write!(text, "{}", at.format(format)).ok()?;
    Some(text)
}

/// What a format must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Date,
    Time,
    DateTime,
}

/// Why a format cannot be used: what it writes, it must read again as the same day, minute or moment.
pub(super) fn defect(format: &str, says: Says) -> Option<String> {
    let reads_back = |at: NaiveDateTime| {
        let Some(text) = written(at, format) else { return false };
        match says {
            Says::Date => reads_date(&text, format) == Some(at.date()),
            Says::Time => {
                reads_time(&text, format).is_some_and(|time| (time.hour(), time.minute()) == (at.hour(), at.minute()))
            }
            Says::DateTime => reads_date_time(&text, format).is_some_and(|other| is_same_minute(other, at)),
        }
    };
    // The century must be said, so a day of another one is tried too.
    let earlier = NaiveDate::from_ymd_opt(1931, 12, 31).and_then(|day| day.and_hms_opt(23, 59, 0));
    if moments().into_iter().chain(earlier).all(reads_back) {
        return None;
    }
    let whole = match says {
        Says::Date => "a day with its century (such as \"%Y-%m-%d\")",
        Says::Time => "a time of day (such as \"%H:%M\")",
        Says::DateTime => "day and time of wall clock, without an offset (such as \"%Y-%m-%d %H:%M:%S\")",
    };
    Some(format!("the format {format:?} does not say {whole}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_read_one_text_as_two_dates_are_told_apart_from_those_that_do_not() {
        assert!(ambiguous(&["%m/%d/%Y", "%d/%m/%Y"]).is_some());
        assert!(ambiguous(&["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]).is_some());
        assert!(ambiguous(&["%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y"]).is_none());
        assert!(ambiguous(&["%H:%M", "%H:%M:%S", "%I:%M %p"]).is_none());
    }

    #[test]
    fn a_format_that_says_too_little_has_a_defect() {
        for format in ["%m/%d/%y", "%m/%d", "%Q", "%Y-%m-%dT%z", ""] {
            assert!(defect(format, Says::Date).is_some(), "{format}");
        }
        assert!(defect("%I:%M", Says::Time).is_some(), "morning or evening");
        assert!(defect("%Y-%m-%d %H:%M%z", Says::DateTime).is_some(), "an offset is no wall clock");
    }

    #[test]
    fn every_format_that_is_tried_says_enough() {
        let lists = [(DATES, Says::Date), (TIMES, Says::Time), (DATE_TIMES, Says::DateTime)];
        for (format, says) in lists.iter().flat_map(|(list, says)| list.iter().map(move |format| (format, says))) {
            assert_eq!(defect(format, *says), None, "{format}");
        }
    }
}
