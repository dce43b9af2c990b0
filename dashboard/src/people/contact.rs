//! `/me/contact`: how a patient can be reached and wants to be addressed, in the patient's own words.
//!
//! Invariant: only the fields of [`Field`] can be said, each is checked, and nothing is overwritten: what was said before
//! stays, and what the PMS says stands beside it. Whose contact it is stands in the account, never in the form; the database
//! takes no other patient's.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_schema::database;

use super::{EditOwnContact, May};
use crate::error::{AsPage, Problem};
use crate::html::own;
use crate::parts::number;
use crate::query::is_unseen;
use crate::server::App;
use crate::views::confine;
use crate::words::contact as words;

/// What a patient may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// How they want to be addressed.
    PreferredName,
    /// Mailing address.
    Address,
    /// Phone number.
    Phone,
    /// E-mail address.
    Email,
}

impl Field {
    /// Every field, in the order of the form.
    pub(crate) const ALL: [Self; 4] = [Self::PreferredName, Self::Address, Self::Phone, Self::Email];

    /// As the form and the database write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PreferredName => "preferred_name",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// Letters of the longest value.
    pub(crate) fn longest(self) -> usize {
        match self {
            Self::PreferredName => 80,
            Self::Address => 300,
            Self::Phone => 40,
            Self::Email => 254,
        }
    }

    /// Why a value is not taken.
    fn fault(self, value: &str) -> Option<String> {
        if value.chars().count() > self.longest() {
            return Some(words::too_long(&number::size(self.longest())));
        }
        let is_no_text = |letter: char| letter.is_control() && !(self == Self::Address && letter == '\n');
        if value.chars().any(|letter| is_no_text(letter) || is_unseen(letter)) {
            return Some(words::NO_TEXT.to_owned());
        }
        match self {
            Self::Phone if !is_phone(value) => Some(words::NO_PHONE.to_owned()),
            Self::Email if !is_email(value) => Some(words::NO_EMAIL.to_owned()),
            _ => None,
        }
    }
}

fn is_phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (5..=20).contains(&digits) && value.chars().all(|letter| letter.is_ascii_digit() || " +()-/.".contains(letter))
}

/// One name, one @, a domain with a dot: whether it is reached only a letter to it would show.
fn is_email(value: &str) -> bool {
    let Some((name, domain)) = value.split_once('@') else { return false };
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    !name.is_empty()
        && has_dot
        && !domain.contains('@')
        && !value.chars().any(|c| c.is_whitespace() || "<>\"".contains(c))
}

/// One field of the form, with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entered {
    pub(crate) field: Field,
    /// Empty: what was said before is taken back.
    pub(crate) value: String,
    pub(crate) fault: Option<String>,
}

/// Reads the form: the fields that may be said, each at most once, and no other.
fn read(body: &str) -> Result<Vec<Entered>, String> {
    let mut entered: Vec<Entered> = Vec::new();
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        let Some(field) = Field::of(&name) else {
            return Err(words::NO_SUCH_FIELD.to_owned());
        };
        if entered.iter().any(|one| one.field == field) {
            return Err(words::twice(field));
        }
        let value = value.replace("\r\n", "\n").trim().to_owned();
        let fault = if value.is_empty() { None } else { field.fault(&value) };
        entered.push(Entered { field, value, fault });
    }
    Ok(entered)
}

/// `POST /me/contact`
pub(crate) async fn say(who: May<EditOwnContact>, State(app): State<App>, body: String) -> Result<Response, AsPage> {
    let patient_id = who.account.patient_id.as_deref().ok_or_else(|| Problem::not_yours(who.account.role))?;
    let entered = read(&body).map_err(|why| Problem::bad_form_of("/me", &why))?;
    if entered.iter().any(|one| one.fault.is_some()) {
        let page = own::page(&app, &who, patient_id, &entered, false).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let entry = Entry { patient_id: Some(patient_id), ..who.entry(Event::ContactChanged) };
    write(&app, who.account.id, patient_id, &entered, entry).await?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/me?saved")]).into_response())
}

/// What differs from what was said last, with its row of the audit, in one transaction.
async fn write(
    app: &App,
    account_id: i64,
    patient_id: &str,
    entered: &[Entered],
    entry: Entry<'_>,
) -> Result<(), sqlx::Error> {
    let now = app.clock.now();
    let mut tx = database::begin(&app.pool).await?;
    confine(&mut tx, patient_id).await?;
    let mut changed = Vec::new();
    for Entered { field, value, .. } in entered {
        let said = sqlx::query!(
            "INSERT INTO app.contact_said (patient_id, field, value, said_at, account_id)
             SELECT $1, $2, nullif($3, ''), $4, $5
             WHERE nullif($3, '') IS DISTINCT FROM (SELECT c.value FROM app.contact c WHERE c.patient_id = $1 AND c.field = $2)",
            patient_id,
            field.as_str(),
            value,
            now,
            account_id
        );
        if said.execute(&mut *tx).await?.rows_affected() == 1 {
            changed.push(field.as_str());
        }
    }
    sqlx::query("RESET ROLE").execute(&mut *tx).await?;
    if !changed.is_empty() {
        audit::note(&mut tx, now, &Entry { about: Some(&changed.join(", ")), ..entry }).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_said_is_read() {
        let entered = read("phone=%2B44+20+7946+0123&address=1+High+St%0D%0ALeeds&email=").unwrap();
        assert_eq!(entered[1].value, "1 High St\nLeeds");
        assert!(entered.iter().all(|one| one.fault.is_none()), "{entered:?}");
        for forged in
            ["last_name=X", "patient_id=10014&phone=12345", "phone=12345&phone=67890", "date_of_birth=1990-01-01"]
        {
            assert!(read(forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn what_is_no_number_and_no_address_is_told_beside_its_field() {
        let fault = |field: Field, value: &str| field.fault(value).is_some();
        for number in ["12", "call me", "0123456789012345678901", "+44 20\u{0}7946"] {
            assert!(fault(Field::Phone, number), "{number:?}");
        }
        for address in
            ["ada", "ada@", "@example.org", "a@b@c.org", "ada@example", "a b@example.org", "<a@b.org>", "a@b..org"]
        {
            assert!(fault(Field::Email, address), "{address}");
        }
        assert!(!fault(Field::Email, "ada.byron+ward@mail.example.org"));
        assert!(fault(Field::PreferredName, &"x".repeat(81)) && fault(Field::PreferredName, "a\nb"));
        assert!(!fault(Field::PreferredName, "<b>Ada</b>"), "letters are letters; pages escape them");
    }

    #[test]
    fn what_shows_nothing_is_no_text() {
        for unseen in ["\u{200b}", "\u{200f}", "\u{202e}", "\u{2028}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{e0041}"]
        {
            for field in Field::ALL {
                let value = format!("ada{unseen}@example.org 12345");
                assert_eq!(field.fault(&value).as_deref(), Some(words::NO_TEXT), "{unseen:?}");
            }
        }
        for name in
            ["Zoë", "Łukasz", "李小龍", "محمد", "O\u{2019}Neill", "José\u{301}", "a\u{a0}b", "a\u{200c}b", "a\u{200d}b"]
        {
            assert_eq!(Field::PreferredName.fault(name), None, "{name}");
        }
    }
}
