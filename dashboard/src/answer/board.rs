//! The board as programs hear of it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{OrderedAnswer, hours, instant};
use crate::parts::time::rfc3339;
use crate::views::board::{Board, Counts, Doubt, State, Stay};
use crate::views::feeds::Feed;
use crate::views::review::Review;

/// One page of the board.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoardAnswer {
    /// The moment of the answer.
    #[schema(format = DateTime)]
    as_of: String,
    /// The threshold: of the department that is asked for, where it has one of its own; else the hospital's.
    hours: i32,
    /// Stays that match, over all pages.
    total: i64,
    counts: CountsAnswer,
    /// Listed stays of departments that the account is not limited to: counted, not told.
    elsewhere: i64,
    long_open: i64,
    unreadable: i64,
    feeds: Vec<FeedAnswer>,
    stays: Vec<StayAnswer>,
    page: i64,
    per_page: i64,
}

/// Stays by state.
#[derive(Serialize, ToSchema)]
struct CountsAnswer {
    overdue: i64,
    chase: i64,
    unknown: i64,
}

/// How fresh a feed is, and what of it stands in doubt.
#[derive(Serialize, ToSchema)]
struct FeedAnswer {
    feed: String,
    source: String,
    #[schema(format = DateTime)]
    newest_seen_at: Option<String>,
    #[schema(format = DateTime)]
    newest_loaded_at: Option<String>,
    #[schema(format = DateTime)]
    oldest_not_loaded_at: Option<String>,
    age_seconds: Option<i64>,
    /// Null: the feed is static and never stale.
    limit_seconds: Option<i64>,
    stale: bool,
    not_loaded: i64,
    held: i64,
    failed: i64,
    quarantined: i64,
    waiting: i64,
}

/// One listed stay; null where the source has not said it.
#[derive(Serialize, ToSchema)]
struct StayAnswer {
    patient_id: Option<String>,
    case_number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    date_of_birth: Option<NaiveDate>,
    name_received: bool,
    look_alike: bool,
    department: Option<String>,
    room: Option<String>,
    physician: Option<String>,
    #[schema(format = DateTime)]
    admitted_at: Option<String>,
    #[schema(format = DateTime)]
    released_at: Option<String>,
    #[schema(format = DateTime)]
    idle_since: Option<String>,
    idle_hours: Option<f64>,
    /// Null: none since admission.
    #[schema(format = DateTime)]
    last_performed_at: Option<String>,
    #[schema(format = DateTime)]
    last_ordered_at: Option<String>,
    open_order: Option<OrderedAnswer>,
    /// overdue, chase or unknown
    state: &'static str,
    reasons: Vec<String>,
    conflict_with: Vec<String>,
    waiting_results: i64,
    quarantined: i64,
    long_open: bool,
    threshold_hours: Option<i32>,
    /// Who acknowledged it, while that holds. The stay is listed all the same.
    acknowledged: Option<AcknowledgedAnswer>,
    /// The account that takes care of it.
    assigned_to: Option<String>,
}

/// An acknowledgement that holds.
#[derive(Serialize, ToSchema)]
struct AcknowledgedAnswer {
    /// not_indicated, ordered_elsewhere, palliative or will_review
    reason: Option<String>,
    by: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(format = DateTime)]
    until: Option<String>,
}

impl BoardAnswer {
    /// The board, its counts those of one state where one is asked for.
    pub(crate) fn of(board: Board, state: Option<State>) -> Self {
        let Counts { overdue, chase, unknown } = board.counts.only(state);
        let as_of = board.as_of;
        Self {
            as_of: rfc3339(as_of),
            hours: board.hours,
            total: board.total,
            counts: CountsAnswer { overdue, chase, unknown },
            elsewhere: board.elsewhere,
            long_open: board.long_open,
            unreadable: board.unreadable,
            feeds: board.feeds.into_iter().map(FeedAnswer::from).collect(),
            stays: board.stays.into_iter().map(|stay| StayAnswer::of(stay, as_of)).collect(),
            page: board.page,
            per_page: board.per_page,
        }
    }
}

impl From<Feed> for FeedAnswer {
    fn from(feed: Feed) -> Self {
        Self {
            feed: feed.name,
            source: feed.source,
            newest_seen_at: instant(feed.newest_seen_at),
            newest_loaded_at: instant(feed.newest_loaded_at),
            oldest_not_loaded_at: instant(feed.oldest_not_loaded_at),
            age_seconds: feed.age_seconds,
            limit_seconds: feed.limit_seconds,
            stale: feed.is_stale,
            not_loaded: feed.not_loaded,
            held: feed.held,
            failed: feed.failed,
            quarantined: feed.quarantined,
            waiting: feed.waiting,
        }
    }
}

impl StayAnswer {
    fn of(stay: Stay, as_of: DateTime<Utc>) -> Self {
        let idle_hours = stay.idle_for(as_of).map(hours);
        let acknowledged = stay.standing.acknowledgement(stay.idle_since, as_of).map(AcknowledgedAnswer::of);
        let assigned_to = stay.standing.assigned_to().map(str::to_owned);
        let Doubt { reasons, conflict_with, waiting_results, quarantined } = stay.doubt;
        Self {
            patient_id: stay.person.patient_id,
            case_number: stay.case_number,
            first_name: stay.person.first_name,
            last_name: stay.person.last_name,
            date_of_birth: stay.person.date_of_birth,
            name_received: stay.person.name_received,
            look_alike: stay.look_alike,
            department: stay.department,
            room: stay.room,
            physician: stay.physician,
            admitted_at: instant(stay.admitted_at),
            released_at: instant(stay.released_at),
            idle_since: instant(stay.idle_since),
            idle_hours,
            last_performed_at: instant(stay.last_performed_at),
            last_ordered_at: instant(stay.last_ordered_at),
            open_order: stay.open_order.map(OrderedAnswer::from),
            state: stay.state.as_str(),
            reasons,
            conflict_with,
            waiting_results,
            quarantined,
            long_open: stay.long_open,
            threshold_hours: stay.threshold_hours,
            acknowledged,
            assigned_to,
        }
    }
}

impl AcknowledgedAnswer {
    fn of(review: &Review) -> Self {
        Self {
            reason: review.reason.clone(),
            by: review.by_account.clone(),
            at: rfc3339(review.at),
            until: instant(review.returns_at),
        }
    }
}
