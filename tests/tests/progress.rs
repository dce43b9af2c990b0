//! How far `once` and `replay` are: a bar on a terminal and plain lines elsewhere, with the logs and the books whole beside either.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use chrono::TimeDelta;
use nix::pty::{Winsize, openpty};
use sqlx::{Postgres, Transaction};
use tokio::process::Child;
use tokio::time::timeout;
use wardwatch_schema::database;
use wardwatch_tests::wait::DEADLINE;
use wardwatch_tests::ward::{admission, file, now, patient};
use wardwatch_tests::{Folder, Ingest, Tested, Warehouse, until};

const NO_PATIENT: &str = "LOCK TABLE warehouse.patient IN EXCLUSIVE MODE";
const NO_ADMISSION: &str = "LOCK TABLE warehouse.admission IN EXCLUSIVE MODE";
/// Every small batch locks the patients whom it names; who empties the warehouse does not.
const NOBODY: &str = "SELECT count(pg_advisory_xact_lock(3, slot)) FROM generate_series(0, 511) AS slot";

/// Two objects that can be loaded one after the other, in either order.
fn folder() -> Tested<Folder> {
    let folder = Folder::new()?;
    let admitted_at = now() - TimeDelta::hours(100);
    folder.put("patient_information.csv", &file("patient_information", &[patient("P001", "Ada", "Test")]))?;
    folder.put("admissions.csv", &file("admissions", &[admission("P002", "C1", admitted_at)]))?;
    Ok(folder)
}

/// Keeps loads from going on until it is rolled back.
async fn hold(warehouse: &Warehouse, what: &'static str) -> Tested<Transaction<'static, Postgres>> {
    let mut other = database::begin(&warehouse.pool).await?;
    sqlx::query(what).execute(&mut *other).await?;
    Ok(other)
}

/// A call of the real `wardwatch-ingest`, with all that it has written to standard output and standard error, in order.
struct Call {
    child: Child,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Call {
    /// On a terminal that is wide enough for the bar.
    fn on_terminal(command: &str, folder: &Folder, warehouse: &Warehouse) -> Tested<Self> {
        let size = Winsize { ws_row: 24, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None)?;
        Self::start(command, (folder, warehouse), File::from(terminal.master), &terminal.slave)
    }

    /// On a pipe.
    fn on_pipe(command: &str, folder: &Folder, warehouse: &Warehouse) -> Tested<Self> {
        let (reader, writer) = std::io::pipe()?;
        Self::start(command, (folder, warehouse), reader, &writer.into())
    }

    fn start(
        command: &str,
        (folder, warehouse): (&Folder, &Warehouse),
        from: impl Read + Send + 'static,
        to: &OwnedFd,
    ) -> Tested<Self> {
        let mut call = Ingest::from_folder(folder, warehouse)?.with("TERM", "xterm").command(&[command]);
        call.stdin(to.try_clone()?).stdout(to.try_clone()?).stderr(to.try_clone()?);
        let (child, written) = (call.spawn()?, Arc::<Mutex<Vec<u8>>>::default());
        let kept = Arc::clone(&written);
        std::thread::spawn(move || {
            // A terminal that nobody can write to any more is an error to whoever reads.
            for byte in BufReader::new(from).bytes().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(byte);
            }
        });
        Ok(Self { child, written })
    }

    fn written(&self) -> String {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&written).into_owned()
    }

    async fn until_written(&self, words: &str) -> Tested {
        let waited = until(&format!("{words:?} is written"), async || Ok(self.written().contains(words))).await;
        waited.with_context(|| format!("so far: {:?}", self.written()))
    }

    /// Waits until it has ended well, and with these words. Gives all that it has written.
    async fn end(mut self, words: &str) -> Tested<String> {
        let status = timeout(DEADLINE, self.child.wait()).await.context("it goes on")??;
        anyhow::ensure!(status.code() == Some(0), "{status}: {:?}", self.written());
        self.until_written(words).await?;
        Ok(self.written())
    }
}

