//! `POST /patients/{id}/stays/{case}`: somebody acknowledges a stay, takes it on, takes that back, or says something about it.
//!
//! Invariant: what is written is written once, with its row of the audit, and only by somebody who has seen what was done
//! before: of two who act at once, the second is told. An acknowledgement is of the clock and the doubt that were seen, held against the database's
//! when it is written: a test that was performed meanwhile is never acknowledged with it. Nothing of the stay itself is changed.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;
use url::form_urlencoded;
use wardwatch_identity::access::{self, Reach};
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_schema::database::{self, COMMIT_CHANNEL};

use crate::acting::MayAct;
use crate::error::{AsPage, Problem};
use crate::html::review::{self as pages, Refused};
use crate::parts::number;
use crate::people::{ReviewStays, Who};
use crate::query::moment_early;
use crate::server::App;
use crate::views::Snapshot;
use crate::views::review::{Act, Reason};
use crate::words::form::{self as words, review as refusal};
use crate::words::parameter::refused_time;

/// Letters of the longest comment.
pub(crate) const LONGEST_COMMENT: usize = 2_000;
/// An acknowledgement never holds longer than this many days: nobody is forgotten for good.
pub(crate) const LONGEST_DAYS: i64 = 14;
/// What pages are told with the commit.
const TOPIC: &str = "app.review";

/// What a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    act: Act,
    reason: Option<Reason>,
    comment: Option<String>,
    returns: Option<Returns>,
    /// The newest act that the page showed.
    seen: i64,
    /// The clock of the stay that it showed.
    idle_since: Option<DateTime<Utc>>,
    /// Since when it showed a doubt.
    doubted_at: Option<DateTime<Utc>>,
    /// The board that the reader came from.
    back: String,
}

/// What stands in a form, in its own letters: where nothing is written, none of it need be typed again.
#[derive(Debug)]
pub(crate) struct Typed {
    fields: Vec<(String, String)>,
}

/// When an acknowledged stay comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Returns {
    InHours(i64),
    At(DateTime<Utc>),
}

/// `POST /patients/{id}/stays/{case}`
pub(crate) async fn act(
    who: MayAct<ReviewStays>,
    State(app): State<App>,
    path: Result<Path<(String, String)>, PathRejection>,
    body: String,
) -> Result<Response, AsPage> {
    let Path((id, case)) = path.map_err(|_| Problem::no_such_patient())?;
    let stay = pages::find(&app, &who, &id, &case).await?;
    let typed = Typed::read(&body);
    let asked = match Asked::read(&typed, app.zone).and_then(Asked::checked) {
        Ok(asked) => asked,
        Err(why) => return Ok(pages::again(&app, &who, &stay, &unprocessable(&why, &typed)).await?),
    };
    let why = match write(&app, &who, &asked, &Stands { patient_id: &id, case_number: &case }).await? {
        Written::Yes => {
            app.roster.reviewed(&app.pool).await;
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, asked.back)]).into_response());
        }
        Written::NotAllowed(why) => return Ok(pages::again(&app, &who, &stay, &unprocessable(&why, &typed)).await?),
        Written::TooLate => refusal::TOO_LATE,
        Written::AnotherClock => refusal::ANOTHER_CLOCK,
    };
    app.roster.reviewed(&app.pool).await;
    // The page shows again what is there now: the board may not know of it yet.
    drop(app.roster.current().await);
    let stay = pages::find(&app, &who, &id, &case).await?;
    Ok(pages::again(&app, &who, &stay, &conflict(why, &typed)).await?)
}

fn unprocessable<'a>(why: &'a str, typed: &'a Typed) -> Refused<'a> {
    Refused { status: StatusCode::UNPROCESSABLE_ENTITY, why, typed }
}

fn conflict<'a>(why: &'a str, typed: &'a Typed) -> Refused<'a> {
    Refused { status: StatusCode::CONFLICT, why, typed }
}

/// The stay that is acted on.
struct Stands<'a> {
    patient_id: &'a str,
    case_number: &'a str,
}

#[derive(Debug)]
enum Written {
    Yes,
    /// It would come back at no time that is allowed.
    NotAllowed(String),
    /// Somebody has acted since.
    TooLate,
    /// A test was performed, or the record was corrected.
    AnotherClock,
}

