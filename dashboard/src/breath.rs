//! Breath for long work: who asks for a page meanwhile finds half a processor more, here and in the database.

use tokio::time::{Instant, sleep};

/// Long work that rests, after each piece for as long as that took.
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
        sleep(self.begun.elapsed()).await;
        self.begun = Instant::now();
    }
}