/// What stands on a terminal to which all this was written.
fn standing(written: &str) -> String {
    let (mut above, mut line, mut column) = (String::new(), Vec::<char>::new(), 0);
    let mut rest = written.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => {
                let sequence = rest.find(char::is_ascii_alphabetic);
                if sequence == Some('K') {
                    line.clear();
                }
            }
            '\r' => column = 0,
            '\n' => {
                above.extend(line.drain(..).chain(['\n']));
                column = 0;
            }
            other => {
                line.resize(line.len().max(column + 1), ' ');
                line[column] = other;
                column += 1;
            }
        }
    }
    above.extend(line);
    above
}

/// What stands there of a bar that was drawn, and is gone from among the rest.
fn beside_the_bar(written: &str) -> String {
    for drawn in ["░", "B/s  ETA ", "\r\u{1b}[2K"] {
        assert!(written.contains(drawn), "no {drawn:?} in {written:?}");
    }
    let standing = standing(written);
    assert!(!standing.contains(['█', '░']) && !standing.contains("ETA"), "{standing}");
    standing
}

/// Objects, held and failed ones, records and inserted ones, as the books of the call have them.
fn books(printed: &str) -> Vec<&str> {
    let own = printed.lines().find_map(|line| line.strip_prefix("taken by this call"));
    own.into_iter().flat_map(str::split_whitespace).take(5).collect()
}

#[tokio::test]
async fn once_draws_a_bar_on_a_terminal_and_leaves_its_logs_and_books_there() -> Tested {
    let (folder, warehouse) = (folder()?, Warehouse::start().await?);
    let (patients, admissions) = (hold(&warehouse, NO_PATIENT).await?, hold(&warehouse, NO_ADMISSION).await?);
    let call = Call::on_terminal("once", &folder, &warehouse)?;
    call.until_written("0 of 2 objects, 0 records").await?;
    admissions.rollback().await?;
    call.until_written("1 of 2 objects, 1 records").await?;
    patients.rollback().await?;
    let standing = beside_the_bar(&call.end("nothing stands open").await?);
    assert_eq!(books(&standing), ["2", "0", "0", "2", "2"], "{standing}");
    let logged: Vec<&str> = standing.lines().filter(|line| line.contains("ingest.settle: loaded")).collect();
    assert!(logged.len() == 2 && logged.iter().all(|line| line.starts_with("20")), "lines of their own: {standing}");
    Ok(())
}

#[tokio::test]
async fn once_tells_plain_lines_where_there_is_no_terminal() -> Tested {
    let (folder, warehouse) = (folder()?, Warehouse::start().await?);
    let others = hold(&warehouse, NOBODY).await?;
    let call = Call::on_pipe("once", &folder, &warehouse)?;
    call.until_written("ingest.progress: 0 of 2 objects, 0 records\n").await?;
    others.rollback().await?;
    let written = call.end("nothing stands open").await?;
    assert!(!written.contains(['\u{1b}', '\r', '█', '░']), "{written:?}");
    assert_eq!(books(&written), ["2", "0", "0", "2", "2"], "{written}");
    Ok(())
}

#[tokio::test]
async fn replay_draws_the_bar_from_the_beginning_of_what_it_takes_anew() -> Tested {
    let (folder, warehouse) = (folder()?, Warehouse::start().await?);
    Ingest::from_folder(&folder, &warehouse)?.once().await?.json_of(0)?;
    let others = hold(&warehouse, NOBODY).await?;
    let call = Call::on_terminal("replay", &folder, &warehouse)?;
    call.until_written("0 of 2 objects, 0 records").await?;
    others.rollback().await?;
    let standing = beside_the_bar(&call.end("digest: ").await?);
    assert!(standing.contains("\nrebuilt from 2 objects\ndigest: "), "{standing}");
    Ok(())
}
