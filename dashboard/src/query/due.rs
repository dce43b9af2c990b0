//! Until when a stay must cross its threshold to be due: within so many hours, or by an hour of the hospital's clock.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::value::Fault;

/// Further ahead than a week nobody plans a round.
const MOST_HOURS: i32 = 168;
const A_DAY: TimeDelta = TimeDelta::days(1);

/// The end of the span that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// So many hours from now.
    Within(i32),
    /// When the clocks of the zone next show this time: the next round.
    By(NaiveTime, Tz),
}

impl Due {
    pub(super) fn read(value: &str, zone: Tz) -> Result<Self, Fault> {
        // Two digits each: chrono takes one for enough.
        let has_all_digits = value.len() == 5 && value.bytes().filter(u8::is_ascii_digit).count() == 4;
        if let Some(time) = NaiveTime::parse_from_str(value, "%H:%M").ok().filter(|_| has_all_digits) {
            return Ok(Self::By(time, zone));
        }
        let hours = value.parse().ok().filter(|hours| (1..=MOST_HOURS).contains(hours));
        hours.map(Self::Within).ok_or(Fault::NoRound { most_hours: MOST_HOURS })
    }

    /// As the address and the form write it.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Within(hours) => hours.to_string(),
            Self::By(time, _) => time.format("%H:%M").to_string(),
        }
    }

    /// The moment itself, as it is from another one on.
    pub(crate) fn until(self, as_of: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Within(hours) => as_of + TimeDelta::hours(i64::from(hours)),
            Self::By(time, zone) => next(time, zone, as_of),
        }
    }

    /// When whoever crosses their threshold at a moment came among those who are due, as far as that goes by the clock.
    pub(crate) fn begins(self, crossing: DateTime<Utc>, as_of: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Within(hours) => crossing - TimeDelta::hours(i64::from(hours)),
            Self::By(..) => self.until(as_of) - A_DAY,
        }
    }
}

/// When the clocks next show a time. On a day that skips it, when they show the same an hour later.
fn next(time: NaiveTime, zone: Tz, as_of: DateTime<Utc>) -> DateTime<Utc> {
    let today = as_of.with_timezone(&zone).date_naive();
    let shown = today.iter_days().take(3).filter_map(|day| {
        let wall = day.and_time(time);
        let later = || zone.from_local_datetime(&(wall + TimeDelta::hours(1))).earliest();
        zone.from_local_datetime(&wall).earliest().or_else(later)
    });
    shown.map(|at| at.with_timezone(&Utc)).find(|at| *at > as_of).unwrap_or(as_of + A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(value: &str, as_of: &str) -> String {
        let due = Due::read(value, Tz::Europe__Berlin).unwrap();
        assert_eq!(due.said(), value);
        due.until(as_of.parse().unwrap()).to_rfc3339()
    }

    #[test]
    fn a_round_is_in_so_many_hours_or_at_an_hour_of_the_hospitals_clock() {
        for (value, as_of, expected) in [
            ("8", "2026-11-21T10:15:00Z", "2026-11-21T18:15:00+00:00"),
            ("14:00", "2026-11-21T10:15:00Z", "2026-11-21T13:00:00+00:00"),
            ("14:00", "2026-11-21T13:00:00Z", "2026-11-22T13:00:00+00:00"),
            ("00:30", "2026-11-21T22:15:00Z", "2026-11-21T23:30:00+00:00"),
            ("02:30", "2026-03-28T22:00:00Z", "2026-03-29T01:30:00+00:00"),
            ("02:30", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00+00:00"),
        ] {
            assert_eq!(until(value, as_of), expected, "{value} as of {as_of}");
        }
    }

    #[test]
    fn any_other_round_is_refused() {
        for bad in ["0", "169", "-8", "8.5", "25:00", "9:00", " 9:00", "14:00:30", "noon", "99999999999"] {
            assert_eq!(Due::read(bad, Tz::UTC), Err(Fault::NoRound { most_hours: 168 }), "{bad}");
        }
    }

    #[test]
    fn whoever_is_due_came_among_them_when_the_span_reached_their_crossing() {
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let (crossing, as_of) = (at("2026-11-21T12:00:00Z"), at("2026-11-21T10:15:00Z"));
        assert_eq!(Due::Within(8).begins(crossing, as_of), at("2026-11-21T04:00:00Z"));
        let round = Due::read("14:00", Tz::UTC).unwrap();
        assert_eq!(round.begins(crossing, as_of), at("2026-11-20T14:00:00Z"));
    }
}
