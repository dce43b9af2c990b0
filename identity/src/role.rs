//! Roles and rights: the one place that says who may do what.
//!
//! Invariant: what is not listed in [`Role::may`] is refused.

use std::fmt;
use std::str::FromStr;

/// What an account is for. Each account has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A doctor or nurse.
    Clinician,
    /// Somebody who sees their own record and no other.
    Patient,
    /// Whoever keeps the feeds running.
    Ops,
    /// Whoever evaluates.
    Analyst,
    /// Whoever looks after accounts and reads the audit.
    Admin,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the board.
    SeeBoard,
    /// Be told that something has changed, without what.
    FollowChanges,
    /// Search all patients and open any of them.
    SeePatients,
    /// Open, for a reason and for a time, a patient of a department that one is not limited to.
    BreakGlass,
    /// Acknowledge a stay on the board, take care of it, or say something about it.
    ReviewStays,
    /// Say after how many hours without a test a stay is listed.
    SetThresholds,
    /// See the record of the patient that one is.
    SeeOwnRecord,
    /// Say how one can be reached and wants to be addressed.
    EditOwnContact,
    /// See feeds, ledger and what stands open, with the records and patients in doubt.
    SeeOps,
    /// Decide doubts, and ask for a file to be loaded again.
    ActOnDoubts,
    /// Propose, try and approve column maps.
    ApproveMaps,
    /// Search the audit.
    SeeAudit,
    /// Review who opened patients of other departments.
    ReviewAccess,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Clinician, Self::Patient, Self::Ops, Self::Analyst, Self::Admin];

    /// Whether this role may do this.
    pub fn may(self, action: Action) -> bool {
        match action {
            Action::SeeBoard => matches!(self, Self::Clinician | Self::Analyst),
            Action::FollowChanges => matches!(self, Self::Clinician | Self::Ops | Self::Analyst),
            Action::SeePatients | Action::BreakGlass | Action::ReviewStays => self == Self::Clinician,
            Action::SeeOwnRecord | Action::EditOwnContact => self == Self::Patient,
            Action::SeeOps | Action::ActOnDoubts => matches!(self, Self::Clinician | Self::Ops),
            Action::ApproveMaps => self == Self::Ops,
            Action::SeeAudit | Action::ReviewAccess | Action::SetThresholds => self == Self::Admin,
        }
    }

    /// Whether accounts of this role can be obliged to have a second factor.
    pub fn wants_second_factor(self) -> bool {
        matches!(self, Self::Clinician | Self::Admin)
    }

    /// As the database and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Patient => "patient",
            Self::Ops => "ops",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No role has this name.
#[derive(Debug, thiserror::Error)]
#[error("a role is one of clinician, patient, ops, analyst and admin")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(NoSuchRole)
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::SeeBoard,
        Self::FollowChanges,
        Self::SeePatients,
        Self::BreakGlass,
        Self::ReviewStays,
        Self::SetThresholds,
        Self::SeeOwnRecord,
        Self::EditOwnContact,
        Self::SeeOps,
        Self::ActOnDoubts,
        Self::ApproveMaps,
        Self::SeeAudit,
        Self::ReviewAccess,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_rights() {
        let table: Vec<String> = Role::ALL
            .iter()
            .map(|role| {
                let may = Action::ALL.iter().filter(|action| role.may(**action)).map(|action| format!(" {action:?}"));
                format!("{role}:{}", may.collect::<String>())
            })
            .collect();
        assert_eq!(
            table,
            [
                "clinician: SeeBoard FollowChanges SeePatients BreakGlass ReviewStays SeeOps ActOnDoubts",
                "patient: SeeOwnRecord EditOwnContact",
                "ops: FollowChanges SeeOps ActOnDoubts ApproveMaps",
                "analyst: SeeBoard FollowChanges",
                "admin: SetThresholds SeeAudit ReviewAccess",
            ]
        );
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        assert!(Role::ALL.iter().all(|role| role.as_str().parse::<Role>().is_ok_and(|read| read == *role)));
        assert!("root".parse::<Role>().is_err());
    }
}
