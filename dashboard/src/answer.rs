//! What the JSON API answers. Field names, units and the meaning of null stay put: programs outside rely on them, and the
//! OpenAPI description is drawn from these very types.

mod board;
mod patient;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use board::BoardAnswer;
pub(crate) use patient::PatientAnswer;

use crate::parts::time::rfc3339;
use crate::views::board::OpenOrder;

fn instant(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(rfc3339)
}

/// Hours with decimals, exact to the millisecond.
fn hours(length: TimeDelta) -> f64 {
    length.num_milliseconds() as f64 / 3_600_000.0
}

/// An order of which nothing was performed.
#[derive(Serialize, ToSchema)]
struct OrderedAnswer {
    test_id: String,
    test_name: Option<String>,
    #[schema(format = DateTime)]
    ordered_at: String,
    ordering_physician: Option<String>,
}

impl From<OpenOrder> for OrderedAnswer {
    fn from(order: OpenOrder) -> Self {
        Self {
            test_id: order.test_id,
            test_name: order.test_name,
            ordered_at: rfc3339(order.ordered_at),
            ordering_physician: order.ordered_by,
        }
    }
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    error: FaultAnswer,
}

/// What went wrong, for programs and for people.
#[derive(Serialize, ToSchema)]
struct FaultAnswer {
    /// Stays the same.
    code: &'static str,
    message: String,
    /// Found in the log, where the fault is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl ErrorAnswer {
    /// An error under its code.
    pub(crate) fn new(code: &'static str, message: String, id: Option<String>) -> Self {
        Self { error: FaultAnswer { code, message, id } }
    }
}
