//! The sweep: the bucket listed from end to end and compared with the ledger, page by page.
//!
//! Invariant: memory does not grow with the bucket, and what a sweep that ended did not record or mark as gone came or
//! went after it began.

use futures::TryStreamExt;
use wardwatch_schema::database::answered;

use super::{DiscoverError, Found};
use crate::bucket::{Bucket, Page};
use crate::failpoint::{self, Point};
use crate::ledger::{self, Span};
use crate::pipeline::Pipeline;

/// Lists everything. `seen` is told of each page when it stands in the ledger; files of which `being_written` says so are
/// left for later.
pub async fn sweep(
    pipeline: &Pipeline,
    being_written: impl Fn(&str) -> bool + Send,
    seen: impl FnMut(&Page, Found) + Send,
) -> Result<Found, DiscoverError> {
    let swept = list(pipeline, &pipeline.bucket.key_start(), None, being_written, seen).await;
    let Bucket { name, prefix, .. } = &pipeline.bucket;
    match swept {
        Ok(_) => answered(ledger::end_sweep(&pipeline.pool, name, prefix)).await?,
        Err(_) => answered(ledger::give_up_sweep(&pipeline.pool, name, prefix)).await?,
    }
    swept
}

/// Lists the keys that start so and come after a key, and brings them into the ledger.
pub(super) async fn list(
    pipeline: &Pipeline,
    start: &str,
    after: Option<String>,
    being_written: impl Fn(&str) -> bool + Send,
    mut seen: impl FnMut(&Page, Found) + Send,
) -> Result<Found, DiscoverError> {
    let Pipeline { pool, bucket, feeds, .. } = pipeline;
    let (asked_at, with_versions) = (answered(ledger::now(pool)).await?, bucket.has_versions().await?);
    let mut told_until = after.clone();
    let mut found = Found::default();
    let mut pages = bucket.pages(start, after);
    while let Some(mut page) = pages.try_next().await? {
        for file in &mut page.objects {
            file.is_whole &= !being_written(&file.key);
        }
        let span = Span::prefix(start).after(told_until.as_deref()).until(page.until.as_deref());
        let known = (&span, Some(asked_at));
        let changes = answered(ledger::see(pool, &bucket.name, feeds, known, &page.objects, with_versions)).await?;
        failpoint::reached(Point::AfterRecord).await;
        let unsettled = page.objects.iter().filter(|file| !file.is_whole).count();
        let of_page = Found { new: changes.new, gone: changes.gone, unsettled };
        seen(&page, of_page);
        found += of_page;
        told_until = page.until;
    }
    Ok(found)
}
