//! Boards that were drawn in this second, so that a thousand readers of one list cost one drawing and one compression. A reader
//! who has the list of some seconds ago gets what is other than that.
//!
//! Invariant: what is kept is of one census, one second and one way of looking: who may see or do something else has another
//! [`Look`]. With the next census or the next second all of it is forgotten, but for the hashes of what lists consisted of.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::OnceCell;

use crate::delta::{self, Pieces, Version};
use crate::people::{Way, Who};
use crate::query::BoardQuery;
use crate::roster::{Known, Shown};

/// The header with which a list tells its version, and the one with which a reader says which version they have. An update says
/// the latter, too: it is none for a list of another version.
const VERSION: HeaderName = HeaderName::from_static("x-version");
const SINCE: HeaderName = HeaderName::from_static("x-since");

/// A list that nobody else asks for in its second is compressed for one reader: at this level in half the time of the level 5,
/// and a fifth longer.
const LEVEL: Compression = Compression::new(2);

/// For how long an update can begin from a list.
const REMEMBERED: TimeDelta = TimeDelta::seconds(30);

/// What of a reader changes what is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    address: String,
    role: &'static str,
    departments: Vec<String>,
    /// Whose page it is: a whole page names its reader, and so does a list of one's own patients, or of
    /// what is new to oneself.
    reader: Option<(String, Option<i64>)>,
    /// What they have already, of a list that is remembered.
    since: Option<Version>,
}

impl Look {
    /// At the part that changes, or at the whole page.
    pub(crate) fn of(who: &Who, query: &BoardQuery, is_whole: bool) -> Self {
        let session = match who.way {
            Way::Session { id, .. } => Some(id),
            Way::Token { .. } => None,
        };
        let named = is_whole || query.is_mine || query.is_since_visit();
        Self {
            address: query.address_at(if is_whole { "/" } else { "/fragment" }),
            role: who.account.role.as_str(),
            departments: who.account.departments.clone(),
            reader: named.then(|| (who.account.name.clone(), session.filter(|_| is_whole))),
            since: None,
        }
    }
}

/// A page as it is sent.
#[derive(Debug)]
pub(crate) struct Drawn {
    html: Bytes,
    gzip: OnceLock<Option<Bytes>>,
    version: Option<Version>,
    since: Option<Version>,
}

/// A page that is being drawn, or was.
type Cell = Arc<OnceCell<Arc<Drawn>>>;

/// The moment that all of it is of.
#[derive(Debug)]
struct Moment {
    known: Arc<Known>,
    second: DateTime<Utc>,
    pages: HashMap<Look, Cell>,
}

/// What was drawn in this second, and of what the lists of the last seconds consisted.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    moment: Mutex<Option<Moment>>,
    lists: Mutex<HashMap<(Look, Version), List>>,
}

/// A list that readers may have.
#[derive(Debug)]
struct List {
    drawn_at: DateTime<Utc>,
    pieces: Arc<Pieces>,
}

impl Pages {
    /// The page, drawn and compressed now unless it was in this second. Who asks while another one draws it waits for that.
    pub(crate) async fn get(&self, shown: &Shown, look: Look, draw: impl FnOnce() -> String) -> Arc<Drawn> {
        self.drawn(shown, look, || Drawn::of(draw())).await
    }

    /// The same of a part that changes, for a reader who has a version of it: what is other than that, where it is remembered.
    pub(crate) async fn update(
        &self,
        shown: &Shown,
        look: Look,
        since: Option<Version>,
        draw: impl FnOnce() -> String,
    ) -> Arc<Drawn> {
        let list = || {
            let html = draw();
            let version = Version::of(&html);
            self.remember(&look, version, List { drawn_at: shown.as_of, pieces: Arc::new(Pieces::of(&html)) });
            Drawn { version: Some(version), ..Drawn::of(html) }
        };
        let list = self.drawn(shown, look.clone(), list).await;
        let Some((since, had)) = since.and_then(|since| Some((since, self.pieces(&look, since)?))) else { return list };
        let other = || Drawn { version: list.version, since: Some(since), ..Drawn::of(list.since(&had)) };
        self.drawn(shown, Look { since: Some(since), ..look }, other).await
    }

    async fn drawn(&self, shown: &Shown, look: Look, draw: impl FnOnce() -> Drawn) -> Arc<Drawn> {
        let cell = self.cell(shown, look);
        let drawn = cell.get_or_init(async || {
            let page = draw();
            page.compressed();
            Arc::new(page)
        });
        Arc::clone(drawn.await)
    }

    fn remember(&self, look: &Look, version: Version, list: List) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|_, earlier| list.drawn_at - earlier.drawn_at < REMEMBERED);
        lists.insert((look.clone(), version), list);
    }

    fn pieces(&self, look: &Look, version: Version) -> Option<Arc<Pieces>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(&(look.clone(), version)).map(|list| Arc::clone(&list.pieces))
    }

    fn cell(&self, shown: &Shown, look: Look) -> Cell {
        let second = shown.as_of.trunc_subsecs(0);
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        if moment.as_ref().is_none_or(|moment| !moment.is(shown, second)) {
            *moment = None;
        }
        let now = || Moment { known: Arc::clone(&shown.known), second, pages: HashMap::new() };
        Arc::clone(moment.get_or_insert_with(now).pages.entry(look).or_default())
    }
}

impl Moment {
    fn is(&self, shown: &Shown, second: DateTime<Utc>) -> bool {
        Arc::ptr_eq(&self.known, &shown.known) && self.second == second
    }
}

impl Drawn {
    /// A page of these letters.
    pub(crate) fn of(html: String) -> Self {
        Self { html: html.into(), gzip: OnceLock::new(), version: None, since: None }
    }

    /// What is other than what the reader has.
    fn since(&self, had: &Pieces) -> String {
        delta::since(had, &String::from_utf8_lossy(&self.html))
    }

    fn compressed(&self) -> Option<&Bytes> {
        self.gzip.get_or_init(|| compressed(&self.html)).as_ref()
    }

    /// Compressed where the reader's browser takes it so.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Response {
        let html = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        let versions: HeaderMap = [(VERSION, self.version), (SINCE, self.since)]
            .into_iter()
            .filter_map(|(name, version)| Some((name, HeaderValue::try_from(version?.to_string()).ok()?)))
            .collect();
        let html = (html, versions);
        match self.compressed().filter(|_| takes_gzip(headers)) {
            Some(gzip) => {
                let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
                (html, encoding, Body::from(gzip.clone())).into_response()
            }
            None => (html, Body::from(self.html.clone())).into_response(),
        }
    }
}

/// What a reader says that they have.
pub(crate) fn version_had(headers: &HeaderMap) -> Option<Version> {
    Version::said(headers.get(SINCE)?.to_str().ok()?)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get(header::ACCEPT_ENCODING).and_then(|said| said.to_str().ok()).unwrap_or_default();
    said.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn compressed(html: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(html.len() / 8), LEVEL);
    encoder.write_all(html).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        let takes = |said: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(said))]))
        };
        assert!(takes("gzip, deflate, br") && takes("br;q=1.0, gzip;q=0.8"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("xgzip") && !takes_gzip(&HeaderMap::new()));
    }
}
