//! What people did about stays on the board: acknowledged with a reason, taken on, commented; and who it was.
//!
//! Invariant: an acknowledgement holds until its time is up, until a test is performed after it, whatever becomes of its result, or
//! until somebody takes it back; and never beside a doubt that is newer than it. The rows stay for good; what holds is read from them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::Snapshot;
use super::census::Census;

/// What somebody can do about a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The stay needs no test for now.
    Acknowledged,
    /// An acknowledgement was taken back.
    Resumed,
    /// Somebody takes care of it.
    Assigned,
    /// Nobody does any more.
    Unassigned,
    /// Something was said.
    Commented,
}

impl Act {
    pub(crate) const ALL: [Self; 5] =
        [Self::Acknowledged, Self::Resumed, Self::Assigned, Self::Unassigned, Self::Commented];

    /// As the database and the forms write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Resumed => "resumed",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Commented => "commented",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }
}

/// Why a stay needs no test for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No test would help.
    NotIndicated,
    /// The laboratory's system does not know of it.
    OrderedElsewhere,
    /// The patient is cared for, not treated.
    Palliative,
    /// Somebody will look again when the time is up.
    WillReview,
}

impl Reason {
    pub(crate) const ALL: [Self; 4] = [Self::NotIndicated, Self::OrderedElsewhere, Self::Palliative, Self::WillReview];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotIndicated => "not_indicated",
            Self::OrderedElsewhere => "ordered_elsewhere",
            Self::Palliative => "palliative",
            Self::WillReview => "will_review",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// One thing that somebody did.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Review {
    #[sqlx(rename = "review_id")]
    pub(crate) number: i64,
    pub(crate) patient_id: String,
    pub(crate) case_number: String,
    pub(crate) act: String,
    pub(crate) reason: Option<String>,
    pub(crate) comment: Option<String>,
    /// When an acknowledged stay comes back.
    pub(crate) returns_at: Option<DateTime<Utc>>,
    /// The stay's clock when it was done.
    pub(crate) idle_since: Option<DateTime<Utc>>,
    /// Since when the stay was in doubt by itself, as who acknowledged it saw it.
    pub(crate) doubted_at: Option<DateTime<Utc>>,
    pub(crate) by_account: String,
    pub(crate) at: DateTime<Utc>,
    /// Who took care of the stay until then, where the act is about that and is among what holds.
    #[sqlx(default)]
    pub(crate) held_before: Option<String>,
    /// Whether an acknowledgement does not hold for what became known after it: a test, whatever became of its result, or a doubt.
    #[sqlx(default)]
    pub(crate) is_overtaken: bool,
    /// Whether who took the stay on does not see it any more: it is of another department, or their account is closed.
    #[sqlx(default)]
    pub(crate) is_away: bool,
}

/// What holds of a stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// The newest act of each kind that can replace another.
    pub(crate) acknowledged: Option<Review>,
    pub(crate) assigned: Option<Review>,
    pub(crate) comment: Option<Review>,
}

impl Standing {
    /// The acknowledgement, while it holds.
    pub(crate) fn acknowledgement(&self, idle_since: Option<DateTime<Utc>>, as_of: DateTime<Utc>) -> Option<&Review> {
        self.acknowledgement_of(idle_since).filter(|review| review.returns_at.is_some_and(|returns| returns > as_of))
    }

    /// When the time of the acknowledgement is up, or was; none where a test or somebody ended it before.
    pub(crate) fn returns_at(&self, idle_since: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        self.acknowledgement_of(idle_since)?.returns_at
    }

    /// The newest acknowledgement, unless a test or a doubt ended it or somebody took it back.
    fn acknowledgement_of(&self, idle_since: Option<DateTime<Utc>>) -> Option<&Review> {
        let acknowledged = self.acknowledged.as_ref().filter(|review| !review.is_overtaken);
        acknowledged.filter(|review| review.act == Act::Acknowledged.as_str() && review.idle_since == idle_since)
    }

