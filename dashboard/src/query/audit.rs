//! The parameters of the audit.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::value::{Fault, day, number, text};
use super::{join, read};
use crate::error::Problem;

const PATH: &str = "/audit";

/// The parameters of the audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditQuery {
    pub(crate) name: Option<String>,
    pub(crate) patient: Option<String>,
    pub(crate) action: Option<String>,
    /// First day, as the address wrote it.
    pub(crate) from: Option<String>,
    /// Last day, as the address wrote it.
    pub(crate) until: Option<String>,
    /// Only rows before this one.
    pub(crate) before: Option<i64>,
}

impl AuditQuery {
    /// Reads the part of the address after `?`.
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query = Self::default();
        read(raw, PATH, |name, value| query.take(name, value))?;
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "name" => self.name = Some(text(value)?),
            "patient" => self.patient = Some(text(value)?),
            "action" => self.action = Some(text(value)?),
            "from" => self.from = Some(day(value)?),
            "until" => self.until = Some(day(value)?),
            "before" => self.before = Some(number(value, 1, i64::MAX)?),
            _ => return Err(Fault::Unknown { known: &["name", "patient", "action", "from", "until", "before"] }),
        }
        Ok(())
    }

    /// The address of what was done before a row.
    pub(crate) fn older_link(&self, before: i64) -> String {
        let said = self.said().into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        join(PATH, said.chain([("before", before.to_string())]))
    }

    /// From the beginning of the first day to the end of the last, by the hospital's clock.
    pub(crate) fn span(&self, zone: Tz) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let begins = |day: NaiveDate| match zone.from_local_datetime(&day.and_time(NaiveTime::MIN)) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
            LocalResult::None => day.and_time(NaiveTime::MIN).and_utc(),
        };
        let day = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<NaiveDate>().ok());
        (day(&self.from).map(begins), day(&self.until).and_then(|day| day.succ_opt()).map(begins))
    }

    fn said(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("name", &self.name),
            ("patient", &self.patient),
            ("action", &self.action),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    /// In words, for the audit itself.
    pub(crate) fn words(&self) -> String {
        let said = self.said().into_iter().filter_map(|(word, value)| {
            let word = if word == "name" { "account" } else { word };
            Some(format!("{word} {}", value.as_ref()?))
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_is_asked_by_whole_days_of_the_hospital() {
        let query = AuditQuery::parse("name=ada&from=2026-11-21&until=2026-11-21").unwrap();
        let (from, until) = query.span(Tz::Europe__Berlin);
        assert_eq!(from.unwrap().to_rfc3339(), "2026-11-20T23:00:00+00:00");
        assert_eq!(until.unwrap().to_rfc3339(), "2026-11-21T23:00:00+00:00");
        assert_eq!(query.words(), "account ada, from 2026-11-21, until 2026-11-21");
        assert_eq!(query.older_link(9), "/audit?name=ada&from=2026-11-21&until=2026-11-21&before=9");
        assert!(AuditQuery::parse("from=yesterday").is_err() && AuditQuery::parse("before=0").is_err());
    }
}
