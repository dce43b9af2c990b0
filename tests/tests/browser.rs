//! The pages in a real browser, over a real bucket, daemon and warehouse.

#[path = "browser/access.rs"]
mod access;
#[path = "browser/acting.rs"]
mod acting;
#[path = "browser/board.rs"]
mod board;
#[path = "browser/doubt.rs"]
mod doubt;
#[path = "browser/live.rs"]
mod live;
#[path = "browser/ops.rs"]
mod ops;
#[path = "browser/patient.rs"]
mod patient;
#[path = "browser/people.rs"]
mod people;
#[path = "browser/wall.rs"]
mod wall;
