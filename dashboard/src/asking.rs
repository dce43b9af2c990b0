//! Forms of the pages become requests: written to `app.request` for the ingest daemon, which carries them out and answers.
//!
//! Invariant: nothing is changed here. A form that says too little, or something unknown, is refused before it is written.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;
use wardwatch_identity::Action;
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_schema::database::{self, REQUEST_CHANNEL};

use crate::acting::MayAct;
use crate::error::{AsPage, Problem};
use crate::parts::number;
use crate::people::{ActOnDoubts, Who};
use crate::server::App;
use crate::words::form as words;

/// Longest reason, in letters.
pub(crate) const LONGEST_REASON: usize = 2_000;
/// Longest column map, in bytes.
const LONGEST_MAP: usize = 100_000;

/// What a form asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    kind: String,
    object_id: Option<i64>,
    record: Option<i32>,
    result_id: Option<String>,
    patient_id: Option<String>,
    typed_patient_id: Option<String>,
    case_number: Option<String>,
    choice: Option<String>,
    decision_id: Option<i64>,
    reason: Option<String>,
    map: Option<String>,
}

/// `POST /ops/requests`
pub(crate) async fn ask(State(app): State<App>, who: MayAct<ActOnDoubts>, body: String) -> Result<Response, AsPage> {
    let asked = Form::read(&body).map_err(|why| Problem::bad_form(&why))?;
    if asked.is_about_a_map() && !who.may(Action::ApproveMaps) {
        who.note(&app, Entry { about: Some("ApproveMaps"), ..who.entry(Event::Refused) }).await?;
        return Err(Problem::not_yours(who.account.role).into());
    }
    let request_id = write(&app, &who, &asked).await?;
    let answer = format!("/ops/requests/{request_id}");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, answer)]).into_response())
}

impl Form {
    fn read(body: &str) -> Result<Self, String> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(body.as_bytes()) {
            let value = value.trim();
            if value.contains('\0') {
                return Err(words::no_text(&name));
            }
            if !value.is_empty() {
                asked.take(&name, value)?;
            }
        }
        asked.checked()
    }

    fn is_about_a_map(&self) -> bool {
        matches!(self.kind.as_str(), "propose_map" | "check_map" | "approve_map")
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let no_number = |_| words::no_number(name);
        match name {
            "kind" => value.clone_into(&mut self.kind),
            "object_id" => self.object_id = Some(value.parse().map_err(no_number)?),
            "record" => self.record = Some(value.parse().map_err(no_number)?),
            "decision_id" => self.decision_id = Some(value.parse().map_err(no_number)?),
            "result_id" => self.result_id = Some(value.to_owned()),
            "patient_id" => self.patient_id = Some(value.to_owned()),
            "typed_patient_id" => self.typed_patient_id = Some(value.to_owned()),
            "case_number" => self.case_number = Some(value.to_owned()),
            "choice" => self.choice = Some(value.to_owned()),
            "reason" => self.reason = Some(value.to_owned()),
            // Browsers end the lines of a text as the internet does, and a map is compared letter by letter.
            "map" => self.map = Some(value.replace("\r\n", "\n") + "\n"),
            _ => return Err(words::unknown_field(name)),
        }
        Ok(())
    }

    fn checked(mut self) -> Result<Self, String> {
        let is_whole = match self.kind.as_str() {
            "retry" | "reprocess" | "dismiss_object" | "propose_map" => self.object_id.is_some(),
            "check_map" | "approve_map" => self.object_id.is_some() && self.map.is_some(),
            "dismiss_record" => self.object_id.is_some() && self.record.is_some(),
            "decide_result" => self.result_id.is_some(),
            "decide_case" => self.case_number.is_some(),
            "decide_stay" => self.case_number.is_some() && self.choice.is_some(),
            "withdraw" => self.decision_id.is_some(),
            _ => return Err(words::SAYS_NOTHING.to_owned()),
        };
        if !is_whole {
            return Err(words::ask::NO_ANSWER.to_owned());
        }
        if self.map.as_ref().is_some_and(|map| map.len() > LONGEST_MAP) {
            return Err(words::ask::map_too_long(&number::size(LONGEST_MAP)));
        }
        let is_decision = !matches!(self.kind.as_str(), "retry" | "reprocess" | "propose_map" | "check_map");
        let length = self.reason.as_ref().map_or(0, |reason| reason.chars().count());
        if is_decision && length == 0 || length > LONGEST_REASON {
            return Err(words::ask::no_reason(&number::size(LONGEST_REASON)));
        }
        self.patient_id = match (self.patient_id.take(), self.typed_patient_id.take()) {
            (Some(chosen), Some(typed)) if chosen != typed => {
                return Err(words::ask::TWO_PATIENTS.to_owned());
            }
            (chosen, typed) => chosen.or(typed),
        };
        let needs_patient = matches!(self.kind.as_str(), "decide_result" | "decide_case" | "decide_stay");
        if needs_patient && self.patient_id.is_none() {
            return Err(words::ask::NO_PATIENT.to_owned());
        }
        Ok(self)
    }
}

