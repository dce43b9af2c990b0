//! The configuration of both daemons: one TOML file, every key overridable by the environment.
//!
//! `a.b` in the file is `WARDWATCH_A__B` in the environment. An unknown key in the file is an error that names it.
//! Flags of the command line override both, in the binaries. Nothing is read after start-up.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use serde::Deserialize;

use crate::feed::{Feed, PatternError, Source, Target, shipped_patterns};

const PREFIX: &str = "WARDWATCH_";

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file given by `--config` cannot be read.
    #[error("the configuration {path} cannot be read: {source}", path = path.display())]
    File {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file or the environment holds an unknown key or a value of the wrong kind.
    #[error("the configuration ({origin}) is wrong: {reason}")]
    Content {
        /// The file, or the environment variables.
        origin: String,
        /// Which key, and what is allowed.
        reason: String,
    },
    /// A value that this command needs is missing.
    #[error(
        "{key} is not set: give {variable} in the environment or {key} in the configuration file, such as {example}"
    )]
    Missing {
        /// Key in the file.
        key: &'static str,
        /// Variable in the environment.
        variable: &'static str,
        /// A value to copy from.
        example: &'static str,
    },
    /// The freshness limit is neither a duration nor `static`.
    #[error("the freshness limit {0:?} is neither a duration such as \"15m\" nor \"static\"")]
    FreshnessLimit(String),
    /// A key pattern is wrong.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A feed that is not shipped says too little.
    #[error(
        "feed {0} is not one of the shipped ones: it needs keys = [patterns] and target = patient, admission, lab_test or lab_result"
    )]
    NewFeed(String),
}

/// The parsed configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The warehouse, as `postgres://user:password@host:port/database`.
    pub database_url: String,
    /// `s3://name/prefix`, `file:///dir`, or the `https://` address of a bucket.
    pub bucket: String,
    /// Address of an S3 server other than Amazon's.
    pub endpoint: Option<String>,
    /// Region of the bucket, where AWS's own chain does not tell.
    pub region: Option<String>,
    /// Whether to read a public bucket without credentials.
    pub anonymous: bool,
    /// IANA zone of the hospital's wall clock.
    pub timezone: Option<Tz>,
    /// Address that the dashboard listens on.
    pub listen: SocketAddr,
    /// Whether pages of the dashboard may act: unless said, they may.
    pub acting: Option<bool>,
    /// Address of the proxy that ends TLS before the dashboard: it is believed where a request comes from, and cookies are
    /// sent under TLS only. Unsaid: the dashboard is served as it listens, without TLS.
    pub proxy: Option<IpAddr>,
    /// Certificates in PEM with which the dashboard itself speaks TLS; with `tls_key`.
    pub tls_certificate: Option<PathBuf>,
    /// The private key of the first of them, in PEM.
    pub tls_key: Option<PathBuf>,
    /// Folder into which the dashboard writes, every few minutes, the copy of the board that the ward falls back on.
    pub downtime_folder: Option<PathBuf>,
    /// Whether clinicians and administrators must set up a second factor before they see anything.
    pub require_second_factor: bool,
    /// How long to wait between two looks at the bucket; `None`: as [`Config::poll_interval`] says.
    #[serde(with = "humantime_serde")]
    pub poll_interval: Option<Duration>,
    /// How many known objects before the newest one a look lists again, for those that come late.
    pub poll_overlap: u32,
    /// How long to wait between two listings of the whole bucket.
    #[serde(with = "humantime_serde")]
    pub sweep_interval: Duration,
    /// Whether every version of a key is read.
    pub versions: Versions,
    /// Address of the SQS queue that the bucket's event notifications go to.
    pub events: Option<String>,
    /// How many objects are taken at once.
    pub workers: usize,
    /// Greatest number of objects in one transaction.
    pub batch_objects: usize,
    /// Objects are batched while their sizes stay below this many bytes in all.
    pub batch_bytes: u64,
    /// Age at which a feed is stale, such as `15m`, or `static`.
    pub freshness_limit: String,
    /// Directory of column maps that override and extend the shipped ones.
    pub maps: Option<PathBuf>,
    feeds: BTreeMap<Source, BTreeMap<String, FeedConfig>>,
}

