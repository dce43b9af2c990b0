//! The commands about people: accounts, tokens, audit.
//!
//! Invariant: a password or token is printed once, on standard output, and only where it was made here; one that is given is
//! read from standard input, never from the arguments, which others on the machine can see.

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use clap::{Args, Subcommand};
use sqlx::PgPool;
use wardwatch_identity::account::{self, New};
use wardwatch_identity::audit::{self, Entry, Event};
use wardwatch_identity::token::{self, Scope};
use wardwatch_identity::{Name, Role};
use wardwatch_schema::clock::{Clock as _, SystemClock};
use wardwatch_schema::database;

use super::Common;

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account; prints a fresh password unless one is given.
    Add {
        #[command(flatten)]
        common: Common,
        /// Name to sign in with: letters, digits and . _ @ -
        name: Name,
        /// clinician, patient, ops, analyst or admin.
        #[arg(long)]
        role: Role,
        /// Whose record a patient may see.
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        /// Limits a clinician to a department; may be given several times.
        #[arg(long = "department", value_name = "DEPARTMENT")]
        departments: Vec<String>,
        #[command(flatten)]
        password: Password,
    },
    /// List all accounts.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Limit a clinician to these departments; without any, the limit is lifted and all are seen.
    Departments {
        #[command(flatten)]
        common: Common,
        /// Its name.
        name: Name,
        /// The departments, as the feeds write them.
        departments: Vec<String>,
    },
    /// Disable an account: its sessions and tokens end at once.
    Disable {
        #[command(flatten)]
        common: Common,
        /// Its name.
        name: Name,
    },
    /// Give an account a new password, printed unless given; its sessions and tokens end at once.
    Reset {
        #[command(flatten)]
        common: Common,
        /// Its name.
        name: Name,
        /// Forget the second factor too: of somebody who has lost phone and recovery codes.
        #[arg(long)]
        forget_second_factor: bool,
        #[command(flatten)]
        password: Password,
    },
}

#[derive(Args)]
pub(crate) struct Password {
    /// Read the password from standard input: 8 to 128 characters, and not one that everybody guesses.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a bearer token for an account, and print it: it is never shown again.
    Add {
        #[command(flatten)]
        common: Common,
        /// The account whose rights the token has.
        name: Name,
        /// What it is for, in a few words.
        #[arg(long, default_value = "", value_name = "WORDS")]
        label: String,
        /// What of the account's rights it has: board, patients; all of them unless given.
        #[arg(long, value_delimiter = ',', value_name = "SCOPE")]
        scope: Vec<Scope>,
        /// After how long it expires, at most a year.
        #[arg(long, default_value = "30d", value_parser = humantime::parse_duration, value_name = "DURATION")]
        expires: Duration,
    },
    /// List the tokens of an account.
    List {
        #[command(flatten)]
        common: Common,
        /// The account.
        name: Name,
    },
    /// Revoke a token at once, by the number that token list shows.
    Revoke {
        #[command(flatten)]
        common: Common,
        /// Its number.
        number: i64,
    },
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Find a missing or altered row; prints the head of the chain, to be kept in another place.
    Verify {
        #[command(flatten)]
        common: Common,
    },
}

impl AccountCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add { common, name, role, patient, departments, password } => {
                let (pool, given) = (open(common).await?, password.read()?);
                if let Some(patient_id) = &patient {
                    account::expect_patient(&pool, patient_id).await?;
                }
                let new = New { name, role, patient_id: patient, departments };
                tell(account::add(&pool, SystemClock.now(), &new, given.as_deref()).await?)
            }
            Self::Disable { common, name } => {
                Ok(account::disable(&open(common).await?, SystemClock.now(), &name).await?)
            }
            Self::Reset { common, name, forget_second_factor, password } => {
                let (pool, given) = (open(common).await?, password.read()?);
                let now = SystemClock.now();
                tell(account::reset(&pool, now, &name, given.as_deref(), forget_second_factor).await?)
            }
            Self::List { common } => {
                account::list(&open(common).await?).await?.iter().try_for_each(|listed| say(&describe(listed)))
            }
            Self::Departments { common, name, departments } => {
                Ok(account::set_departments(&open(common).await?, SystemClock.now(), &name, &departments).await?)
            }
        }
    }
}

impl TokenCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add { common, name, label, scope, expires } => {
                let lasts = TimeDelta::from_std(expires).unwrap_or(TimeDelta::MAX);
                let new = token::New { name, label, scope, lasts };
                let by = Entry::by_command_line(Event::TokenAdded);
                let (number, secret) = token::add(&open(common).await?, SystemClock.now(), &new, by).await?;
                complain(&format!("token {number} of {}, told once:", new.name));
                say(secret.reveal())
            }
            Self::List { common, name } => {
                for token in token::list(&open(common).await?, name.as_str()).await? {
                    let end = token.revoked_at.map_or_else(String::new, |at| format!(", revoked {at}"));
                    let (number, scope) = (token.token_id, token.scope.join(", "));
                    let label = if token.label.is_empty() { String::new() } else { format!(" ({})", token.label) };
                    say(&format!(
                        "{number}{label}: {scope}; made {}, expires {}{end}",
                        token.made_at, token.expires_at
                    ))?;
                }
                Ok(())
            }
            Self::Revoke { common, number } => {
                let by = Entry::by_command_line(Event::TokenRevoked);
                if !token::revoke(&open(common).await?, SystemClock.now(), number, None, by).await? {
                    bail!("there is no token {number} that is not revoked: token list shows the numbers");
                }
                Ok(())
            }
        }
    }
}

impl AuditCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self::Verify { common } = self;
        let verdict = audit::verify(&open(common).await?).await?;
        say(&format!("{} rows, head {}", verdict.rows, verdict.head))?;
        verdict.fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

impl Password {
    fn read(&self) -> anyhow::Result<Option<String>> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut line = String::new();
        stdin().lock().read_line(&mut line).context("the password cannot be read from standard input")?;
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

async fn open(common: Common) -> anyhow::Result<PgPool> {
    let config = common.load()?;
    let pool = database::connect(config.require_database_url()?).await?;
    database::expect_migrated(&pool).await?;
    Ok(pool)
}

fn describe(listed: &account::Listed) -> String {
    let mut words = vec![format!("{}: {}", listed.name, listed.role)];
    words.extend(listed.patient_id.as_ref().map(|id| format!("patient {id}")));
    if !listed.departments.is_empty() {
        words.push(format!("limited to {}", listed.departments.join(" and ")));
    }
    if listed.has_second_factor {
        words.push("second factor".to_owned());
    }
    words.push(format!("made {}", listed.made_at));
    words.extend(listed.disabled_at.map(|at| format!("disabled {at}")));
    words.join(", ")
}

fn tell(password: Option<String>) -> anyhow::Result<()> {
    let Some(password) = password else { return Ok(()) };
    complain("the password, told once:");
    say(&password)
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{text}")?)
}

#[expect(clippy::print_stderr, reason = "beside what a script reads from standard output")]
fn complain(text: &str) {
    eprintln!("{text}");
}
