//! Markup that several pages share. Times, names and states are written here and nowhere else.

pub(crate) mod ask;
pub(crate) mod badge;
pub(crate) mod feeds;
pub(crate) mod layout;
pub(crate) mod lineage;
pub(crate) mod number;
pub(crate) mod pager;
pub(crate) mod person;
pub(crate) mod time;
