//! The file that says what a bucket holds, one JSON line a change.
//!
//! Invariant: a change has happened when its line is complete. A crash may cut the last line, which then never
//! happened; any other line that cannot be read is an error, for it would lose objects silently.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::S3Error;
use super::index::{Entry, Index};

/// A journal is rewritten at the start when it has this many lines more than are needed.
const SLACK: usize = 1000;

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Reads the journal, and rewrites it where much of it is past.
    pub(super) fn open(path: &Path) -> Result<(Self, Index), S3Error> {
        let (index, lines, cut) = read(path)?;
        if cut || lines > index.keys.len() + SLACK {
            rewrite(path, &index).map_err(S3Error::io("rewrite", path))?;
        }
        let file = OpenOptions::new().append(true).open(path).map_err(S3Error::io("open", path))?;
        Ok((Self { file }, index))
    }

    /// Starts the journal of a new bucket.
    pub(super) fn create(path: &Path, created: i64) -> io::Result<(Self, Index)> {
        let index = Index { created, ..Index::default() };
        rewrite(path, &index)?;
        Ok((Self { file: OpenOptions::new().append(true).open(path)? }, index))
    }

    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// The index, the number of lines, and whether the last line is cut.
fn read(path: &Path) -> Result<(Index, usize, bool), S3Error> {
    let text = fs::read(path).map_err(S3Error::io("read", path))?;
    let mut index = Index::default();
    let mut lines = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        lines += 1;
        match serde_json::from_slice(line) {
            Ok(entry) => index.apply(entry),
            Err(_) if !line.ends_with(b"\n") => return Ok((index, lines, true)),
            Err(source) => return Err(S3Error::Journal { path: path.to_path_buf(), line: lines, source }),
        };
    }
    Ok((index, lines, !text.ends_with(b"\n")))
}

fn rewrite(path: &Path, index: &Index) -> io::Result<()> {
    let fresh: PathBuf = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&fresh)?);
    for entry in index.entries() {
        serde_json::to_writer(&mut file, &entry)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_last_line_never_happened_and_a_broken_one_before_it_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.jsonl");
        let whole = "{\"op\":\"created\",\"at\":7}\n";
        fs::write(&path, format!("{whole}{{\"op\":\"rem")).unwrap();
        let (mut journal, index) = Journal::open(&path).unwrap();
        assert_eq!(index.created, 7);
        journal.append(&Entry::Created { at: 8 }).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1.created, 8);

        fs::write(&path, format!("{{\"op\":\"rem\n{whole}")).unwrap();
        assert!(matches!(Journal::open(&path), Err(S3Error::Journal { line: 1, .. })));
    }
}
