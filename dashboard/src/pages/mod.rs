//! Pages as pure functions from what was read to markup. No page fetches, no page decides.

pub(crate) mod account;
pub(crate) mod act;
pub(crate) mod audit;
pub(crate) mod beyond;
pub(crate) mod board;
pub(crate) mod factor;
pub(crate) mod leads;
pub(crate) mod ops;
pub(crate) mod orders;
pub(crate) mod own;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod problem;
pub(crate) mod review;
pub(crate) mod row;
pub(crate) mod sheet;
pub(crate) mod sign_in;
pub(crate) mod thresholds;
pub(crate) mod timeline;
pub(crate) mod told;
pub(crate) mod trends;
pub(crate) mod wallboard;
pub(crate) mod why;

#[cfg(test)]
mod tests;
