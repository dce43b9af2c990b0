//! The copy that a ward falls back on when this server is away: the print sheet and the CSV, written anew every few minutes
//! into a folder that ops choose, for another machine to keep or to print from.
//!
//! Invariant: a copy is whole or not there (it is renamed into place), only its owner may read it, and it says of which moment it
//! is. Nobody is left out: who is acknowledged stands at its end, because some come back while it is all that there is. What is not
//! live is not written: the older copy stays, with its older time. That it grows old is told to ops, whatever the reason; a folder
//! that hangs holds up nothing but the thread that writes into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use wardwatch_schema::clock::Clock;

use crate::assets;
use crate::pages::sheet::{self, Stamp};
use crate::query::BoardQuery;
use crate::roster::Roster;
use crate::views::board::{self, ALL, Board, Grouping, Reader};

const EVERY: Duration = Duration::from_mins(3);
/// The first copy waits for no more than a first reading.
const AFTER_A_FAILURE: Duration = Duration::from_secs(15);
/// Longer takes no folder that answers.
const LONGEST_WRITING: Duration = Duration::from_secs(30);
/// So many writings may hang before no other is begun: each holds a thread.
const MOST_HANGING: usize = 4;
/// A copy that is older should have been written anew several times.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// The copy, as this process writes it.
#[derive(Debug)]
pub(crate) struct Downtime {
    folder: PathBuf,
    begun_at: DateTime<Utc>,
    written_at: Mutex<Option<DateTime<Utc>>>,
}

/// How the copy stands, for ops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// None: this process has not written one.
    pub(crate) written_at: Option<DateTime<Utc>>,
    pub(crate) is_late: bool,
}

