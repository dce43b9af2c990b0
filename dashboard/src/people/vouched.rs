//! Sessions that the database has vouched for lately: so that a board which renews itself asks it nothing, and so that the
//! board's last state can be shown while it is away.
//!
//! Invariant: only the board is opened by what is remembered here; whatever shows one patient or changes anything asks the
//! database. What is remembered is forgotten when the database tells of a change of the account or the end of one of its
//! sessions, and is not believed for longer than [`SILENCE`] after the last word of the connection that would tell. While the
//! database is away a session opens the board and nothing else, until a limit that it had when it was last vouched for:
//! whoever was signed out meanwhile cannot be known.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use wardwatch_identity::{Secret, session};

/// More sessions than a hospital has; beyond it, those that were vouched for longest ago are forgotten.
const MOST: usize = 10_000;
/// The database is made to say a word on the listening connection every five seconds.
const SILENCE: Duration = Duration::from_secs(15);

/// What the database said of a session.
#[derive(Debug, Clone)]
struct Vouched {
    signed: session::Signed,
    at: DateTime<Utc>,
    /// Whether every change since then would have been heard of.
    is_followed: bool,
}

#[derive(Debug, Default)]
struct Known {
    /// By the hash of their secrets.
    sessions: HashMap<Vec<u8>, Vouched>,
    /// Changes that were heard of: what was asked before one and answered after it is old.
    changes: u64,
    /// When the listening connection last said something; none: it is lost.
    heard_at: Option<Instant>,
}

/// Sessions by the hash of their secrets.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: Mutex<Known>,
}

/// What had been heard of when the database was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked(u64);

impl Sessions {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called before the database is asked for a session.
    pub(crate) fn asked(&self) -> Asked {
        Asked(self.known().changes)
    }

    /// The database vouches for a session, or says that it is none.
    pub(crate) fn heard(&self, asked: Asked, now: DateTime<Utc>, secret: &Secret, signed: Option<&session::Signed>) {
        let mut known = self.known();
        let hash = secret.hash();
        let Some(signed) = signed.filter(|_| known.changes == asked.0) else {
            known.sessions.remove(&hash);
            return;
        };
        if known.sessions.len() >= MOST && !known.sessions.contains_key(&hash) {
            let oldest = known.sessions.iter().min_by_key(|(_, vouched)| vouched.at).map(|(hash, _)| hash.clone());
            oldest.and_then(|hash| known.sessions.remove(&hash));
        }
        let is_followed = known.heard_at.is_some();
        known.sessions.insert(hash, Vouched { signed: signed.clone(), at: now, is_followed });
    }

    /// Whose session it is, where that is certain without asking. `by_hand`: the database is to note that something was done.
    pub(crate) fn certain(&self, now: DateTime<Utc>, secret: &Secret, by_hand: bool) -> Option<session::Signed> {
        let known = self.known();
        known.heard_at.filter(|at| at.elapsed() < SILENCE)?;
        let vouched = known.sessions.get(&secret.hash()).filter(|vouched| vouched.is_followed)?;
        let signed = &vouched.signed;
        (signed.lasts(now) && !(by_hand && signed.is_to_be_touched(now))).then(|| signed.clone())
    }

    /// Whose session it was when the database last vouched for it.
    pub(crate) fn last_known(&self, now: DateTime<Utc>, secret: &Secret) -> Option<session::Signed> {
        let known = self.known();
        let vouched = known.sessions.get(&secret.hash())?;
        let lasts = vouched.signed.ends_at > now && now - vouched.at < session::IDLE;
        lasts.then(|| vouched.signed.clone())
    }

    /// An account or one of its sessions is no longer what it was.
    pub(crate) fn changed(&self, account_id: i64) {
        let mut known = self.known();
        known.changes += 1;
        known.sessions.retain(|_, vouched| vouched.signed.account.id != account_id);
    }

    /// The listening connection said something.
    pub(crate) fn listens(&self) {
        self.known().heard_at = Some(Instant::now());
    }

    /// The listening connection is lost: changes may go unheard.
    pub(crate) fn listens_no_more(&self) {
        let mut known = self.known();
        known.heard_at = None;
        known.changes += 1;
        known.sessions.values_mut().for_each(|vouched| vouched.is_followed = false);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use wardwatch_identity::{Account, Role};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    fn signed(account_id: i64) -> session::Signed {
        let account = Account {
            id: account_id,
            name: "ada".to_owned(),
            role: Role::Clinician,
            patient_id: None,
            departments: Vec::new(),
            has_second_factor: false,
        };
        session::Signed { account, session_id: 1, used_at: now(), ends_at: now() + TimeDelta::hours(12) }
    }

    fn vouched_for(sessions: &Sessions, account_id: i64) -> Secret {
        let secret = Secret::random().unwrap();
        sessions.heard(sessions.asked(), now(), &secret, Some(&signed(account_id)));
        secret
    }

    #[test]
    fn nothing_is_certain_while_nobody_listens() {
        let sessions = Sessions::default();
        let secret = vouched_for(&sessions, 7);
        assert!(sessions.certain(now(), &secret, false).is_none());
        assert!(sessions.last_known(now(), &secret).is_some(), "but the last state may be shown");
        sessions.listens();
        assert!(sessions.certain(now(), &secret, false).is_none(), "what happened before is not known");
        let secret = vouched_for(&sessions, 7);
        assert!(sessions.certain(now(), &secret, false).is_some());
        sessions.listens_no_more();
        sessions.listens();
        assert!(sessions.certain(now(), &secret, false).is_none(), "nor what happened meanwhile");
    }

    #[test]
    fn what_is_told_of_an_account_ends_all_its_sessions_and_no_others() {
        let sessions = Sessions::default();
        sessions.listens();
        let [first, second, other] = [7, 7, 8].map(|account_id| vouched_for(&sessions, account_id));
        sessions.changed(7);
        for ended in [&first, &second] {
            assert!(sessions.certain(now(), ended, false).is_none() && sessions.last_known(now(), ended).is_none());
        }
        assert!(sessions.certain(now(), &other, false).is_some());
    }

    #[test]
    fn an_answer_that_is_older_than_a_change_is_not_kept() {
        let sessions = Sessions::default();
        sessions.listens();
        let (secret, asked) = (Secret::random().unwrap(), sessions.asked());
        sessions.changed(7);
        sessions.heard(asked, now(), &secret, Some(&signed(7)));
        assert!(sessions.certain(now(), &secret, false).is_none());
    }

    #[test]
    fn limits_hold_without_the_database_and_what_is_done_by_hand_is_noted_there() {
        let sessions = Sessions::default();
        sessions.listens();
        let secret = vouched_for(&sessions, 7);
        let after =
            |minutes, by_hand| sessions.certain(now() + TimeDelta::minutes(minutes), &secret, by_hand).is_some();
        assert!(after(59, false) && !after(60, false));
        assert!(after(0, true) && !after(2, true));
    }
}