/// The act and its row of the audit, in one transaction that stands alone with the stay.
async fn write(app: &App, who: &Who, asked: &Asked, stay: &Stands<'_>) -> Result<Written, sqlx::Error> {
    let mut tx = database::begin(&app.pool).await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 8001))")
        .bind(stay.patient_id)
        .bind(stay.case_number)
        .execute(&mut *tx)
        .await?;
    // By the clock of the database, by which the board is shown: another may be wrong.
    let (newest, now): (i64, DateTime<Utc>) = sqlx::query_as(
        "SELECT coalesce(max(review_id), 0), clock_timestamp() FROM app.review WHERE patient_id = $1 AND case_number = $2",
    )
    .bind(stay.patient_id)
    .bind(stay.case_number)
    .fetch_one(&mut *tx)
    .await?;
    if newest != asked.seen {
        return Ok(Written::TooLate);
    }
    let is_acknowledged = asked.act == Act::Acknowledged;
    if is_acknowledged && clock(&mut tx, stay).await? != (asked.idle_since, asked.doubted_at) {
        return Ok(Written::AnotherClock);
    }
    let returns_at = match asked.returns_at(now) {
        Ok(returns_at) => returns_at,
        Err(why) => return Ok(Written::NotAllowed(why)),
    };
    let [idle_since, doubted_at] = [asked.idle_since, asked.doubted_at].map(|at| at.filter(|_| is_acknowledged));
    let review_id: i64 = sqlx::query_scalar(include_str!("sql/review.sql"))
        .bind(stay.patient_id)
        .bind(stay.case_number)
        .bind(asked.act.as_str())
        .bind(asked.reason.map(Reason::as_str))
        .bind(asked.comment.as_deref())
        .bind(returns_at)
        .bind(idle_since)
        .bind(&who.account.name)
        .bind(now)
        .bind(doubted_at)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query("SELECT pg_notify($1, $2)").bind(COMMIT_CHANNEL).bind(TOPIC).execute(&mut *tx).await?;
    let about = format!("{} {review_id}", asked.act.as_str());
    let (patient_id, reason) = (Some(stay.patient_id), asked.reason.map(Reason::as_str).or(asked.comment.as_deref()));
    let entry = Entry { patient_id, about: Some(&about), reason, ..who.entry(Event::StayReviewed) };
    audit::note(&mut tx, now, &entry).await?;
    tx.commit().await?;
    Ok(Written::Yes)
}

/// Since when no test was performed within the stay, and since when it is in doubt by itself, as the database has it now.
async fn clock(tx: &mut PgConnection, stay: &Stands<'_>) -> Result<Clock, sqlx::Error> {
    let clock = sqlx::query_as(include_str!("sql/review_clock.sql")).bind(stay.patient_id).bind(stay.case_number);
    Ok(clock.fetch_optional(tx).await?.unwrap_or_default())
}

/// `idle_since` and `doubted_at`.
type Clock = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Refuses a patient of another department whose glass is not broken. Whether it is broken.
pub(crate) async fn require_reach(app: &App, who: &Who, patient_id: &str) -> Result<bool, Problem> {
    let mut snapshot = Snapshot::take(&app.pool, who).await?;
    let reach = access::reach(&mut snapshot.tx, app.clock.now(), &who.account, patient_id).await?;
    drop(snapshot);
    match reach {
        Reach::Beyond => {
            who.note_beyond(app, patient_id).await?;
            Err(Problem::beyond_departments())
        }
        Reach::Within => Ok(false),
        Reach::Broken(_) => Ok(true),
    }
}

impl Typed {
    fn read(body: &str) -> Self {
        let fields = form_urlencoded::parse(body.as_bytes());
        // A browser sends two letters for the end of a line, and counts one.
        let said = |value: &str| value.trim().replace("\r\n", "\n");
        Self { fields: fields.map(|(name, value)| (name.into_owned(), said(&value))).collect() }
    }

    /// What stands in a field, unless it is empty.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let said = self.fields.iter().rfind(|(field, value)| field == name && !value.is_empty());
        said.map(|(_, value)| value.as_str())
    }

    /// The board that the reader came from.
    pub(crate) fn back(&self) -> String {
        self.field("back").map_or_else(|| "/".to_owned(), way_back)
    }
}

impl Asked {
    fn read(typed: &Typed, zone: Tz) -> Result<Self, String> {
        let (mut act, mut reason, mut comment, mut hours, mut at) = (None, None, None, None, None);
        let (mut seen, mut idle_since, mut doubted_at) = (0, None, None);
        for (name, value) in &typed.fields {
            if value.contains(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t')) {
                return Err(words::no_text(name));
            }
            match name.as_str() {
                _ if value.is_empty() => {}
                "act" => act = Act::from_word(value),
                "reason" => reason = Some(Reason::from_word(value).ok_or(refusal::NO_SUCH_REASON)?),
                "comment" => comment = Some(value.clone()),
                "hours" => hours = Some(value.parse().map_err(|_| words::NO_HOURS)?),
                "at" => at = Some(moment_early(value, zone).map_err(|fault| refused_time(&fault))?),
                "seen" => seen = value.parse().map_err(|_| words::NOT_WHOLE)?,
                "idle_since" => idle_since = Some(value.parse().map_err(|_| words::NOT_WHOLE)?),
                "doubted_at" => doubted_at = Some(value.parse().map_err(|_| words::NOT_WHOLE)?),
                "back" => {}
                _ => return Err(words::unknown_field(name)),
            }
        }
        let act = act.ok_or(words::SAYS_NOTHING)?;
        let returns = at.map(Returns::At).or(hours.map(Returns::InHours));
        // One form has a button for each act, so that the others carry what only an acknowledgement means.
        let (reason, returns) = if act == Act::Acknowledged { (reason, returns) } else { (None, None) };
        Ok(Self { act, reason, comment, returns, seen, idle_since, doubted_at, back: typed.back() })
    }

