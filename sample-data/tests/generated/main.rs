//! What the generator writes, judged from its files alone.

mod files;
mod quirks;
mod support;
mod trickle;