    /// What holds beside a doubt that became known at this moment: whoever acknowledged an earlier one, or none, did not see it.
    pub(crate) fn in_doubt(mut self, since: Option<DateTime<Utc>>) -> Self {
        if let Some(acknowledged) = &mut self.acknowledged {
            acknowledged.is_overtaken |= since > acknowledged.doubted_at;
        }
        self
    }

    pub(crate) fn is_acknowledged(&self, idle_since: Option<DateTime<Utc>>, as_of: DateTime<Utc>) -> bool {
        self.acknowledgement(idle_since, as_of).is_some()
    }

    /// The account that takes care of the stay.
    pub(crate) fn assigned_to(&self) -> Option<&str> {
        self.assignment().map(|review| review.by_account.as_str())
    }

    /// Who took the stay on, while nobody gave it back.
    pub(crate) fn assignment(&self) -> Option<&Review> {
        self.assigned.as_ref().filter(|review| review.act == Act::Assigned.as_str())
    }

    /// What was said beside what holds: an acknowledgement that is over says nothing any more.
    pub(crate) fn said(
        &self,
        idle_since: Option<DateTime<Utc>>,
        as_of: DateTime<Utc>,
    ) -> impl Iterator<Item = &Review> {
        let is_acknowledged = self.is_acknowledged(idle_since, as_of);
        self.all().filter(move |review| is_acknowledged || review.act != Act::Acknowledged.as_str())
    }

    /// The number of the newest act: who acts says which one they have seen.
    pub(crate) fn seen(&self) -> i64 {
        self.all().map(|review| review.number).max().unwrap_or(0)
    }

    /// When something was last done.
    pub(crate) fn newest(&self) -> Option<DateTime<Utc>> {
        self.all().map(|review| review.at).max()
    }

    fn all(&self) -> impl Iterator<Item = &Review> {
        [&self.acknowledged, &self.assigned, &self.comment].into_iter().flatten()
    }

    /// What holds after all of these.
    pub(crate) fn of(reviews: impl IntoIterator<Item = Review>) -> Self {
        let mut standing = Self::default();
        reviews.into_iter().for_each(|review| standing.take(review));
        standing
    }

    fn take(&mut self, review: Review) {
        let place = match Act::from_word(&review.act) {
            Some(Act::Acknowledged | Act::Resumed) => &mut self.acknowledged,
            Some(Act::Assigned | Act::Unassigned) => &mut self.assigned,
            Some(Act::Commented) | None => &mut self.comment,
        };
        if place.as_ref().is_none_or(|before| before.number < review.number) {
            *place = Some(review);
        }
    }
}

/// What holds of every stay of a census.
#[derive(Debug, Default)]
pub(crate) struct Reviews {
    standings: HashMap<u32, Standing>,
}

impl Reviews {
    /// What holds of the stay at a place of the census, if anybody did anything about it.
    pub(crate) fn standing(&self, place: u32) -> Option<&Standing> {
        if self.standings.is_empty() { None } else { self.standings.get(&place) }
    }

    /// Every stay about which anybody did anything, by its place.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Standing)> {
        self.standings.iter().map(|(place, standing)| (*place, standing))
    }

    /// Lays what was done beside the stays of a census.
    pub(crate) fn beside(census: &Census, done: &[Review]) -> Self {
        let mut standings: HashMap<u32, Standing> = HashMap::new();
        for review in done {
            if let Some(place) = census.place(&review.patient_id, &review.case_number) {
                standings.entry(place).or_default().take(review.clone());
            }
        }
        let in_doubt = |(place, standing): (u32, Standing)| (place, standing.in_doubt(census.entry(place).doubted_at));
        Self { standings: standings.into_iter().map(in_doubt).collect() }
    }
}

