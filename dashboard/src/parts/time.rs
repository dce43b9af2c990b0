//! How times, dates, ages and durations are written: `21-Nov-2026 10:15`, `3 d 4 h`. The only place that formats them.
//!
//! Invariant: every time is told in the hospital's zone, and carries its exact instant in `datetime`.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use crate::words::time as words;

/// A moment by the hospital's clock, in words for a person and exactly for a machine.
pub(crate) fn at(moment: DateTime<Utc>, zone: Tz) -> Markup {
    html! { time datetime=(rfc3339(moment)) { (date_time(moment, zone)) } }
}

/// A moment in other words, such as how long ago it was.
pub(crate) fn said(words: &str, moment: DateTime<Utc>, zone: Tz) -> Markup {
    html! { time datetime=(rfc3339(moment)) title=(date_time(moment, zone)) { (words) } }
}

/// A moment with its seconds.
pub(crate) fn at_second(moment: DateTime<Utc>, zone: Tz) -> Markup {
    html! { time datetime=(rfc3339(moment)) { (moment.with_timezone(&zone).format("%d-%b-%Y %H:%M:%S")) } }
}

/// `21-Nov-2026 10:15`
pub(crate) fn date_time(moment: DateTime<Utc>, zone: Tz) -> String {
    moment.with_timezone(&zone).format("%d-%b-%Y %H:%M").to_string()
}

/// As a form's field for a moment takes it, by the hospital's clock.
pub(crate) fn wall(moment: DateTime<Utc>, zone: Tz) -> String {
    moment.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// For machines: RFC 3339 in UTC.
pub(crate) fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `03-Feb-1951`
pub(crate) fn date(day: NaiveDate) -> String {
    day.format("%d-%b-%Y").to_string()
}

/// `Saturday, 21 November 2026, 10:15`: for those who do not read charts.
pub(crate) fn long(moment: DateTime<Utc>, zone: Tz) -> Markup {
    let words = moment.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M");
    html! { time datetime=(rfc3339(moment)) { (words) } }
}

/// `3 February 1951`
pub(crate) fn long_date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The two greatest units that matter: `3 d 4 h`, `4 h 12 min`, `12 min`, `40 s`.
pub(crate) fn duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => words::seconds(seconds),
        (0, 0, _) => words::minutes(minutes),
        (0, _, 0) => words::hours(hours),
        (0, _, _) => words::hours_and_minutes(hours, minutes),
        (_, 0, _) => words::days(days),
        _ => words::days_and_hours(days, hours),
    }
}

/// Age on a day: years, but months below two years and days below two months.
pub(crate) fn age(born: NaiveDate, moment: DateTime<Utc>, zone: Tz) -> Option<String> {
    age_in(words::age_in_years, born, moment, zone)
}

/// As [`age`], for those who do not read charts.
pub(crate) fn long_age(born: NaiveDate, moment: DateTime<Utc>, zone: Tz) -> Option<String> {
    age_in(words::long_age_in_years, born, moment, zone)
}

fn age_in(in_years: fn(i32) -> String, born: NaiveDate, moment: DateTime<Utc>, zone: Tz) -> Option<String> {
    let today = moment.with_timezone(&zone).date_naive();
    let days = (today - born).num_days();
    let months = whole_months(born, today);
    match (days, months) {
        (..=-1, _) => None,
        (_, 24..) => Some(in_years(months / 12)),
        (_, 2..) => Some(words::age_in_months(months)),
        _ => Some(words::age_in_days(days)),
    }
}

/// Who was born on 29 February is a year older on 1 March where a year has no 29th (Germany: BGB §§ 187 and 188; England the same).
fn whole_months(from: NaiveDate, to: NaiveDate) -> i32 {
    let months = (to.year() - from.year()) * 12 + to.month0() as i32 - from.month0() as i32;
    if to.day() < from.day() { months - 1 } else { months }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn durations_name_the_two_greatest_units() {
        let text = |seconds| duration(TimeDelta::seconds(seconds));
        assert_eq!(text(3 * 86_400 + 4 * 3_600 + 59 * 60), "3 d 4 h");
        assert_eq!(text(172_800), "2 d");
        assert_eq!(text(15_120), "4 h 12 min");
        assert_eq!(text(7_200), "2 h");
        assert_eq!(text(720), "12 min");
        assert_eq!(text(40), "40 s");
        assert_eq!(text(-5), "0 s");
    }

    #[test]
    fn times_are_told_by_the_hospitals_clock() {
        assert_eq!(date_time(utc("2026-11-21T23:30:00Z"), Tz::Europe__Berlin), "22-Nov-2026 00:30");
        let markup = at(utc("2026-07-01T10:00:00Z"), Tz::Europe__Berlin).into_string();
        assert_eq!(markup, "<time datetime=\"2026-07-01T10:00:00Z\">01-Jul-2026 12:00</time>");
    }

    #[test]
    fn ages_are_whole_years_and_finer_for_the_small() {
        let age = |born: &str| super::age(born.parse().unwrap(), utc("2026-11-21T12:00:00Z"), Tz::UTC);
        assert_eq!(age("1951-11-22").unwrap(), "74 y");
        assert_eq!(age("1951-11-21").unwrap(), "75 y");
        let long = long_age(NaiveDate::from_ymd_opt(1951, 11, 21).unwrap(), utc("2026-11-21T12:00:00Z"), Tz::UTC);
        assert_eq!(long.unwrap(), "75 years");
        assert_eq!(age("2025-10-30").unwrap(), "12 months");
        assert_eq!(age("2026-11-01").unwrap(), "20 days");
        assert_eq!(age("2027-01-01"), None);
    }

    #[test]
    fn who_was_born_on_a_leap_day_has_a_birthday_every_year() {
        let age = |day: &str| {
            let noon = utc(&format!("{day}T12:00:00Z"));
            super::age(NaiveDate::from_ymd_opt(2000, 2, 29).unwrap(), noon, Tz::UTC).unwrap()
        };
        for (day, told) in
            [("2026-02-28", "25 y"), ("2026-03-01", "26 y"), ("2028-02-28", "27 y"), ("2028-02-29", "28 y")]
        {
            assert_eq!(age(day), told, "{day}");
        }
    }

    #[test]
    fn dates_have_a_month_in_letters() {
        assert_eq!(date(NaiveDate::from_ymd_opt(1951, 2, 3).unwrap()), "03-Feb-1951");
    }
}
