//! Feeds: which keys of the bucket are files of which kind, and where their rows go.
//!
//! Invariant: which feed a key belongs to is a pure function of the key and the configured patterns.

mod beginning;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;
use serde::{Deserialize, Serialize};

pub use beginning::Beginning;

/// The system that a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Patient Management System.
    Pms,
    /// Laboratory Information System.
    Lis,
}

impl Source {
    /// As it is written in the warehouse.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pms => "pms",
            Self::Lis => "lis",
        }
    }
}

/// The warehouse table that the rows of a feed go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `warehouse.patient`
    Patient,
    /// `warehouse.admission`
    Admission,
    /// `warehouse.lab_test`
    LabTest,
    /// `warehouse.lab_result`
    LabResult,
}

impl Target {
    /// Name of the table in the schema `warehouse`.
    pub fn table(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Admission => "admission",
            Self::LabTest => "lab_test",
            Self::LabResult => "lab_result",
        }
    }
}

/// One kind of file of one source.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Such as `lis.lab_results`.
    pub name: String,
    /// Where its files come from.
    pub source: Source,
    /// Where its rows go.
    pub target: Target,
    /// Older than this, the feed is stale; `None`: the feed is static.
    pub freshness_limit: Option<Duration>,
    keys: Vec<GlobMatcher>,
    beginnings: Vec<Beginning>,
}

/// A key pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the key pattern {pattern:?} of feed {feed} cannot be read: {reason}")]
pub struct PatternError {
    feed: String,
    pattern: String,
    reason: String,
}

impl Feed {
    /// A feed that takes the keys matching any of the glob patterns. `*` stays within a folder, `**` does not.
    pub fn new(
        name: &str,
        source: Source,
        target: Target,
        patterns: &[String],
        freshness_limit: Option<Duration>,
    ) -> Result<Self, PatternError> {
        let keys = patterns.iter().map(|pattern| glob(name, pattern)).collect::<Result<_, _>>()?;
        let beginnings = patterns.iter().flat_map(|pattern| beginning::beginnings(pattern)).collect();
        Ok(Self { name: name.to_owned(), source, target, freshness_limit, keys, beginnings })
    }

    /// How the keys of the feed can begin.
    pub fn beginnings(&self) -> &[Beginning] {
        &self.beginnings
    }

    /// Whether an object of this key belongs to the feed.
    pub fn takes(&self, key: &str) -> bool {
        self.keys.iter().any(|pattern| pattern.is_match(key))
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn glob(feed: &str, pattern: &str) -> Result<GlobMatcher, PatternError> {
    GlobBuilder::new(pattern).literal_separator(true).build().map(|glob| glob.compile_matcher()).map_err(|error| {
        PatternError { feed: feed.to_owned(), pattern: pattern.to_owned(), reason: error.kind().to_string() }
    })
}

/// The shipped patterns of a feed whose files are called `stem`: the bare name, a stamped name and a dated folder,
/// each plain or gzipped, at any depth.
pub fn shipped_patterns(source: Source, stem: &str) -> Vec<String> {
    let source = source.as_str();
    vec![
        format!("**/{stem}.csv"),
        format!("**/{stem}.csv.gz"),
        format!("**/{stem}[_-]*.csv"),
        format!("**/{stem}[_-]*.csv.gz"),
        format!("**/{source}/{stem}/**/*.csv"),
        format!("**/{source}/{stem}/**/*.csv.gz"),
    ]
}

/// First part of the order of an object: the time in its file name where there is one, else `last_modified` cut to whole
/// seconds.
#[derive(Debug)]
pub struct OrderTime {
    in_name: Regex,
    in_path: Regex,
}

impl Default for OrderTime {
    fn default() -> Self {
        Self::new()
    }
}

impl OrderTime {
    /// Reads `…20261121T101500Z…` in the file name, else a dated path `…/2026/11/21/101500…`.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the patterns are constants, and a test builds them"
    )]
    pub fn new() -> Self {
        Self {
            in_name: Regex::new(r"(?:^|[^0-9])(\d{8}T\d{6})Z[^/]*$").expect("a valid pattern"),
            in_path: Regex::new(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/(?:[^/]*[^0-9/])?(\d{6})Z?[^0-9/][^/]*$")
                .expect("a valid pattern"),
        }
    }

    /// The order time of an object.
    pub fn of(&self, key: &str, last_modified: DateTime<Utc>) -> DateTime<Utc> {
        self.named(key).or_else(|| self.dated(key)).unwrap_or_else(|| whole_seconds(last_modified))
    }

    fn named(&self, key: &str) -> Option<DateTime<Utc>> {
        let stamp = self.in_name.captures(key)?;
        NaiveDateTime::parse_from_str(&stamp[1], "%Y%m%dT%H%M%S").ok().map(|time| time.and_utc())
    }

    fn dated(&self, key: &str) -> Option<DateTime<Utc>> {
        let part = self.in_path.captures(key)?;
        let stamp = format!("{}{}{}T{}", &part[1], &part[2], &part[3], &part[4]);
        NaiveDateTime::parse_from_str(&stamp, "%Y%m%dT%H%M%S").ok().map(|time| time.and_utc())
    }
}

fn whole_seconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests_feed() -> Feed {
        let patterns = shipped_patterns(Source::Lis, "lab_tests");
        Feed::new("lis.lab_tests", Source::Lis, Target::LabTest, &patterns, None).unwrap()
    }

    #[test]
    fn shipped_patterns_take_bare_stamped_and_dated_keys() {
        for key in [
            "lab_tests.csv",
            "lab_tests.csv.gz",
            "deep/er/lab_tests.csv",
            "lab_tests_20261121T101500Z.csv",
            "lis/lab_tests/2026/11/21/101500.csv.gz",
            "hospital/lis/lab_tests/2026/11/21/x.csv",
        ] {
            assert!(tests_feed().takes(key), "{key}");
        }
    }

    #[test]
    fn shipped_patterns_leave_other_keys_alone() {
        for key in ["lab_results.csv", "lab_tests.txt", "my_lab_tests.csv", "pms/lab_tests/x.csv", "lab_tests.csv.tmp"]
        {
            assert!(!tests_feed().takes(key), "{key}");
        }
    }

    #[test]
    fn order_is_the_time_in_the_name_before_last_modified() {
        let modified = "2026-11-21T12:34:56.789Z".parse().unwrap();
        let order = OrderTime::new();
        let cases = [
            ("lab_tests.csv", "2026-11-21T12:34:56Z"),
            ("lab_tests_20261121T101500Z.csv", "2026-11-21T10:15:00Z"),
            ("lis/lab_tests/2026/11/21/20261121T101501Z.csv.gz", "2026-11-21T10:15:01Z"),
            ("lis/lab_tests/2026/11/21/101502.csv", "2026-11-21T10:15:02Z"),
            ("lis/lab_tests/2026/11/21/part-101503-a.csv", "2026-11-21T10:15:03Z"),
            ("lab_tests_20261399T101500Z.csv", "2026-11-21T12:34:56Z"),
        ];
        for (key, expected) in cases {
            assert_eq!(order.of(key, modified), expected.parse::<DateTime<Utc>>().unwrap(), "{key}");
        }
    }
}
