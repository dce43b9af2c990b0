//! How far `once` and `replay` are, on standard error: a bar on a terminal, a plain line every ten seconds elsewhere.
//!
//! It is read from the ledger, so that loading knows nothing of it; what other daemons load meanwhile counts, too. Logs
//! go through [`Beside`], which lifts the bar for each line, so that neither cuts the other in two.

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sqlx::PgPool;
use tokio::task::JoinHandle;

const BAR: &str = "{wide_bar} {msg}  {bytes_per_sec}  ETA {eta}";
const DRAWN_EVERY: Duration = Duration::from_millis(500);
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// Counting goes through the whole ledger. It rests so many times as long as it took: a tenth of a processor is all that it takes
/// from the load that it tells of.
const RESTS: u32 = 9;

/// The bar on the terminal, while there is one.
static DRAWN: OnceLock<ProgressBar> = OnceLock::new();

/// What the ledger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
struct Counted {
    objects: i64,
    bytes: i64,
    records: i64,
    objects_left: i64,
    bytes_left: i64,
}

impl Counted {
    /// Counts, and says how long to rest from it.
    async fn now(pool: &PgPool) -> (Option<Self>, Duration) {
        let asked = Instant::now();
        let counted = sqlx::query_as(include_str!("../sql/progress.sql")).fetch_one(pool).await.ok();
        (counted, asked.elapsed() * RESTS)
    }

    /// What of it was done before. Less than that is there only after a replay has begun.
    fn least(self, other: Self) -> Self {
        Self {
            objects: self.objects.min(other.objects),
            bytes: self.bytes.min(other.bytes),
            records: self.records.min(other.records),
            ..self
        }
    }

    fn line(self, before: Self) -> String {
        let done = self.objects - before.objects;
        format!("{done} of {} objects, {} records", done + self.objects_left, self.records - before.records)
    }
}

/// Tells until it is stopped.
pub(super) struct Progress(JoinHandle<()>);

impl Progress {
    pub(super) fn start(pool: PgPool) -> Self {
        Self(if io::stderr().is_terminal() { tokio::spawn(draw(pool)) } else { tokio::spawn(tell(pool)) })
    }

    pub(super) async fn stop(self) {
        self.0.abort();
        drop(self.0.await);
        if let Some(bar) = DRAWN.get() {
            bar.finish_and_clear();
        }
    }
}

async fn draw(pool: PgPool) {
    let (Some(mut before), _) = Counted::now(&pool).await else { return };
    let Ok(style) = ProgressStyle::with_template(BAR) else { return };
    let bar = DRAWN.get_or_init(|| ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()));
    bar.set_style(style);
    loop {
        let (now, rest) = Counted::now(&pool).await;
        if let Some(now) = now {
            before = before.least(now);
            let done = (now.bytes - before.bytes).unsigned_abs();
            bar.set_length(done + now.bytes_left.unsigned_abs());
            bar.set_position(done);
            bar.set_message(now.line(before));
        }
        tokio::time::sleep(DRAWN_EVERY.max(rest)).await;
    }
}

async fn tell(pool: PgPool) {
    let (Some(mut before), mut rest) = Counted::now(&pool).await else { return };
    loop {
        tokio::time::sleep(TOLD_EVERY.max(rest)).await;
        let now;
        (now, rest) = Counted::now(&pool).await;
        if let Some(now) = now {
            before = before.least(now);
            tracing::info!("ingest.progress: {}", now.line(before));
        }
    }
}

/// Standard error for logs, beside the bar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside;

/// Where a line of the log is written; see [`Beside`].
pub(crate) fn beside() -> Beside {
    Beside
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match DRAWN.get() {
            Some(bar) => bar.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Counted = Counted { objects: 10, bytes: 1_000, records: 50, objects_left: 4, bytes_left: 400 };

    #[test]
    fn what_was_done_before_does_not_count() {
        let now = Counted { objects: 11, bytes: 1_100, records: 57, objects_left: 3, bytes_left: 300 };
        assert_eq!(now.line(BEFORE.least(now)), "1 of 4 objects, 7 records");
    }

    #[test]
    fn a_replay_begins_anew() {
        let emptied = Counted { objects: 2, bytes: 0, records: 0, objects_left: 12, bytes_left: 1_400 };
        let before = BEFORE.least(emptied);
        assert_eq!(emptied.line(before), "0 of 12 objects, 0 records");
        let now = Counted { objects: 5, bytes: 300, records: 9, objects_left: 9, bytes_left: 1_100 };
        assert_eq!(now.line(before.least(now)), "3 of 12 objects, 9 records");
    }

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
    }
}