/// The files of a copy, by their names; the table last.
type Files = [(&'static str, String); 3];

impl Downtime {
    /// Nothing is written yet.
    pub(crate) fn new(folder: PathBuf, now: DateTime<Utc>) -> Self {
        Self { folder, begun_at: now, written_at: Mutex::default() }
    }

    /// When this process last wrote it.
    pub(crate) fn written_at(&self) -> Option<DateTime<Utc>> {
        *self.written_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long ago it was last written; where this process has not written one, since when it should.
    pub(crate) fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        now - self.written_at().unwrap_or(self.begun_at)
    }

    /// How it stands now.
    pub(crate) fn standing(&self, now: DateTime<Utc>) -> Standing {
        Standing { written_at: self.written_at(), is_late: self.age(now) > LATE }
    }

    /// Writes until aborted.
    pub(crate) async fn keep(self: Arc<Self>, roster: Arc<Roster>, clock: Arc<dyn Clock>, zone: Tz) {
        let mut writer = Writer::new(&self.folder, LONGEST_WRITING);
        loop {
            let pause = match copy(&mut writer, &roster, zone).await {
                Ok(true) => {
                    *self.written_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock.now());
                    EVERY
                }
                Ok(false) => AFTER_A_FAILURE,
                Err(error) => {
                    tracing::error!(error = %error, "the downtime copy cannot be written: see that the folder exists, answers and may be written to");
                    AFTER_A_FAILURE
                }
            };
            sleep(pause).await;
        }
    }
}

/// Whether there was anything live to write.
async fn copy(writer: &mut Writer, roster: &Roster, zone: Tz) -> io::Result<bool> {
    let Ok(shown) = roster.shown().await else { return Ok(false) };
    if shown.lost_for.is_some() {
        return Ok(false);
    }
    let query = BoardQuery { per_page: ALL, ..BoardQuery::default() };
    let reader = Reader { account: "", departments: &[], as_of: shown.as_of };
    let board = board::page(&shown.known.census, &shown.known.reviews, &query, Grouping::EverySection, &reader);
    writer.put(files(&board, &query, zone)).await?;
    Ok(true)
}

fn files(board: &Board, query: &BoardQuery, zone: Tz) -> Files {
    let stamp = Stamp { by: None, departments: &[], zone };
    [
        ("sheet.css", assets::SHEET_STYLE.to_owned()),
        ("board.html", sheet::draw(board, query, &stamp).into_string()),
        ("board.csv", sheet::csv(board, query, &stamp)),
    ]
}

/// Writes copies into a folder, each on a thread of its own: one that hangs, as does the folder of a machine that is away, holds
/// neither a reader nor the end of this process.
struct Writer {
    folder: PathBuf,
    patience: Duration,
    /// How many copies were begun: each has unfinished files of its own.
    begun: u64,
    hanging: Vec<JoinHandle<()>>,
    begin: Begin,
}

/// Opens an unfinished file that is not there yet.
type Begin = fn(&Path) -> io::Result<File>;

impl Writer {
    fn new(folder: &Path, patience: Duration) -> Self {
        Self { folder: folder.to_owned(), patience, begun: 0, hanging: Vec::new(), begin }
    }

    async fn put(&mut self, files: Files) -> io::Result<()> {
        self.hanging.retain(|writing| !writing.is_finished());
        if self.hanging.len() >= MOST_HANGING {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        self.begun += 1;
        let (folder, number, is_given_up) = (self.folder.clone(), self.begun, Arc::<AtomicBool>::default());
        let (answer, answered) = oneshot::channel();
        let (given_up, begin) = (Arc::clone(&is_given_up), self.begin);
        let write = move || drop(answer.send(write(&folder, number, &files, begin, &given_up)));
        self.hanging.push(thread::Builder::new().name("downtime-copy".to_owned()).spawn(write)?);
        if let Ok(written) = timeout(self.patience, answered).await {
            return written.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
        }
        is_given_up.store(true, Relaxed);
        Err(io::ErrorKind::TimedOut.into())
    }
}

/// The name of an unfinished file: no other process that writes into the same folder has it, nor another copy of this one.
fn unfinished_name(name: &str, number: u64) -> String {
    format!(".{name}.{}.{number}.new", std::process::id())
}

fn write(folder: &Path, number: u64, files: &Files, begin: Begin, is_given_up: &AtomicBool) -> io::Result<()> {
    files.iter().try_for_each(|(name, content)| {
        let unfinished = folder.join(unfinished_name(name, number));
        let replaced = finish(begin(&unfinished), content).and_then(|()| {
            // A newer copy may stand there.
            if is_given_up.load(Relaxed) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            fs::rename(&unfinished, folder.join(name))
        });
        if replaced.is_err() {
            drop(fs::remove_file(&unfinished));
        }
        replaced
    })
}

fn begin(unfinished: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(unfinished)
}

fn finish(begun: io::Result<File>, content: &str) -> io::Result<()> {
    let mut file = begun?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn files(said: &str) -> Files {
        ["sheet.css", "board.html", "board.csv"].map(|name| (name, said.to_owned()))
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wardwatch-downtime-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_copy_that_is_not_written_grows_old_from_the_start() {
        let begun: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        let downtime = Downtime::new(PathBuf::from("copies"), begun);
        let later = |minutes| begun + TimeDelta::minutes(minutes);
        assert_eq!(downtime.age(later(4)), TimeDelta::minutes(4));
        assert!(!downtime.standing(later(10)).is_late && downtime.standing(later(11)).is_late);
        *downtime.written_at.lock().unwrap() = Some(later(9));
        assert_eq!(downtime.age(later(11)), TimeDelta::minutes(2));
        let standing = downtime.standing(later(11));
        assert!(standing.written_at == Some(later(9)) && !standing.is_late);
    }

    /// Whoever opens a pipe for which nobody reads waits, as for a folder that does not answer.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_folder_that_hangs_neither_stops_the_copies_nor_takes_all_threads() {
        let folder = folder("hangs");
        let pipe = |number: usize| folder.join(unfinished_name("sheet.css", number as u64));
        for number in 1..=MOST_HANGING {
            assert!(Command::new("mkfifo").arg(pipe(number)).status().unwrap().success());
        }
        let mut writer = Writer::new(&folder, Duration::from_millis(50));
        writer.begin = |path| OpenOptions::new().write(true).create(true).truncate(true).open(path);
        for _ in 1..=MOST_HANGING {
            assert_eq!(writer.put(files("old")).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
        assert_eq!(writer.put(files("old")).await.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        assert_eq!(writer.begun, MOST_HANGING as u64, "no thread more");

        let release = |number| drop(fs::read(pipe(number)).unwrap());
        release(1);
        writer.hanging.remove(0).join().unwrap();
        writer.patience = LONGEST_WRITING;
        writer.put(files("new")).await.unwrap();
        (2..=MOST_HANGING).for_each(release);
        writer.hanging.into_iter().for_each(|writing| writing.join().unwrap());
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["board.csv", "board.html", "sheet.css"], "what was given up leaves nothing");
        for name in &left {
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), "new", "nor takes the place of a newer one");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn what_stands_there_unfinished_is_not_written_into_and_holds_up_one_copy_alone() {
        let folder = folder("unfinished");
        fs::write(folder.join(unfinished_name("sheet.css", 1)), "another's").unwrap();
        let mut writer = Writer::new(&folder, LONGEST_WRITING);
        assert_eq!(writer.put(files("new")).await.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        writer.put(files("new")).await.unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing unfinished is left");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_an_error() {
        let missing = std::env::temp_dir().join("wardwatch-downtime-nowhere");
        let refused = Writer::new(&missing, LONGEST_WRITING).put(files("x")).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
    }
}
