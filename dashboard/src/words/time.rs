//! Lengths of time and ages in words: short ones for those who read charts, long ones for those who do not.

pub(crate) fn seconds(seconds: impl std::fmt::Display) -> String {
    format!("{seconds} s")
}

pub(crate) fn minutes(minutes: impl std::fmt::Display) -> String {
    format!("{minutes} min")
}

pub(crate) fn hours(hours: impl std::fmt::Display) -> String {
    format!("{hours} h")
}

pub(crate) fn hours_and_minutes(hours: impl std::fmt::Display, minutes: impl std::fmt::Display) -> String {
    format!("{hours} h {minutes} min")
}

pub(crate) fn days(days: i64) -> String {
    format!("{days} d")
}

pub(crate) fn days_and_hours(days: i64, hours: i64) -> String {
    format!("{days} d {hours} h")
}

pub(crate) fn age_in_years(years: i32) -> String {
    format!("{years} y")
}

/// As [`age_in_years`], for those who do not read charts.
pub(crate) fn long_age_in_years(years: i32) -> String {
    format!("{years} years")
}

pub(crate) fn age_in_months(months: i32) -> String {
    format!("{months} months")
}

pub(crate) fn age_in_days(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        _ => format!("{days} days"),
    }
}