    /// What is asked for, if enough is said.
    fn checked(self) -> Result<Self, String> {
        if self.comment.as_ref().is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT) {
            return Err(refusal::comment_too_long(&number::size(LONGEST_COMMENT)));
        }
        match self.act {
            Act::Acknowledged if self.reason.is_none() => Err(refusal::NO_REASON.to_owned()),
            Act::Acknowledged if self.returns.is_none() => Err(refusal::NO_RETURN.to_owned()),
            Act::Commented if self.comment.is_none() => Err(refusal::NO_COMMENT.to_owned()),
            _ => Ok(self),
        }
    }

    fn returns_at(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
        let returns_at = match self.returns {
            None => return Ok(None),
            Some(Returns::At(at)) => Some(at),
            Some(Returns::InHours(hours)) => {
                TimeDelta::try_hours(hours).and_then(|hours| now.checked_add_signed(hours))
            }
        };
        let is_allowed = |at: &DateTime<Utc>| *at > now && *at <= now + TimeDelta::days(LONGEST_DAYS);
        let returns_at = returns_at.filter(is_allowed);
        returns_at.map(Some).ok_or_else(|| refusal::returns_within(LONGEST_DAYS))
    }
}

/// A page of this server, and no other place.
pub(crate) fn way_back(said: &str) -> String {
    let is_ours = said == "/" || said.starts_with("/?") || said.starts_with("/patients/");
    if is_ours && !said.contains(|letter: char| letter.is_control() || letter == '\\') {
        said.to_owned()
    } else {
        "/".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Asked, String> {
        Asked::read(&Typed::read(body), Tz::UTC)?.checked()
    }

    #[test]
    fn an_acknowledgement_needs_a_reason_and_a_time() {
        assert!(read("act=acknowledged&hours=4").unwrap_err().contains("reason"));
        assert!(read("act=acknowledged&reason=palliative").unwrap_err().contains("comes back"));
        let asked = read("act=acknowledged&reason=palliative&hours=4&seen=7&back=/?department=ICU").unwrap();
        assert_eq!((asked.seen, asked.back.as_str()), (7, "/?department=ICU"));
    }

    #[test]
    fn a_button_takes_of_the_form_what_it_means() {
        let asked = read("act=assigned&reason=palliative&hours=8&comment=mine").unwrap();
        assert_eq!((asked.reason, asked.returns, asked.comment.as_deref()), (None, None, Some("mine")));
    }

    #[test]
    fn it_comes_back_in_the_future_and_not_after_a_fortnight() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let returns = |body: &str| read(&format!("act=acknowledged&reason=palliative&{body}")).unwrap().returns_at(now);
        assert_eq!(returns("hours=4").unwrap().unwrap().to_rfc3339(), "2026-11-21T14:00:00+00:00");
        assert_eq!(returns("hours=4&at=2026-11-22T08:00").unwrap().unwrap().to_rfc3339(), "2026-11-22T08:00:00+00:00");
        for bad in ["hours=0", "hours=-1", "hours=337", "hours=9223372036854775807", "at=2026-11-21T09:00"] {
            assert!(returns(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_an_hour_that_comes_twice_it_comes_back_in_the_first() {
        let typed = Typed::read("act=acknowledged&reason=palliative&at=2026-10-25T02:30");
        let asked = Asked::read(&typed, Tz::Europe__Berlin).unwrap();
        assert_eq!(asked.returns, Some(Returns::At("2026-10-25T00:30:00Z".parse().unwrap())));
    }

    #[test]
    fn a_comment_keeps_its_lines_and_no_other_control_character() {
        let asked = read("act=commented&comment=a%0D%0Ab%09c").unwrap();
        assert_eq!(asked.comment.as_deref(), Some("a\nb\tc"));
    }

    #[test]
    fn a_form_that_says_too_little_or_too_much_is_refused() {
        for body in [
            "",
            "act=deleted",
            "act=assigned&idle_since=yesterday",
            "act=commented",
            "act=commented&comment=a%00b",
            "act=commented&comment=a%08b",
            "act=assigned&by=somebody",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for bad in
            ["/?q=\u{1}", "//evil.example", "https://evil.example", "/\\evil", "javascript:x", "/?a\r\nSet-Cookie: x"]
        {
            assert_eq!(way_back(bad), "/", "{bad}");
        }
    }
}
