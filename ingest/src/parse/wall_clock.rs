//! Hospital wall clock to instants.
//!
//! Where the clock leaves a choice, the instant that keeps a patient listed longer is taken, and that is said: a doubt
//! never clears a patient.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use wardwatch_schema::map::Prefer;

/// What was assumed about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assumed {
    /// Nothing.
    Nothing,
    /// The time of day was missing.
    DateOnly,
    /// The clock was set forward or back at this time.
    ClockChange,
}

impl Assumed {
    /// The flag in the warehouse.
    pub(super) fn flag(self, column: &str) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::DateOnly => Some(format!("{column}:date_only")),
            Self::ClockChange => Some(format!("{column}:dst")),
        }
    }
}

/// The instant of a date and, where there is one, a time of day.
pub(super) fn instant(zone: Tz, date: NaiveDate, time: Option<NaiveTime>, prefer: Prefer) -> (DateTime<Utc>, Assumed) {
    match (time, prefer) {
        (Some(time), _) => at(zone, date.and_time(time), prefer),
        (None, Prefer::Earlier) => (at(zone, date.and_time(NaiveTime::MIN), prefer).0, Assumed::DateOnly),
        (None, Prefer::Later) => {
            let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
            (at(zone, next.and_time(NaiveTime::MIN), prefer).0, Assumed::DateOnly)
        }
    }
}

fn at(zone: Tz, wall: NaiveDateTime, prefer: Prefer) -> (DateTime<Utc>, Assumed) {
    let (early, late) = match zone.from_local_datetime(&wall) {
        chrono::LocalResult::Single(time) => return (time.to_utc(), Assumed::Nothing),
        chrono::LocalResult::Ambiguous(a, b) => (a.to_utc(), b.to_utc()),
        chrono::LocalResult::None => skipped(zone, wall),
    };
    let chosen = if prefer == Prefer::Earlier { early.min(late) } else { early.max(late) };
    (chosen, Assumed::ClockChange)
}

/// A wall clock time that never was: read with the offsets of before and after the change.
fn skipped(zone: Tz, wall: NaiveDateTime) -> (DateTime<Utc>, DateTime<Utc>) {
    let offset_near = |near: NaiveDateTime| zone.offset_from_utc_datetime(&near);
    let read = |near: NaiveDateTime| {
        let offset = chrono::Offset::fix(&offset_near(near)).local_minus_utc();
        (wall - Duration::seconds(offset.into())).and_utc()
    };
    (read(wall - Duration::days(1)), read(wall + Duration::days(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, prefer: Prefer) -> (String, Assumed) {
        let wall = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let (instant, assumed) = instant(Tz::Europe__Berlin, wall.date(), Some(wall.time()), prefer);
        (instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), assumed)
    }

    #[test]
    fn an_hour_that_happens_twice_takes_the_side_that_keeps_the_patient_listed() {
        assert_eq!(
            read("2026-10-25 02:30", Prefer::Earlier),
            ("2026-10-25T00:30:00Z".to_owned(), Assumed::ClockChange)
        );
        assert_eq!(read("2026-10-25 02:30", Prefer::Later), ("2026-10-25T01:30:00Z".to_owned(), Assumed::ClockChange));
    }

    #[test]
    fn an_hour_that_never_was_takes_the_side_that_keeps_the_patient_listed() {
        assert_eq!(
            read("2026-03-29 02:30", Prefer::Earlier),
            ("2026-03-29T00:30:00Z".to_owned(), Assumed::ClockChange)
        );
        assert_eq!(read("2026-03-29 02:30", Prefer::Later), ("2026-03-29T01:30:00Z".to_owned(), Assumed::ClockChange));
    }

    #[test]
    fn an_ordinary_time_assumes_nothing() {
        assert_eq!(read("2026-11-21 12:00", Prefer::Earlier), ("2026-11-21T11:00:00Z".to_owned(), Assumed::Nothing));
    }

    #[test]
    fn a_date_alone_is_the_start_of_the_day_and_its_end_for_a_release() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let utc = |prefer| instant(Tz::UTC, date, None, prefer);
        assert_eq!(utc(Prefer::Earlier), ("2026-11-21T00:00:00Z".parse().unwrap(), Assumed::DateOnly));
        assert_eq!(utc(Prefer::Later), ("2026-11-22T00:00:00Z".parse().unwrap(), Assumed::DateOnly));
    }
}
