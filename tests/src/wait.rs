//! Waiting for a state.

use std::time::Duration;

use anyhow::ensure;
use tokio::time::{Instant, sleep};

use crate::Tested;

/// What takes longer than this will not come: generous, for a machine that does much else.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// Waits until something holds. What it is stands in the error when it does not come to pass.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> Tested<bool>) -> Tested {
    let deadline = Instant::now() + DEADLINE;
    while !holds().await? {
        ensure!(Instant::now() < deadline, "waited {DEADLINE:?} in vain until {what}");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