/// Whether every version of a key is read, or only what the bucket shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Versions {
    /// Where the bucket says that it keeps them.
    #[default]
    Auto,
    /// Always; the bucket must tell them.
    On,
    /// Never.
    Off,
}

/// What may be said of one feed, under `[feeds.<source>.<name>]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FeedConfig {
    target: Option<Target>,
    keys: Vec<String>,
    freshness_limit: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: String::new(),
            bucket: String::new(),
            endpoint: None,
            region: None,
            anonymous: false,
            timezone: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            acting: None,
            proxy: None,
            tls_certificate: None,
            tls_key: None,
            downtime_folder: None,
            require_second_factor: false,
            poll_interval: None,
            poll_overlap: 500,
            sweep_interval: Duration::from_mins(10),
            versions: Versions::Auto,
            events: None,
            workers: 2,
            batch_objects: 256,
            batch_bytes: 8 << 20,
            freshness_limit: "15m".to_owned(),
            maps: None,
            feeds: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the file, if one is given, and what the environment overrides.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let text = path.map(read).transpose()?.unwrap_or_default();
        let origin = path.map_or_else(|| "environment".to_owned(), |path| path.display().to_string());
        Self::from_parts(&text, &origin, environment())
    }

    fn from_parts(
        text: &str,
        origin: &str,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let wrong = |reason: String| ConfigError::Content { origin: origin.to_owned(), reason };
        toml::from_str::<Self>(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        let mut table: toml::Table = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (variable, value) in environment {
            override_key(&mut table, &variable, &value);
        }
        table.try_into().map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned()))
    }

    /// The database's URL.
    pub fn require_database_url(&self) -> Result<&str, ConfigError> {
        require(
            &self.database_url,
            "database_url",
            "WARDWATCH_DATABASE_URL",
            "postgres://user:password@localhost/wardwatch",
        )
    }

    /// The bucket's address.
    pub fn require_bucket(&self) -> Result<&str, ConfigError> {
        require(&self.bucket, "bucket", "WARDWATCH_BUCKET", "s3://name/prefix")
    }

    /// The hospital's time zone.
    pub fn require_timezone(&self) -> Result<Tz, ConfigError> {
        self.timezone.ok_or(ConfigError::Missing {
            key: "timezone",
            variable: "WARDWATCH_TIMEZONE",
            example: "Europe/Berlin",
        })
    }

    /// How long to wait between two looks at the bucket: a second, or a minute where events tell of what is new.
    pub fn poll_interval(&self) -> Duration {
        let unsaid = if self.events.is_some() { Duration::from_mins(1) } else { Duration::from_secs(1) };
        self.poll_interval.unwrap_or(unsaid)
    }

    /// The four shipped feeds and those that the configuration adds.
    pub fn feeds(&self) -> Result<Vec<Feed>, ConfigError> {
        let mut said = self.feeds.clone();
        let mut feeds = Vec::new();
        for (source, name, target) in SHIPPED_FEEDS {
            let own = said.get_mut(&source).and_then(|feeds| feeds.remove(name)).unwrap_or_default();
            feeds.push(self.shipped_feed(source, name, target, &own)?);
        }
        for (source, added) in &said {
            for (name, own) in added {
                feeds.push(self.added_feed(*source, name, own)?);
            }
        }
        Ok(feeds)
    }

    fn shipped_feed(&self, source: Source, name: &str, target: Target, own: &FeedConfig) -> Result<Feed, ConfigError> {
        let mut patterns = shipped_patterns(source, name);
        patterns.extend(own.keys.iter().cloned());
        let limit = self.freshness_limit(own)?;
        Ok(Feed::new(&feed_name(source, name), source, own.target.unwrap_or(target), &patterns, limit)?)
    }

    fn added_feed(&self, source: Source, name: &str, own: &FeedConfig) -> Result<Feed, ConfigError> {
        let full_name = feed_name(source, name);
        let Some(target) = own.target.filter(|_| !own.keys.is_empty()) else {
            return Err(ConfigError::NewFeed(full_name));
        };
        Ok(Feed::new(&full_name, source, target, &own.keys, self.freshness_limit(own)?)?)
    }

    fn freshness_limit(&self, own: &FeedConfig) -> Result<Option<Duration>, ConfigError> {
        let limit = own.freshness_limit.as_ref().unwrap_or(&self.freshness_limit);
        if limit == "static" {
            return Ok(None);
        }
        humantime::parse_duration(limit).map(Some).map_err(|_| ConfigError::FreshnessLimit(limit.clone()))
    }
}

