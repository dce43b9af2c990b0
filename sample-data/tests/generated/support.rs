//! Reads generated files back, as a stranger would: by header name, with the `csv` crate.

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use std::collections::{BTreeMap, HashMap};
use wardwatch_sample_data::{Feed, GenerateOptions, MemorySink, generate};

/// One record by column name.
pub(crate) type Record = HashMap<String, String>;

/// What the files use for nothing.
pub(crate) const NOTHING: [&str; 4] = ["NULL", "NA", "N/A", ""];

/// The moment of the committed set.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_262_400, 0).unwrap_or_default()
}

/// The options of the committed set.
pub(crate) fn committed() -> GenerateOptions {
    GenerateOptions::new(100, 48, noon())
}

/// All files of the options, by key.
pub(crate) async fn files(options: &GenerateOptions) -> Result<BTreeMap<String, bytes::Bytes>> {
    let sink = MemorySink::default();
    generate(&sink, options).await?;
    Ok(sink.files())
}

/// The records of a file; every row has as many fields as the header.
pub(crate) fn records(bytes: &[u8]) -> Result<Vec<Record>> {
    let mut reader = csv::Reader::from_reader(bytes);
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

/// The four base files of the options, read.
pub(crate) struct Base(BTreeMap<String, Vec<Record>>);

impl Base {
    /// Generates and reads them.
    pub(crate) async fn of(options: &GenerateOptions) -> Result<Self> {
        let files = files(options).await?;
        Ok(Self(files.iter().map(|(key, bytes)| Ok((key.clone(), records(bytes)?))).collect::<Result<_>>()?))
    }

    /// The records of a feed.
    pub(crate) fn rows(&self, feed: Feed) -> &[Record] {
        self.0.get(&format!("{}.csv", feed.name())).map(Vec::as_slice).unwrap_or_default()
    }

    /// Says a row again or anew: the last one said of its ids stands.
    pub(crate) fn say(&mut self, feed: Feed, row: Record) {
        let ids: &[&str] = match feed {
            Feed::PatientInformation => &["patient_id"],
            Feed::Admissions => &["hospitalization_case_number", "patient_id"],
            Feed::LabTests => &["test_id", "patient_id"],
            Feed::LabResults => &["result_id"],
        };
        let rows = self.0.entry(format!("{}.csv", feed.name())).or_default();
        match rows.iter_mut().rev().find(|before| ids.iter().all(|id| before[*id] == row[*id])) {
            Some(before) => *before = row,
            None => rows.push(row),
        }
    }
}

/// A US date and a time with AM or PM, without zero padding.
pub(crate) fn us_moment(record: &Record, what: &str) -> Result<DateTime<Utc>> {
    let date = &record[&format!("{what}_date")];
    let time = &record[&format!("{what}_time")];
    let at = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%m/%d/%Y %I:%M:%S %p")
        .with_context(|| format!("{date} {time}"))?;
    assert_eq!(at.format("%-m/%-d/%Y").to_string(), *date, "unpadded");
    assert_eq!(at.format("%-I:%M:%S %p").to_string(), *time, "unpadded");
    Ok(at.and_utc())
}

/// A release: nothing, or an ISO date and a 24-hour time.
pub(crate) fn release(record: &Record) -> Result<Option<DateTime<Utc>>> {
    let (date, time) = (&record["release_date"], &record["release_time"]);
    if NOTHING.contains(&date.as_str()) {
        assert_eq!(date, time);
        return Ok(None);
    }
    assert_eq!((date.len(), time.len()), (10, 5), "{date} {time}");
    let at = NaiveDate::parse_from_str(date, "%Y-%m-%d")?.and_time(NaiveTime::parse_from_str(time, "%H:%M")?);
    Ok(Some(at.and_utc()))
}

/// A listed stay, judged from the files alone.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) idle_since: DateTime<Utc>,
    pub(crate) admitted_at: DateTime<Utc>,
    pub(crate) chase: bool,
    pub(crate) never_performed: bool,
    pub(crate) waiting_in_stay: bool,
}

/// Who was in hospital for more than 48 hours without a new test performed: a plain reading of the rule.
pub(crate) fn listed(base: &Base, now: DateTime<Utc>) -> Result<Vec<Listed>> {
    let mut owners: HashMap<&str, Vec<&Record>> = HashMap::new();
    for test in base.rows(Feed::LabTests) {
        owners.entry(&test["test_id"]).or_default().push(test);
    }
    let mut performed: HashMap<&str, Vec<DateTime<Utc>>> = HashMap::new();
    for result in base.rows(Feed::LabResults) {
        performed.entry(&result["test_id"]).or_default().push(us_moment(result, "performed")?);
    }
    let mut listed = Vec::new();
    for stay in base.rows(Feed::Admissions) {
        let admitted_at = us_moment(stay, "admission")?;
        if admitted_at > now || release(stay)?.is_some_and(|released_at| released_at <= now) {
            continue;
        }
        let own = base.rows(Feed::LabTests).iter().filter(|test| test["patient_id"] == stay["patient_id"]);
        let (mut times, mut waiting, mut chase) = (Vec::new(), false, false);
        for test in own {
            let of_test = performed.get(test["test_id"].as_str()).cloned().unwrap_or_default();
            let within = of_test.into_iter().filter(|at| *at >= admitted_at && *at <= now);
            let within: Vec<_> = within.collect();
            let shared = owners[test["test_id"].as_str()].len() > 1;
            let ordered_at = us_moment(test, "order")?;
            chase |=
                ordered_at >= admitted_at && ordered_at >= now - Duration::hours(48) && (within.is_empty() || shared);
            waiting |= shared && !within.is_empty();
            times.extend(if shared { Vec::new() } else { within });
        }
        let last = times.into_iter().max();
        let idle_since = last.map_or(admitted_at, |last| last.max(admitted_at));
        if now - idle_since > Duration::hours(48) {
            let never_performed = last.is_none();
            listed.push(Listed { idle_since, admitted_at, chase, never_performed, waiting_in_stay: waiting });
        }
    }
    Ok(listed)
}
