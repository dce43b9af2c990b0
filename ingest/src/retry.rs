//! What is tried again because somebody at the command line says so, and the row in the trail that tells who.

use sqlx::PgPool;
use wardwatch_schema::database;

use crate::ledger;
use crate::trail::{self, Decided};

/// Which objects are meant; what is not said is any.
#[derive(Debug, Default, Clone, Copy)]
pub struct Which<'a> {
    /// Of this key.
    pub key: Option<&'a str>,
    /// Of this feed.
    pub feed: Option<&'a str>,
    /// Whose reason, or that of one of whose quarantined records, contains this text.
    pub reason: Option<&'a str>,
}

/// Gives held and failed objects back to be loaded. Returns how many there were; where there were none, nothing is noted.
pub async fn retry(pool: &PgPool, which: Which<'_>, by: &str) -> Result<u64, sqlx::Error> {
    let mut transaction = database::begin(pool).await?;
    let given_back = ledger::retry(&mut transaction, which).await?;
    if given_back > 0 {
        let about = which.about("retry");
        trail::note(&mut transaction, &Decided { about: &about, by, patient_id: None, reason: None }).await?;
    }
    transaction.commit().await?;
    Ok(given_back)
}

impl Which<'_> {
    /// As the command was given.
    pub(crate) fn about(&self, command: &str) -> String {
        let flags = [("key", self.key), ("feed", self.feed), ("reason", self.reason)];
        let said = flags.iter().filter_map(|(flag, value)| Some(format!(" --{flag} {}", (*value)?)));
        format!("{command}{}", said.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::Which;

    #[test]
    fn a_command_is_told_as_it_was_given() {
        let which = Which { key: None, feed: Some("lis.lab_tests"), reason: Some("not a date") };
        assert_eq!(which.about("reprocess"), "reprocess --feed lis.lab_tests --reason not a date");
    }
}
