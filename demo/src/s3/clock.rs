//! What time it is in the bucket: the machine's, or the one that a test has set.
//!
//! Whole seconds, as S3 tells them.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use wardwatch_schema::clock::{Clock as _, SystemClock};

use super::locked;

#[derive(Debug, Default)]
pub(super) struct BucketClock(Mutex<Option<DateTime<Utc>>>);

impl BucketClock {
    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let set = *locked(&self.0);
        set.unwrap_or_else(|| SystemClock.now()).timestamp()
    }

    pub(super) fn set(&self, time: Option<DateTime<Utc>>) {
        *locked(&self.0) = time;
    }
}
