//! A ward as it is at this moment: a real S3 bucket, the daemon that loads it, the board that shows it, and files whose
//! times are told in hours before now. No row describes a person.
//!
//! Invariant: every file of a ward is said later than the one before it, so that the last one wins.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::task::JoinHandle;
use wardwatch_identity::Role;
use wardwatch_ingest::daemon::{self, DaemonError};
use wardwatch_ingest::pipeline::Pipeline;
use wardwatch_schema::clock::{Clock as _, SystemClock};
use wardwatch_schema::config::Config;
use wardwatch_schema::database::COMMIT_CHANNEL;

use crate::dashboard::Dashboard;
use crate::{S3, Tested, Warehouse, people};

/// The feeds, by the stem of their files' names.
pub const FEEDS: [&str; 4] = ["patient_information", "admissions", "lab_tests", "lab_results"];

const HEADERS: [&str; 4] = [
    "patient_id,first_name,last_name,date_of_birth,primary_physician,insurance_provider,blood_type,allergies",
    "patient_id,hospitalization_case_number,admission_date,admission_time,release_date,release_time,department,room_number",
    "test_id,patient_id,test_name,order_date,order_time,ordering_physician",
    "result_id,test_id,result_value,result_unit,reference_range,result_status,performed_date,performed_time,reviewing_physician",
];

/// Bucket, daemon, warehouse and board. Dropped, all of it goes.
#[derive(Debug)]
pub struct Ward {
    /// What is loaded.
    pub warehouse: Warehouse,
    /// The bucket's server.
    pub s3: S3,
    /// The board.
    pub dashboard: Dashboard,
    /// When the ward was opened.
    pub opened_at: DateTime<Utc>,
    loading: JoinHandle<Result<(), DaemonError>>,
    files: AtomicU32,
}

impl Ward {
    /// One whose feeds are never stale, and of which no file has come.
    pub async fn open() -> Tested<Self> {
        Self::open_with_limit("static").await
    }

    /// One whose feeds are stale after this long.
    pub async fn open_with_limit(freshness_limit: &str) -> Tested<Self> {
        let (warehouse, s3) = (Warehouse::start().await?, S3::start_public().await?);
        let dashboard = Dashboard::start(&warehouse.url()).await?;
        let pipeline = Pipeline::open(&config(&warehouse, &s3, freshness_limit)).await?;
        let loading = tokio::spawn(daemon::run(pipeline, 1, Duration::from_millis(100), std::future::pending()));
        Ok(Self { warehouse, s3, dashboard, opened_at: now(), loading, files: AtomicU32::new(0) })
    }

    /// One that nobody is missing from: a header of every feed was said just now.
    pub async fn open_empty() -> Tested<Self> {
        let ward = Self::open_with_limit("1h").await?;
        for feed in FEEDS {
            ward.load(feed, &[]).await?;
        }
        Ok(ward)
    }

    /// A moment before the ward was opened.
    pub fn ago(&self, hours: i64) -> DateTime<Utc> {
        self.opened_at - TimeDelta::hours(hours)
    }

    /// Drops a file into the bucket, and does not wait until it is loaded.
    pub async fn drop_file(&self, feed: &str, rows: &[String]) -> Tested<String> {
        self.drop_file_of(now(), feed, rows).await
    }