const SHIPPED_FEEDS: [(Source, &str, Target); 4] = [
    (Source::Pms, "patient_information", Target::Patient),
    (Source::Pms, "admissions", Target::Admission),
    (Source::Lis, "lab_tests", Target::LabTest),
    (Source::Lis, "lab_results", Target::LabResult),
];

fn feed_name(source: Source, name: &str) -> String {
    format!("{}.{name}", source.as_str())
}

/// The variables that are text; no other can be one of ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })
}

fn require<'a>(
    value: &'a str,
    key: &'static str,
    variable: &'static str,
    example: &'static str,
) -> Result<&'a str, ConfigError> {
    if value.is_empty() { Err(ConfigError::Missing { key, variable, example }) } else { Ok(value) }
}

const KEYS: [&str; 24] = [
    "database_url",
    "bucket",
    "endpoint",
    "region",
    "anonymous",
    "timezone",
    "listen",
    "acting",
    "proxy",
    "tls_certificate",
    "tls_key",
    "require_second_factor",
    "downtime_folder",
    "poll_interval",
    "poll_overlap",
    "sweep_interval",
    "versions",
    "events",
    "workers",
    "batch_objects",
    "batch_bytes",
    "freshness_limit",
    "maps",
    "feeds",
];

/// Variables that are read elsewhere: logs, the demo, the tests, the measurements. An underscore at the end stands for all that
/// begin so.
const BESIDE: [&str; 13] = [
    "LOG",
    "LOG_FORMAT",
    "DEMO_",
    "POSTGRES_BIN",
    "BINARIES",
    "BENCH_",
    "HISTORIES",
    "KILLS",
    "FAULTS",
    "FUZZ",
    "SEED",
    "REPORT",
    "SCREENSHOTS",
];

fn is_read_elsewhere(name: &str) -> bool {
    BESIDE.iter().any(|known| name == *known || known.ends_with('_') && name.starts_with(known))
}

fn override_key(table: &mut toml::Table, variable: &str, value: &str) {
    let Some(name) = variable.strip_prefix(PREFIX) else { return };
    let path: Vec<String> = name.split("__").map(str::to_lowercase).collect();
    let Some((last, parents)) = path.split_last() else { return };
    if !KEYS.contains(&path[0].as_str()) {
        if !is_read_elsewhere(name) {
            tracing::warn!("{variable} is not a setting and changes nothing; is it mistyped");
        }
        return;
    }
    if value.is_empty() {
        return;
    }
    let mut place = table;
    for parent in parents {
        let entry = place.entry(parent.clone()).or_insert_with(|| toml::Table::new().into());
        let Some(inner) = entry.as_table_mut() else { return };
        place = inner;
    }
    place.insert(last.clone(), as_value(last, value));
}

