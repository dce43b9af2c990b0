//! The parameters of the thresholds: what is tried in the address, and what is set by the form.

use super::value::{Fault, choice, number};
use super::{DEPARTMENT, join, read, refusal};
use crate::error::Problem;
use crate::words::parameter::refused;

const PATH: &str = "/thresholds";
const MOST_HOURS: i64 = 8_760;

/// A change that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Null: the hospital's.
    pub(crate) department: Option<String>,
    /// Null: the department's own is withdrawn, and the hospital's holds there again.
    pub(crate) hours: Option<i32>,
    /// The hours in force when it was asked for.
    pub(crate) seen: Option<i32>,
}

/// What stands there, parameter by parameter.
#[derive(Debug, Default)]
struct Said {
    department: Option<String>,
    hours: Option<i32>,
    seen: Option<i32>,
    withdraws: bool,
}

impl Change {
    /// Reads the part of the address after `?`, or a form. Nothing where neither hours are given nor a withdrawal.
    pub(crate) fn parse(raw: &str) -> Result<Option<Self>, Problem> {
        let mut said = Said::default();
        read(raw, PATH, |name, value| said.take(name, value))?;
        let refuses = |fault: Fault| Err(refusal(raw, PATH, "withdraw", &fault));
        let Said { department, hours, seen, withdraws } = said;
        match (hours, withdraws) {
            (Some(_), true) => refuses(Fault::Beside { other: "hours" }),
            (None, true) if department.is_none() => refuses(Fault::Without { other: DEPARTMENT }),
            (None, false) => Ok(None),
            _ => Ok(Some(Self { department, hours, seen })),
        }
    }

    /// The refusal of a department that nobody knows.
    pub(crate) fn of_nowhere(&self) -> Problem {
        let hours = self.hours.map(|hours| ("hours", hours.to_string()));
        Problem::bad_parameter(refused(DEPARTMENT, &Fault::NoDepartment), join(PATH, hours))
    }
}

impl Said {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            DEPARTMENT => self.department = Some(value.to_owned()),
            "hours" => self.hours = Some(number(value, 1, MOST_HOURS)? as i32),
            "seen" => self.seen = Some(number(value, 1, MOST_HOURS)? as i32),
            "withdraw" => self.withdraws = choice(value, &[true], |_| "yes")?,
            _ => return Err(Fault::Unknown { known: &[DEPARTMENT, "hours", "seen", "withdraw"] }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn a_change_is_read_strictly() {
        let change = Change::parse("department=ICU&hours=24&seen=48").unwrap().unwrap();
        assert_eq!((change.department.as_deref(), change.hours, change.seen), (Some("ICU"), Some(24), Some(48)));
        let withdrawn = Change::parse("department=ICU+&withdraw=yes&seen=24").unwrap().unwrap();
        assert_eq!((withdrawn.department.as_deref(), withdrawn.hours, withdrawn.seen), (Some("ICU "), None, Some(24)));
        assert_eq!(Change::parse("department=&hours=").unwrap(), None);
    }

    #[test]
    fn a_refusal_names_what_is_wrong_and_keeps_the_rest() {
        for (bad, rest, word) in [
            ("hours=0", "", "from 1 to 8760"),
            ("hours=8761", "", "from 1 to 8760"),
            ("hours=x", "", "from 1 to 8760"),
            ("hours=1&hours=2", "", "twice"),
            ("hours=24&by=ada", "?hours=24", "no parameter"),
            ("withdraw=no", "", "one of yes"),
            ("withdraw=yes", "", "without department"),
            ("department=ICU&hours=1&withdraw=yes", "?department=ICU&hours=1", "beside hours"),
            ("department=ICU&hours=x", "?department=ICU", "from 1 to 8760"),
        ] {
            let problem = Change::parse(bad).unwrap_err();
            assert!(problem.message.contains(word), "{bad}: {}", problem.message);
            assert_eq!(problem.way_on, format!("/thresholds{rest}"), "{bad}");
        }
        let nowhere = Change::parse("department=Nowhere&hours=24").unwrap().unwrap().of_nowhere();
        assert!(nowhere.message.contains("no stay") && nowhere.way_on == "/thresholds?hours=24", "{}", nowhere.message);
    }
}
