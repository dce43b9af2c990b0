//! Where a page leads its reader: nobody is led to a page that refuses them.

use wardwatch_identity::{Account, Action};

/// What may be a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leads {
    /// To a patient's page.
    pub(crate) patients: bool,
    /// To what ops see and decide: records, cases, results.
    pub(crate) ops: bool,
}

impl Leads {
    /// Of paper.
    pub(super) const NOWHERE: Self = Self { patients: false, ops: false };

    pub(crate) fn of(reader: &Account) -> Self {
        Self { patients: reader.may(Action::SeePatients), ops: reader.may(Action::SeeOps) }
    }
}