/// Numbers, booleans and lists as TOML writes them; everything else is text.
fn as_value(key: &str, text: &str) -> toml::Value {
    if matches!(key, "anonymous" | "acting" | "require_second_factor") && matches!(text, "1" | "0") {
        return (text == "1").into();
    }
    let is_text = [
        "database_url",
        "downtime_folder",
        "bucket",
        "endpoint",
        "region",
        "timezone",
        "events",
        "freshness_limit",
        "maps",
    ]
    .contains(&key);
    let parsed = toml::from_str::<toml::Table>(&format!("value = {text}")).ok();
    let value = parsed.filter(|_| !is_text).and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::from_parts(text, "wardwatch.toml", environment)
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = load("time_zone = \"UTC\"", &[]).unwrap_err().to_string();
        assert!(error.contains("time_zone") && error.contains("wardwatch.toml"), "{error}");
    }

    #[test]
    fn what_the_demo_the_tests_and_the_measurements_read_is_not_mistyped() {
        for name in ["LOG", "LOG_FORMAT", "DEMO_HOME", "BENCH_RESULTS", "BINARIES", "KILLS", "SCREENSHOTS"] {
            assert!(is_read_elsewhere(name), "{name}");
        }
        for name in ["LOGS", "BUCKETS", "BENCH", "KILL", "SEEDS"] {
            assert!(!is_read_elsewhere(name), "{name}");
        }
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = load(
            "workers = 1\ntimezone = \"UTC\"",
            &[("WARDWATCH_WORKERS", "3"), ("WARDWATCH_TIMEZONE", "Europe/Berlin")],
        );
        let config = config.unwrap();
        assert_eq!((config.workers, config.timezone.unwrap()), (3, Tz::Europe__Berlin));
    }

    #[test]
    fn the_door_is_set_by_the_environment_too() {
        let environment = [
            ("WARDWATCH_TLS_CERTIFICATE", "/etc/ward/cert.pem"),
            ("WARDWATCH_TLS_KEY", "/etc/ward/key.pem"),
            ("WARDWATCH_REQUIRE_SECOND_FACTOR", "1"),
        ];
        let config = load("", &environment).unwrap();
        assert_eq!(config.tls_certificate.as_deref(), Some(std::path::Path::new("/etc/ward/cert.pem")));
        assert_eq!(config.tls_key.as_deref(), Some(std::path::Path::new("/etc/ward/key.pem")));
        assert!(config.require_second_factor);
    }

    #[test]
    fn a_feed_can_be_made_static_and_added() {
        let text = r#"
            [feeds.lis.blood_gas]
            target = "lab_result"
            keys = ["gas/*.csv"]
        "#;
        let environment = [("WARDWATCH_FEEDS__LIS__LAB_TESTS__FRESHNESS_LIMIT", "static")];
        let feeds = load(text, &environment).unwrap().feeds().unwrap();
        let named = |name: &str| feeds.iter().find(|feed| feed.name == name).unwrap();
        assert_eq!(named("lis.lab_tests").freshness_limit, None);
        assert_eq!(named("lis.lab_results").freshness_limit, Some(Duration::from_mins(15)));
        assert!(named("lis.blood_gas").takes("gas/1.csv"));
    }

    #[test]
    fn events_make_looks_rare_unless_it_is_said_how_often() {
        let queue = ("WARDWATCH_EVENTS", "https://sqs.eu-west-1.amazonaws.com/1/queue");
        let interval = |environment: &[(&str, &str)]| load("", environment).unwrap().poll_interval();
        assert_eq!(interval(&[]), Duration::from_secs(1));
        assert_eq!(interval(&[queue]), Duration::from_mins(1));
        assert_eq!(interval(&[queue, ("WARDWATCH_POLL_INTERVAL", "5s")]), Duration::from_secs(5));
    }

    #[test]
    fn versions_are_auto_on_or_off() {
        let versions = |said: &str| load(&format!("versions = \"{said}\""), &[]).map(|config| config.versions);
        assert_eq!(versions("off").unwrap(), Versions::Off);
        assert!(versions("sometimes").unwrap_err().to_string().contains("versions"));
    }

    #[test]
    fn a_wrong_time_zone_is_refused() {
        assert!(load("", &[("WARDWATCH_TIMEZONE", "Mars/Olympus")]).is_err());
    }
}
