//! The board that is asked for: what is known now and of its moment, and the question in the hospital's own words.
//!
//! Invariant: a department is asked for as the hospital writes it, so that none of its patients is left out for a blank. One of
//! which nobody has heard is none that is merely empty: the board does not offer it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::error::Problem;
use crate::people::Who;
use crate::query::BoardQuery;
use crate::roster::{Known, Shown};
use crate::server::App;
use crate::views::Snapshot;
use crate::views::board::{self as boards, Board, Grouping, Reader};

/// What a board is drawn from.
pub(crate) struct Asked {
    /// What is known now.
    pub(crate) shown: Shown,
    /// What is known of the moment that the board is of.
    pub(crate) known: Arc<Known>,
    pub(crate) query: BoardQuery,
}

impl Asked {
    /// What is known now, and of the moment that the query asks for. Another moment than the present is asked of the database. It is
    /// everybody's, and stands in memory, where the database guards nothing: no patient is given it, whatever their role. `path` is
    /// where a refused query can go on.
    pub(crate) async fn read(app: &App, who: &Who, query: BoardQuery, path: &str) -> Result<Self, Problem> {
        super::refuse_patients(who)?;
        let shown = app.roster.shown().await?;
        let known = match &query.as_of {
            None => Arc::clone(&shown.known),
            Some(as_of) => Arc::new(at_another_moment(app, &shown, &query, as_of.at).await?),
        };
        Self { shown, known, query }.in_the_hospitals_words(who, path)
    }

    fn in_the_hospitals_words(mut self, who: &Who, path: &str) -> Result<Self, Problem> {
        let asked = self.query.department.as_deref();
        match asked.and_then(|asked| self.named(asked, &who.account.departments)).map(str::to_owned) {
            Some(name) => self.query.department = Some(name),
            None => self.query.check_department(path)?,
        }
        Ok(self)
    }

    /// A department as a stay, a threshold or the account names it.
    fn named<'a>(&'a self, asked: &str, departments: &'a [String]) -> Option<&'a str> {
        let of_the_hospital =
            [&self.known, &self.shown.known].into_iter().find_map(|known| known.census.department(asked));
        of_the_hospital.or_else(|| departments.iter().map(String::as_str).find(|own| *own == asked))
    }

    /// The moment that the board is of.
    pub(crate) fn as_of(&self) -> DateTime<Utc> {
        self.query.as_of.as_ref().map_or(self.shown.as_of, |as_of| as_of.at)
    }

    /// The page of the board that a query asks for: this one, but for its page.
    pub(crate) fn board(&self, who: &Who, query: &BoardQuery, grouping: Grouping) -> Board {
        let departments = &who.account.departments;
        let reader = Reader { account: &who.account.name, departments, as_of: self.as_of() };
        let mut board = boards::page(&self.known.census, &self.known.reviews, query, grouping, &reader);
        self.offer(&mut board, departments);
        board
    }

    /// A department that is asked for is offered, whether anybody in it is listed or not. Where nobody has heard of it, all are that
    /// anybody has heard of: it was renamed, or its name is wrong.
    fn offer(&self, board: &mut Board, departments: &[String]) {
        let Some(asked) = &self.query.department else { return };
        if board.departments.contains(asked) {
            return;
        }
        if self.named(asked, departments).is_some() {
            board.departments.push(asked.clone());
            board.departments.sort();
        } else {
            let all = if departments.is_empty() { self.known.census.departments() } else { departments };
            board.departments = all.to_vec();
        }
    }
}

async fn at_another_moment(
    app: &App,
    shown: &Shown,
    query: &BoardQuery,
    as_of: DateTime<Utc>,
) -> Result<Known, Problem> {
    let mut snapshot = Snapshot::of_program(&app.pool).await?;
    if snapshot.is_rebuilding {
        return Err(Problem::rebuilding());
    }
    let known = shown.known.at_another_moment(&mut snapshot, as_of).await;
    known.map_err(|error| Problem::from(error).of_another_moment(|| query.link(|query| query.as_of = None)))
}

/// Notes for which words somebody searches, before anybody is shown. Where the database is known to be away nobody waits for it: what
/// was noted a moment ago is shown on, and nothing else.
pub(crate) async fn note_search(app: &App, who: &Who, query: &BoardQuery, path: &str) -> Result<(), Problem> {
    let noting = who.note_search(app, query.text.as_deref());
    let noted = if app.roster.is_away() {
        timeout(Duration::ZERO, noting).await.unwrap_or_else(|_| Err(Problem::database_down()))
    } else {
        noting.await
    };
    let without = BoardQuery { text: None, page: 1, ..query.clone() };
    noted.map_err(|problem| problem.of_a_search(|| without.address_at(path)))
}
