//! How a patient can be reached: what the patient said, beside what the PMS says.

use chrono::{DateTime, Utc};

use super::Snapshot;
use crate::people::contact::Field;

/// One thing that the patient said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) value: String,
    pub(crate) said_at: DateTime<Utc>,
}

/// One thing that the patient said or took back.
#[derive(Debug, Clone)]
pub(crate) struct Saying {
    pub(crate) field: String,
    /// Null: taken back.
    pub(crate) value: Option<String>,
    pub(crate) said_at: DateTime<Utc>,
}

/// What the patient says now, field by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own(Vec<(Field, Said)>);

impl Own {
    /// What the patient says of a field.
    pub(crate) fn of(&self, field: Field) -> Option<&Said> {
        self.0.iter().find(|(of, _)| *of == field).map(|(_, said)| said)
    }
}

/// Reads what the patient says now.
pub(crate) async fn own(snapshot: &mut Snapshot, patient_id: &str) -> Result<Own, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT field AS "field!", value AS "value!", said_at AS "said_at!" FROM app.contact
           WHERE patient_id = $1 AND value IS NOT NULL"#,
        patient_id
    );
    let rows = rows.fetch_all(&mut *snapshot.tx).await?;
    let said = rows.into_iter().filter_map(|row| {
        let field = Field::ALL.into_iter().find(|field| field.as_str() == row.field)?;
        Some((field, Said { value: row.value, said_at: row.said_at }))
    });
    Ok(Own(said.collect()))
}

/// Reads everything that the patient ever said of it, the newest first, at most fifty.
pub(crate) async fn history(snapshot: &mut Snapshot, patient_id: &str) -> Result<Vec<Saying>, sqlx::Error> {
    let sayings = sqlx::query_as!(
        Saying,
        "SELECT field, value, said_at FROM app.contact_said WHERE patient_id = $1
         ORDER BY contact_said_id DESC LIMIT 50",
        patient_id
    );
    sayings.fetch_all(&mut *snapshot.tx).await
}
