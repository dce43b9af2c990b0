//! Writes the base: four files side by side, patient by patient, each file in chunks.

use crate::broken::broken_files;
use crate::drift::drift_files;
use crate::encode::Encoder;
use crate::error::Error;
use crate::feed::Feed;
use crate::options::GenerateOptions;
use crate::patient::Patient;
use crate::row::rows_of;
use crate::sink::{FileWriter, Sink};
use bytes::Bytes;

/// A chunk leaves for the sink when it has grown to about this many bytes.
const CHUNK: usize = 512 * 1024;

/// A small file in memory.
#[derive(Clone, Debug)]
pub struct GeneratedFile {
    /// The key it is to be written under.
    pub key: String,
    /// The feed that its name says.
    pub feed: Feed,
    /// Records after the header, as meant (a broken file may hold fewer that can be read).
    pub rows: u64,
    /// Its content.
    pub bytes: Bytes,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its key.
    pub key: String,
    /// Records after the header.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
}

/// What was written, in the order of writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Every file.
    pub files: Vec<WrittenFile>,
}

/// Generates what the options ask for: the base, files with drifted headers, broken files.
pub async fn generate(sink: &dyn Sink, options: &GenerateOptions) -> Result<Summary, Error> {
    options.check()?;
    let options = options.whole_seconds();
    let mut summary = Summary::default();
    if options.base {
        write_base(sink, &options, &mut summary).await?;
    }
    for file in small_files(&options)? {
        summary.files.push(put(sink, file).await?);
    }
    Ok(summary)
}

/// Writes one small file.
pub(crate) async fn put(sink: &dyn Sink, file: GeneratedFile) -> Result<WrittenFile, Error> {
    let written = WrittenFile { key: file.key, rows: file.rows, bytes: file.bytes.len() as u64 };
    sink.put(&written.key, file.bytes).await?;
    Ok(written)
}

/// Each has the one peculiarity that it is named for.
fn small_files(options: &GenerateOptions) -> Result<Vec<GeneratedFile>, Error> {
    let mut files = Vec::new();
    let options = &GenerateOptions { contacts: false, ..options.clone() };
    if options.drift {
        files.extend(drift_files(options)?.into_iter().map(|drifted| drifted.file));
    }
    if options.broken {
        files.extend(broken_files(options)?.into_iter().map(|broken| broken.file));
    }
    Ok(files)
}

async fn write_base(sink: &dyn Sink, options: &GenerateOptions, summary: &mut Summary) -> Result<(), Error> {
    let mut files = Vec::with_capacity(Feed::ALL.len());
    for feed in Feed::ALL {
        files.push(BaseFile::open(sink, feed, options).await?);
    }
    for index in 0..options.patients {
        let patient = Patient::of(options, index);
        for file in &mut files {
            file.add(&patient, options).await?;
        }
    }
    for file in files {
        summary.files.push(file.finish().await?);
    }
    Ok(())
}

/// One of the four base files while it is written.
struct BaseFile {
    feed: Feed,
    encoder: Encoder,
    writer: Box<dyn FileWriter>,
    written: WrittenFile,
}

impl BaseFile {
    async fn open(sink: &dyn Sink, feed: Feed, options: &GenerateOptions) -> Result<Self, Error> {
        let key = options.layout.key(feed, options.now, options.gzip);
        let writer = sink.open(&key).await?;
        let encoder = Encoder::new(feed, options.contacts, options.gzip)?;
        Ok(Self { feed, encoder, writer, written: WrittenFile { key, rows: 0, bytes: 0 } })
    }

    async fn add(&mut self, patient: &Patient, options: &GenerateOptions) -> Result<(), Error> {
        for row in rows_of(self.feed, patient, options.timezone) {
            self.encoder.push(&row)?;
            self.written.rows += 1;
        }
        if self.encoder.pending() >= CHUNK {
            let chunk = self.encoder.take()?;
            self.send(chunk).await?;
        }
        Ok(())
    }

    async fn send(&mut self, chunk: Bytes) -> Result<(), Error> {
        self.written.bytes += chunk.len() as u64;
        self.writer.write(chunk).await
    }

    async fn finish(mut self) -> Result<WrittenFile, Error> {
        let rest = self.encoder.finish()?;
        self.written.bytes += rest.len() as u64;
        self.writer.write(rest).await?;
        self.writer.finish().await?;
        Ok(self.written)
    }
}