    /// Drops a file that was written at this moment.
    pub async fn drop_file_of(&self, at: DateTime<Utc>, feed: &str, rows: &[String]) -> Tested<String> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let key = format!("{feed}_{}_{number:04}.csv", at.format("%Y%m%dT%H%M%SZ"));
        self.s3.put_at(&key, &file(feed, rows), at).await?;
        Ok(key)
    }

    /// Drops a file and waits until it is loaded.
    pub async fn load(&self, feed: &str, rows: &[String]) -> Tested<String> {
        self.load_of(now(), feed, rows).await
    }

    /// Drops a file that was written at this moment, and waits until it is loaded and the board knows of it.
    pub async fn load_of(&self, at: DateTime<Utc>, feed: &str, rows: &[String]) -> Tested<String> {
        let key = self.drop_file_of(at, feed, rows).await?;
        self.warehouse.until_state(&key, "done").await?;
        self.until_known().await?;
        Ok(key)
    }

    /// The clock that the form of a stay carries, as its page shows it now.
    pub async fn clock(&self, stay: &str) -> Tested<String> {
        let page = self.dashboard.text(stay).await?.1;
        let clock = page.split("name=\"idle_since\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        Ok(clock.with_context(|| format!("no clock on {stay}: {page}"))?.to_owned())
    }

    /// Acknowledges a stay, as its page is now.
    pub async fn acknowledge(&self, stay: &str) -> Tested {
        let form = format!("act=acknowledged&reason=palliative&hours=4&seen=0&idle_since={}", self.clock(stay).await?);
        let answer = self.dashboard.post(stay, &form, &[("sec-fetch-site", "same-origin")]).await?;
        anyhow::ensure!(answer.status().as_u16() == 303, "{stay} is not acknowledged: {}", answer.status());
        Ok(())
    }

    /// Waits until the board has read all that is committed by now.
    pub async fn until_known(&self) -> Tested {
        let now: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&self.warehouse.pool).await?;
        self.warehouse.tell(&format!("NOTIFY {COMMIT_CHANNEL}")).await?;
        let own = people::cookie(Role::Clinician)?;
        crate::until("the board knows of what is loaded", async || {
            let answer = self.dashboard.get_with("/", &[("cookie", &own), ("x-fragment", "board")]).await?;
            let page = answer.text().await?;
            let read = page.split("data-read=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            Ok(read.parse::<DateTime<Utc>>().is_ok_and(|read| read >= now))
        })
        .await
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        self.loading.abort();
    }
}

fn config(warehouse: &Warehouse, s3: &S3, freshness_limit: &str) -> Config {
    let mut config = Config::default();
    config.database_url = warehouse.url();
    config.bucket = S3::address();
    config.endpoint = Some(s3.server.endpoint());
    config.region = Some("us-east-1".to_owned());
    config.anonymous = true;
    config.timezone = Some(Tz::UTC);
    freshness_limit.clone_into(&mut config.freshness_limit);
    config
}

/// The present moment.
pub fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A file of this feed with these rows.
pub fn file(feed: &str, rows: &[String]) -> Vec<u8> {
    let header = FEEDS.iter().zip(HEADERS).find(|(name, _)| **name == feed).map_or("", |(_, header)| header);
    let mut text = format!("{header}\n");
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    text.into_bytes()
}

/// A row of a patient.
pub fn patient(id: &str, first_name: &str, last_name: &str) -> String {
    format!("{id},{first_name},{last_name},2/3/1951,Dr. Ada Test,Aetna,0+,Penicillin")
}

/// A row of an admission to Cardiology that is not released.
pub fn admission(patient: &str, case: &str, admitted_at: DateTime<Utc>) -> String {
    admission_to("Cardiology", patient, case, admitted_at)
}

/// A row of an admission that is not released.
pub fn admission_to(department: &str, patient: &str, case: &str, admitted_at: DateTime<Utc>) -> String {
    format!("{patient},{case},{},,,{department},12", date_and_time(admitted_at))
}

/// A row of an order.
pub fn order(test: &str, patient: &str, ordered_at: DateTime<Utc>) -> String {
    format!("{test},{patient},Lipid Panel,{},Dr. Bo Order", date_and_time(ordered_at))
}

/// A row of a result.
pub fn result(result: &str, test: &str, performed_at: DateTime<Utc>) -> String {
    format!("{result},{test},1.25,mg/L,NA,Normal,{},NA", date_and_time(performed_at))
}

/// Date and time in two columns, as the source writes them.
fn date_and_time(at: DateTime<Utc>) -> String {
    at.format("%-m/%-d/%Y,%-I:%M:%S %p").to_string()
}
