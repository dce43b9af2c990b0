//! The pages in a real browser, over a real bucket, daemon and warehouse.

#[path = "browser/access.rs"]
mod access;
#[path = "browser/acting.rs"]
mod acting;
#[path = "browser/board.rs"]
mod board;
#[path = "browser/doubt.rs"]
mod doubt;
#[path = "browser/filter.rs"]
mod filter;
#[path = "browser/live.rs"]
mod live;
#[path = "browser/motion.rs"]
mod motion;
#[path = "browser/ops.rs"]
mod ops;
#[path = "browser/patient.rs"]
mod patient;
#[path = "browser/people.rs"]
mod people;
#[path = "browser/sizes.rs"]
mod sizes;
#[path = "browser/told.rs"]
mod told;
#[path = "browser/wall.rs"]
mod wall;
