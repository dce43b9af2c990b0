//! The copy that a ward falls back on when this server is away: the print sheet and the CSV, written anew every few minutes
//! into a folder that ops choose, for another machine to keep or to print from.
//!
//! Invariant: a copy is whole or not there (it is renamed into place), only its owner may read it, and it says of which moment it
//! is. Nobody is left out: who is acknowledged stands at its end, because some come back while it is all that there is. What is not
//! live is not written: the older copy stays, with its older time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use crate::assets;
use crate::pages::sheet::{self, Stamp};
use crate::query::BoardQuery;
use crate::roster::Roster;
use crate::views::board::{self, ALL, Board, Grouping, Reader};

const EVERY: Duration = Duration::from_mins(3);
/// The first copy waits for no more than a first reading.
const AFTER_A_FAILURE: Duration = Duration::from_secs(15);

/// Writes until aborted.
pub(crate) async fn keep(folder: PathBuf, roster: Arc<Roster>, zone: Tz) {
    loop {
        let pause = match copy(&folder, &roster, zone).await {
            Ok(true) => EVERY,
            Ok(false) => AFTER_A_FAILURE,
            Err(error) => {
                tracing::error!(error = %error, "the downtime copy cannot be written: see that the folder exists and may be written to");
                AFTER_A_FAILURE
            }
        };
        sleep(pause).await;
    }
}

/// Whether there was anything live to write.
async fn copy(folder: &Path, roster: &Roster, zone: Tz) -> std::io::Result<bool> {
    let Ok(shown) = roster.shown().await else { return Ok(false) };
    if shown.lost_for.is_some() {
        return Ok(false);
    }
    let query = BoardQuery { per_page: ALL, ..BoardQuery::default() };
    let reader = Reader { account: "", departments: &[], as_of: shown.as_of };
    let board = board::page(&shown.known.census, &shown.known.reviews, &query, Grouping::EverySection, &reader);
    write(folder, &board, &query, zone).await?;
    Ok(true)
}

async fn write(folder: &Path, board: &Board, query: &BoardQuery, zone: Tz) -> std::io::Result<()> {
    let stamp = Stamp { by: None, departments: &[], zone };
    let page = sheet::draw(board, query, &stamp).into_string();
    replace(folder, "sheet.css", assets::SHEET_STYLE).await?;
    replace(folder, "board.html", &page).await?;
    replace(folder, "board.csv", &sheet::csv(board, query, &stamp)).await
}

async fn replace(folder: &Path, name: &str, content: &str) -> std::io::Result<()> {
    let unfinished = folder.join(format!(".{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&unfinished).await?;
    file.write_all(content.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, folder.join(name)).await
}
