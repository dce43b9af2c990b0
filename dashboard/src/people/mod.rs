//! Who is asking: from cookie or bearer token to a value that a handler takes, and the door through which one signs in.
//!
//! Invariant: a handler that shows or changes anything takes a [`May`] of the right that it needs, and such a value exists
//! only for somebody whose role has the right. What the rights are stands in `wardwatch_identity::role`.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod address;
pub(crate) mod contact;
pub(crate) mod cookies;
pub(crate) mod factor;
pub(crate) mod may;
pub(crate) mod origin;
pub(crate) mod reader;
pub(crate) mod renewed;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod tokens;
pub(crate) mod trail;
pub(crate) mod vouched;
pub(crate) mod who;

pub(crate) use may::{
    ActOnDoubts, BreakGlass, EditOwnContact, FollowChanges, May, ReviewAccess, ReviewStays, Right, SeeAudit, SeeBoard,
    SeeOps, SeeOwnRecord, SeePatients, SetThresholds,
};
pub(crate) use who::{Way, Who};