/// The newest act of each kind about stays that are not over; or, where another moment is given, of what was done by then about
/// stays that were not over then.
pub(crate) async fn standing(
    snapshot: &mut Snapshot,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<Review>, sqlx::Error> {
    let standing = sqlx::query_as(include_str!("../sql/review_standing.sql")).bind(as_of);
    standing.fetch_all(&mut *snapshot.tx).await
}

/// Everything that was ever done about the stays of one patient, the newest first.
pub(crate) async fn of_patient(snapshot: &mut Snapshot, patient_id: &str) -> Result<Vec<Review>, sqlx::Error> {
    let reviews = sqlx::query_as(include_str!("../sql/review_of_patient.sql")).bind(patient_id);
    reviews.fetch_all(&mut *snapshot.tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn review(number: i64, act: Act) -> Review {
        Review {
            number,
            patient_id: "1".to_owned(),
            case_number: "c".to_owned(),
            act: act.as_str().to_owned(),
            reason: None,
            comment: None,
            returns_at: Some(at("2026-11-21T18:00:00Z")),
            idle_since: Some(at("2026-11-18T06:00:00Z")),
            doubted_at: None,
            by_account: "ada".to_owned(),
            at: at("2026-11-21T10:00:00Z"),
            held_before: None,
            is_overtaken: false,
            is_away: false,
        }
    }

    fn standing(reviews: Vec<Review>) -> Standing {
        Standing::of(reviews)
    }

    #[test]
    fn an_acknowledgement_ends_by_time_by_a_test_and_by_hand() {
        let idle = Some(at("2026-11-18T06:00:00Z"));
        let acknowledged = standing(vec![review(1, Act::Acknowledged)]);
        assert!(acknowledged.is_acknowledged(idle, at("2026-11-21T17:59:59Z")));
        assert!(!acknowledged.is_acknowledged(idle, at("2026-11-21T18:00:00Z")), "the time is up");
        let performed = Some(at("2026-11-21T11:00:00Z"));
        assert!(!acknowledged.is_acknowledged(performed, at("2026-11-21T12:00:00Z")), "a test was performed");
        let resumed = standing(vec![review(2, Act::Resumed), review(1, Act::Acknowledged)]);
        assert!(!resumed.is_acknowledged(idle, at("2026-11-21T12:00:00Z")), "whatever order the rows come in");
    }

    #[test]
    fn an_acknowledgement_covers_no_doubt_that_was_not_seen() {
        let idle = Some(at("2026-11-18T06:00:00Z"));
        let seen = Some(at("2026-11-20T06:00:00Z"));
        let holds = |saw, doubted_at: Option<DateTime<Utc>>| {
            let acknowledged = standing(vec![Review { doubted_at: saw, ..review(1, Act::Acknowledged) }]);
            acknowledged.in_doubt(doubted_at).is_acknowledged(idle, at("2026-11-21T12:00:00Z"))
        };
        let newer = Some(at("2026-11-20T06:00:01Z"));
        assert!(holds(None, None) && holds(seen, seen) && holds(seen, None), "no other doubt");
        assert!(!holds(None, seen) && !holds(seen, newer), "a doubt that nobody has acknowledged");
    }

    #[test]
    fn what_was_said_is_told_as_long_as_it_holds() {
        let said = |standing: &Standing, as_of: &str| -> Vec<i64> {
            let said = standing.said(Some(at("2026-11-18T06:00:00Z")), at(as_of));
            said.map(|review| review.number).collect()
        };
        let all = standing(vec![review(1, Act::Acknowledged), review(2, Act::Assigned), review(3, Act::Commented)]);
        assert_eq!(said(&all, "2026-11-21T17:59:59Z"), [1, 2, 3]);
        assert_eq!(said(&all, "2026-11-21T18:00:00Z"), [2, 3], "the acknowledgement is over");
    }

    #[test]
    fn the_newest_act_is_the_one_that_was_seen() {
        let standing =
            standing(vec![review(3, Act::Assigned), review(7, Act::Commented), review(5, Act::Acknowledged)]);
        assert_eq!((standing.seen(), standing.assigned_to()), (7, Some("ada")));
    }
}
