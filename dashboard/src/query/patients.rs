//! The parameters of the patient list.

use super::value::{Fault, number, text, words};
use super::{MAX_PER_PAGE, PER_PAGE, join, read};
use crate::error::Problem;

const PATH: &str = "/patients";

/// The parameters of the patient list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatientsQuery {
    pub(crate) text: Option<String>,
    /// The patient after whom the page begins.
    pub(crate) after: Option<String>,
    pub(crate) per_page: i64,
}

impl PatientsQuery {
    /// Reads the part of the address after `?`.
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query = Self { text: None, after: None, per_page: PER_PAGE };
        read(raw, PATH, |name, value| query.take(name, value))?;
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "q" => self.text = Some(words(value)?),
            "after" => self.after = Some(text(value)?),
            "per_page" => self.per_page = number(value, 1, MAX_PER_PAGE)?,
            _ => return Err(Fault::Unknown { known: &["q", "after", "per_page"] }),
        }
        Ok(())
    }

    /// The address of the page of the same list that begins after a patient, or of the first.
    pub(crate) fn link(&self, after: Option<&str>) -> String {
        let text = self.text.clone().map(|text| ("q", text));
        let after = after.map(|after| ("after", after.to_owned()));
        let per_page = (self.per_page != PER_PAGE).then(|| ("per_page", self.per_page.to_string()));
        join(PATH, text.into_iter().chain(after).chain(per_page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patient_list_takes_its_own_parameters_only() {
        assert_eq!(PatientsQuery::parse("q=li&after=7").unwrap().link(Some("a 9")), "/patients?q=li&after=a+9");
        assert!(PatientsQuery::parse("state=chase").is_err() && PatientsQuery::parse("page=2").is_err());
        let signs = PatientsQuery::parse("q=_&per_page=10").unwrap_err();
        assert!(signs.message.contains("no letter or digit") && signs.way_on == "/patients?per_page=10");
    }
}
