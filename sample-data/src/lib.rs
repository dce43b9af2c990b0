//! A seeded generator of the files that a Patient Management System and a Laboratory Information System drop:
//! a base of any size, a trickle of updates that goes on from it, files with drifted headers, and broken ones.
//!
//! Equal options give equal bytes, on any machine. Memory does not grow with the number of patients. Nothing here
//! reads a clock: the moment is given. It is not for judging files; it knows no warehouse.

mod broken;
mod catalogue;
mod course;
mod dice;
mod drift;
mod encode;
mod error;
mod feed;
mod generate;
mod labs;
mod options;
mod patient;
mod person;
mod release;
mod round;
mod row;
mod sink;
mod trickle;

pub use broken::{BrokenFile, broken_files};
pub use drift::{DriftedFile, drift_files};
pub use error::Error;
pub use feed::{Feed, Layout};
pub use generate::{GeneratedFile, Summary, WrittenFile, generate};
pub use options::{GenerateOptions, MOST_PATIENTS, MOST_TESTS_PER_PATIENT, TrickleOptions};
pub use sink::{BucketSink, DirectorySink, FileWriter, MemorySink, Sink, sink_for};
pub use trickle::{Trickle, TrickleSummary, trickle};