/// The request and its row of the audit, in one transaction.
async fn write(app: &App, who: &Who, asked: &Form) -> Result<i64, sqlx::Error> {
    let mut transaction = database::begin(&app.pool).await?;
    let request_id = sqlx::query_file_scalar!(
        "src/sql/ask.sql",
        asked.kind,
        asked.object_id,
        asked.record,
        asked.result_id,
        asked.patient_id,
        asked.case_number,
        asked.choice,
        asked.decision_id,
        asked.reason,
        who.account.name,
        asked.map
    )
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query("SELECT pg_notify($1, '')").bind(REQUEST_CHANNEL).execute(&mut *transaction).await?;
    let about = format!("{} {request_id}", asked.kind);
    let (patient_id, reason) = (asked.patient_id.as_deref(), asked.reason.as_deref());
    let entry = Entry { patient_id, about: Some(&about), reason, ..who.entry(Event::Asked) };
    audit::note(&mut transaction, app.clock.now(), &entry).await?;
    transaction.commit().await?;
    Ok(request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_form_is_read() {
        let asked = Form::read("kind=decide_result&result_id=R+1&patient_id=&typed_patient_id=007&reason=x").unwrap();
        assert_eq!((asked.result_id.as_deref(), asked.patient_id.as_deref()), (Some("R 1"), Some("007")));
    }

    #[test]
    fn the_lines_of_a_map_end_as_they_did() {
        let asked = Form::read("kind=check_map&object_id=1&map=feed+%3D+%22f%22%0D%0Aversion+%3D+1%0D%0A").unwrap();
        assert_eq!(asked.map.as_deref(), Some("feed = \"f\"\nversion = 1\n"));
    }

    #[test]
    fn a_form_that_says_too_little_or_too_much_is_refused() {
        for (form, word) in [
            ("", "what it asks for"),
            ("kind=drop", "what it asks for"),
            ("kind=retry", "Choose"),
            ("kind=retry&object_id=x", "no number"),
            ("kind=retry&object_id=1&asked_by=Ada", "asked_by"),
            ("kind=check_map&object_id=1", "Choose"),
            ("kind=approve_map&object_id=1&map=x", "reason"),
            ("kind=dismiss_object&object_id=1&reason=++", "reason"),
            ("kind=decide_result&result_id=1&reason=x", "patient"),
            ("kind=decide_result&result_id=1&reason=x&patient_id=1&typed_patient_id=2", "one of them"),
            ("kind=retry&object_id=1&colour=red", "colour"),
            ("kind=retry&object_id=1&choice=A%00da", "no text"),
        ] {
            let message = Form::read(form).unwrap_err();
            assert!(message.contains(word), "{form}: {message}");
        }
    }
}
