//! `decide`: what a person decides without the page. It is written down as a request, like one of the page.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use sqlx::PgPool;
use wardwatch_ingest::requests::Request;

use super::by::By;

/// What is decided.
#[derive(Debug, Subcommand)]
pub(super) enum Decide {
    /// A waiting result belongs to this patient, whatever the owners of its test say
    Result {
        /// The result's id
        result: String,
        /// The patient's id
        #[arg(long)]
        patient: String,
        #[command(flatten)]
        why: Why,
    },
    /// A case number that several patients have is this patient's; the others' stays are listed no more
    Case {
        /// The case number
        case: String,
        /// The patient's id
        #[arg(long)]
        patient: String,
        #[command(flatten)]
        why: Why,
    },
    /// Whether a patient is here whose release is not after the admission
    #[command(group = clap::ArgGroup::new("choice").required(true))]
    Stay {
        /// The patient's id
        patient: String,
        /// The case number
        case: String,
        /// The release is wrong
        #[arg(long, group = "choice")]
        still_here: bool,
        /// The patient has left
        #[arg(long, group = "choice")]
        left: bool,
        #[command(flatten)]
        why: Why,
    },
    /// A quarantined record does not matter
    Record {
        /// The key of its object
        key: String,
        /// Its number in the file, from 1 after the header
        record: i32,
        #[command(flatten)]
        why: Why,
    },
    /// A held or failed object, or one that left the bucket unread, does not matter
    Object {
        /// Its key
        key: String,
        #[command(flatten)]
        why: Why,
    },
    /// Withdraw a decision
    Withdraw {
        /// Its number in app.decision
        decision: i64,
        #[command(flatten)]
        why: Why,
    },
}

/// Who decides, and why.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// Why it is decided so; kept with the decision
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    by: By,
}

impl Decide {
    /// The request that says the same.
    pub(super) async fn request(self, pool: &PgPool) -> anyhow::Result<Request> {
        let asked = |kind: &str, why: Why| -> anyhow::Result<Request> {
            let (kind, reason, asked_by) = (kind.to_owned(), Some(why.reason), why.by.somebody()?);
            Ok(Request { kind, reason, asked_by, ..Request::default() })
        };
        Ok(match self {
            Self::Result { result, patient, why } => {
                Request { result_id: Some(result), patient_id: Some(patient), ..asked("decide_result", why)? }
            }
            Self::Case { case, patient, why } => {
                Request { case_number: Some(case), patient_id: Some(patient), ..asked("decide_case", why)? }
            }
            Self::Stay { patient, case, still_here, why, .. } => {
                let choice = if still_here { "still_here" } else { "left" };
                Request {
                    patient_id: Some(patient),
                    case_number: Some(case),
                    choice: Some(choice.to_owned()),
                    ..asked("decide_stay", why)?
                }
            }
            Self::Record { key, record, why } => Request {
                object_id: Some(object(pool, &key, Some(record)).await?),
                record: Some(record),
                ..asked("dismiss_record", why)?
            },
            Self::Object { key, why } => {
                Request { object_id: Some(object(pool, &key, None).await?), ..asked("dismiss_object", why)? }
            }
            Self::Withdraw { decision, why } => Request { decision_id: Some(decision), ..asked("withdraw", why)? },
        })
    }
}

/// The newest object of a key that is in doubt, or of which this record is.
async fn object(pool: &PgPool, key: &str, record: Option<i32>) -> anyhow::Result<i64> {
    sqlx::query_file_scalar!("src/sql/object_in_doubt.sql", key, record).fetch_optional(pool).await?.context(
        "no object of this key is in doubt: see wardwatch-ingest status, and SELECT key, state FROM ingest.object",
    )
}
