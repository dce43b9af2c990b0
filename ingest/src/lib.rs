//! Reads the files that PMS and LIS drop into a bucket, and keeps the warehouse.
//!
//! `pipeline` tells the whole story; every step of it is a module of that name.

mod backend;
mod backoff;
pub mod books;
pub mod bucket;
pub mod claim;
mod copy;
pub mod daemon;
pub mod decide;
pub mod discover;
pub mod doctor;
pub mod durations;
pub mod failpoint;
pub mod fetch;
mod fill;
pub mod ledger;
pub mod load;
pub mod locks;
pub mod maps;
pub mod merge;
pub mod parse;
pub mod pipeline;
pub mod reading;
mod repeat;
pub mod replay;
pub mod report;
pub mod reprocess;
pub mod requests;
pub mod retry;
mod scratch;
pub mod settle;
pub mod stage;
pub mod table;
mod trail;
pub mod verify;
