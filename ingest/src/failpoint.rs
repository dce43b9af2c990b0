//! Named points on the way of a batch, at which a test stops this process: to kill it there, or to let it sleep there.
//!
//! Invariant: only a debug build with the feature `failpoints` stops anywhere. In every other build `reached` is empty
//! and the environment is not read.

/// A point between two steps that a crash must not be able to tear apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The next page of a listing is about to be asked for; the first one counts too.
    BeforePage,
    /// What a listing found is in the ledger.
    AfterRecord,
    /// Objects are leased.
    AfterClaim,
    /// The bytes are here.
    AfterFetch,
    /// Small objects are read to their end.
    AfterParse,
    /// The transaction has begun and has its first lock.
    AfterLock,
    /// The rows of a chunk are on their way to the staging table; a large object has several.
    AfterChunk,
    /// Rows were sent to the staging table, and the `COPY` has not ended.
    MidCopy,
    /// Rows stand in the staging table.
    AfterCopy,
    /// Staged rows are merged; of a large batch, before it takes the whole warehouse.
    AfterMerge,
    /// The stays of the touched patients are refreshed.
    AfterStays,
    /// All is written and nothing is committed.
    BeforeCommit,
    /// The commit was answered, and the next claim was not made.
    AfterCommit,
    /// A lease is about to be renewed.
    BeforeRenewal,
    /// An object is about to be refused or given back.
    BeforeRefusal,
}

impl Point {
    /// Every point.
    pub const ALL: [Self; 15] = [
        Self::BeforePage,
        Self::AfterRecord,
        Self::AfterClaim,
        Self::AfterFetch,
        Self::AfterParse,
        Self::AfterLock,
        Self::AfterChunk,
        Self::MidCopy,
        Self::AfterCopy,
        Self::AfterMerge,
        Self::AfterStays,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeRenewal,
        Self::BeforeRefusal,
    ];

    /// Its name in [`STOP_AT`].
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforePage => "before_page",
            Self::AfterRecord => "after_record",
            Self::AfterClaim => "after_claim",
            Self::AfterFetch => "after_fetch",
            Self::AfterParse => "after_parse",
            Self::AfterLock => "after_lock",
            Self::AfterChunk => "after_chunk",
            Self::MidCopy => "mid_copy",
            Self::AfterCopy => "after_copy",
            Self::AfterMerge => "after_merge",
            Self::AfterStays => "after_stays",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::BeforeRenewal => "before_renewal",
            Self::BeforeRefusal => "before_refusal",
        }
    }
}

/// Stops here where a test has asked for it.
#[cfg(not(all(feature = "failpoints", debug_assertions)))]
#[expect(clippy::unused_async, reason = "the other build waits here")]
#[inline]
pub(crate) async fn reached(_point: Point) {}

#[cfg(all(feature = "failpoints", debug_assertions))]
pub(crate) use armed::reached;
#[cfg(all(feature = "failpoints", debug_assertions))]
pub use armed::{STOP_AT, STOP_UNTIL, STOPPED};

#[cfg(all(feature = "failpoints", debug_assertions))]
mod armed {
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::Point;

    /// Names the point, and the how manieth time it is reached: `after_copy:2`.
    pub const STOP_AT: &str = "WARDWATCH_CRASH_AT";
    /// A file; whoever was stopped goes on when it appears. Without it he waits for ever.
    pub const STOP_UNTIL: &str = "WARDWATCH_CRASH_UNTIL";
    /// What is written to standard error, with the name of the point behind it.
    pub const STOPPED: &str = "stopped at ";

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(Armed::from_environment);

    struct Armed {
        point: String,
        times_left: AtomicU32,
        until: Option<PathBuf>,
    }

    impl Armed {
        fn from_environment() -> Option<Self> {
            let asked = std::env::var(STOP_AT).ok()?;
            let (point, times) = asked.split_once(':').unwrap_or((&asked, "1"));
            let times_left = AtomicU32::new(times.parse().ok()?);
            Some(Self { point: point.to_owned(), times_left, until: std::env::var_os(STOP_UNTIL).map(Into::into) })
        }

        fn is_here(&self, point: Point) -> bool {
            self.point == point.name() && self.times_left.fetch_sub(1, Ordering::Relaxed) == 1
        }
    }

    /// Stops here where a test has asked for it.
    pub(crate) async fn reached(point: Point) {
        let Some(armed) = ARMED.as_ref().filter(|armed| armed.is_here(point)) else { return };
        drop(writeln!(std::io::stderr(), "{STOPPED}{}", point.name()));
        let Some(until) = &armed.until else { return std::future::pending().await };
        while !until.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
