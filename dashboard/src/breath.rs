//! Breath for long work: who asks for a page meanwhile finds three quarters of a processor more, here and in the database.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// A piece is followed by a rest so many times as long,
const REST: u32 = 3;
/// which is no longer than this: on a busy machine each piece takes long, and what is read is wanted all the same.
const LONGEST: Duration = Duration::from_millis(50);

/// Long work that rests after each piece.
#[derive(Debug)]
pub(crate) struct Breath {
    begun: Instant,
}

impl Breath {
    /// The first piece begins.
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    /// A piece is done. Returns when the next may begin.
    pub(crate) async fn take(&mut self) {
        sleep((self.begun.elapsed() * REST).min(LONGEST)).await;
        self.begun = Instant::now();
    }
}
