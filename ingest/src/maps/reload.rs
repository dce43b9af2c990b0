//! Renews the maps in force while the daemon runs.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::Notify;
use wardwatch_schema::feed::Feed;

use super::{Maps, MapsError, load, note_in_force};
use crate::pipeline::Pipeline;

/// Looks every so often whether directory or warehouse hold other maps, and puts them in force. Never ends by itself.
pub async fn keep_current(pipeline: Pipeline, every: Duration, found: Arc<Notify>) {
    let mut refused = None;
    loop {
        tokio::time::sleep(every).await;
        match pipeline.maps.renew(&pipeline.pool, &pipeline.feeds).await {
            Ok(false) if refused.is_none() => {}
            Ok(_) => {
                refused = None;
                found.notify_waiters();
            }
            Err(error) => refused = Some(note_refusal(&pipeline, error, refused).await),
        }
    }
}

impl Maps {
    /// Reads all maps anew and puts them in force where they differ; says whether they did.
    async fn renew(&self, pool: &PgPool, feeds: &[Feed]) -> Result<bool, MapsError> {
        let set = load(pool, self.directory.as_deref(), feeds).await?;
        forget_trouble(pool, &self.place()).await?;
        if self.current().changed_feeds(&set).is_empty() {
            return Ok(false);
        }
        self.in_force.send_replace(Arc::new(set));
        // Who still reads with the old set looks again before it goes on to the next batch.
        note_in_force(pool, &self.current(), feeds).await?;
        tracing::info!("ingest.maps: other column maps are in force");
        Ok(true)
    }

    fn place(&self) -> String {
        self.directory.as_ref().map_or_else(|| "approved maps".to_owned(), |directory| directory.display().to_string())
    }
}

/// Logs a refusal once, and writes it where `status` and `/ops` read it.
async fn note_refusal(pipeline: &Pipeline, error: MapsError, before: Option<String>) -> String {
    let reason = error.to_string();
    if before.as_ref() == Some(&reason) {
        return reason;
    }
    tracing::error!("ingest.maps: {reason}; the maps in force stay");
    if let MapsError::Map(_) = error {
        let written = sqlx::query!(
            "INSERT INTO ingest.map_trouble (place, reason, noticed_at) VALUES ($1, $2, now())
             ON CONFLICT (place) DO UPDATE SET reason = excluded.reason, noticed_at = excluded.noticed_at",
            pipeline.maps.place(),
            reason
        );
        if let Err(error) = written.execute(&pipeline.pool).await {
            tracing::warn!(error = %error, "ingest.maps: the refusal cannot be written to the warehouse");
        }
    }
    reason
}

async fn forget_trouble(pool: &PgPool, place: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM ingest.map_trouble WHERE place = $1", place).execute(pool).await?;
    Ok(())
}
