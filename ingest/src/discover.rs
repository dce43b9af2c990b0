//! Discovery: what the bucket holds, written into the ledger. A listing or a watch is a hint for cheapness, never a proof.

pub mod poll;
pub mod watch;
