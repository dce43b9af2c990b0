//! What the values of a column look like: how many its type accepts, and in which formats its dates are written.

use wardwatch_schema::map::{
    Column, DATE_TIMES, DATES, Kind, TIMES, ambiguous, reads_date, reads_date_time, reads_time,
};

use crate::parse::LONGEST_ID;

/// Some of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) of: usize,
    pub(super) count: usize,
}

impl Share {
    pub(super) fn ratio(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }

    pub(super) fn is_all(self) -> bool {
        self.of > 0 && self.count == self.of
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.count, self.of)
    }
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Date,
    Time,
    DateTime,
    Id,
    Decimal,
    Value,
    Text,
}

impl Says {
    /// What the text of a column says that is no part of a timestamp.
    pub(super) fn of(column: &Column) -> Self {
        match column.kind {
            Kind::Id => Self::Id,
            Kind::Text => Self::Text,
            Kind::Date => Self::Date,
            Kind::Timestamp => Self::DateTime,
            Kind::Decimal => Self::Decimal,
            Kind::Enum => Self::Value,
        }
    }

    fn known_formats(self) -> &'static [&'static str] {
        match self {
            Self::Date => DATES,
            Self::Time => TIMES,
            Self::DateTime => DATE_TIMES,
            _ => &[],
        }
    }

    fn reads(self, text: &str, format: &str) -> bool {
        match self {
            Self::Date => reads_date(text, format).is_some(),
            Self::Time => reads_time(text, format).is_some(),
            Self::DateTime => reads_date_time(text, format).is_some(),
            _ => false,
        }
    }
}

/// How many of the values the column accepts as it is; `None` where it accepts every text.
pub(super) fn accepted(says: Says, column: &Column, formats: &[String], values: &[&str]) -> Option<Share> {
    let accepts = |text: &&&str| match says {
        Says::Text => true,
        Says::Id => text.len() <= LONGEST_ID && !text.contains(char::is_whitespace),
        Says::Decimal => text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains(char::is_alphabetic),
        Says::Value => column.values.contains_key(**text),
        Says::Date | Says::Time | Says::DateTime => formats.iter().any(|format| says.reads(text, format)),
    };
    (says != Says::Text).then(|| Share { of: values.len(), count: values.iter().filter(accepts).count() })
}

/// In which format dates are written that the map does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Detected {
    /// This one reads all values, and no other reads them otherwise.
    Format(String),
    /// Both read all values, and they may mean two days.
    Ambiguous(String, String),
    /// None reads all values.
    Nothing,
}

/// Which known format reads all values. Where two read them all that could mean two days, neither is taken.
pub(super) fn detect(says: Says, values: &[&str]) -> Detected {
    let reads_all = |format: &&&str| values.iter().all(|text| says.reads(text, format));
    let formats: Vec<&str> = says.known_formats().iter().filter(reads_all).copied().collect();
    match (values.is_empty(), formats.first(), ambiguous(&formats)) {
        (false, Some(_), Some((a, b))) => Detected::Ambiguous(a.to_owned(), b.to_owned()),
        (false, Some(format), None) => Detected::Format((*format).to_owned()),
        _ => Detected::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_detected_only_where_no_other_could_be_meant() {
        let format = |text: &str| Detected::Format(text.to_owned());
        assert_eq!(detect(Says::Date, &["2026-11-21", "2026-01-02"]), format("%Y-%m-%d"));
        assert_eq!(detect(Says::Date, &["21/11/2026", "1/2/2026"]), format("%d/%m/%Y"));
        let ambiguous = Detected::Ambiguous("%m/%d/%Y".to_owned(), "%d/%m/%Y".to_owned());
        assert_eq!(detect(Says::Date, &["1/2/2026", "3/4/2026"]), ambiguous);
        assert_eq!(detect(Says::Date, &["5/5/2026"]), ambiguous, "even where both say the same day");
        assert_eq!(detect(Says::Date, &["21/11/2026", "11/21/2026"]), Detected::Nothing);
        assert_eq!(detect(Says::Date, &[]), Detected::Nothing);
        assert_eq!(detect(Says::Time, &["13:05", "23:59"]), format("%H:%M"));
        assert_eq!(detect(Says::DateTime, &["2026-11-21T10:15:00"]), format("%Y-%m-%dT%H:%M:%S"));
    }
}
