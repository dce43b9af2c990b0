//! Where new objects are to be expected: the literal beginnings of the feeds' key patterns, and deeper places where
//! objects of the feeds were found.
//!
//! Not for finding everything: a key elsewhere is found by the sweep.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wardwatch_schema::feed::{Beginning, Feed};

use crate::bucket::Page;

/// Places that are learnt at most; the one that was met longest ago makes room.
const MOST_LEARNT: usize = 64;

/// A place where new objects are to be expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// One key, whose object may be replaced.
    Key(String),
    /// Keys that start so, which grow at their end.
    Start(String),
}

/// All places. Clones share what was learnt.
#[derive(Debug, Clone)]
pub struct Places {
    key_start: String,
    beginnings: Arc<[(Feed, Beginning)]>,
    stated: Arc<[Place]>,
    learnt: Arc<Mutex<VecDeque<Place>>>,
}

impl Places {
    /// What the patterns of the feeds say, below the prefix that is read.
    pub fn of(feeds: &[Feed], key_start: &str) -> Self {
        let beginnings: Vec<(Feed, Beginning)> =
            feeds.iter().flat_map(|feed| feed.beginnings().iter().map(|b| (feed.clone(), b.clone()))).collect();
        let mut stated: Vec<Place> = beginnings.iter().filter_map(|(_, b)| stated(b, key_start)).collect();
        stated.sort();
        stated.dedup();
        Self {
            key_start: key_start.to_owned(),
            beginnings: beginnings.into(),
            stated: stated.into(),
            learnt: Arc::default(),
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Place> {
        self.stated.iter().chain(&*lock(&self.learnt)).cloned().collect()
    }

    /// Learns from a page where objects of the feeds lie deeper than the patterns say.
    pub fn learn(&self, page: &Page) {
        let mut last_folder = None;
        for object in &page.objects {
            let folder = object.key.rsplit_once('/').map(|(folder, _)| folder);
            if folder != last_folder {
                self.meet(&object.key);
                last_folder = folder;
            }
        }
    }

    fn meet(&self, key: &str) {
        let Some(place) = self.place_of(key) else { return };
        let mut learnt = lock(&self.learnt);
        learnt.retain(|known| *known != place);
        learnt.push_back(place);
        if learnt.len() > MOST_LEARNT {
            learnt.pop_front();
        }
    }

    /// The deeper place where a key of a feed lies; `None` where a stated one has it, and for keys of no feed.
    fn place_of(&self, key: &str) -> Option<Place> {
        let below = key.strip_prefix(&self.key_start)?;
        let mut deeper = None;
        for (feed, beginning) in self.beginnings.iter().filter(|(_, beginning)| beginning.any_depth) {
            match depth(below, beginning).filter(|_| feed.takes(key)) {
                Some(0) => return None,
                Some(depth) => deeper = deeper.or(Some(self.deeper(&below[..depth], beginning))),
                None => {}
            }
        }
        deeper
    }

    /// Folders that are named by a date grow at their end too: what is below the newest one follows them.
    fn deeper(&self, folders: &str, beginning: &Beginning) -> Place {
        let dated = folders.split_inclusive('/').scan(0, |end, folder| {
            let begin = *end;
            *end += folder.len();
            Some((begin, folder.starts_with(|first: char| first.is_ascii_digit())))
        });
        match dated.into_iter().find(|(_, is_dated)| *is_dated) {
            Some((begin, _)) => Place::Start(format!("{}{}", self.key_start, &folders[..=begin])),
            None if beginning.is_whole => Place::Key(format!("{}{folders}{}", self.key_start, beginning.text)),
            None => Place::Start(format!("{}{folders}{}", self.key_start, beginning.text)),
        }
    }
}

/// The place of a pattern at the depth at which it is written; `None` where it takes nothing below the prefix.
fn stated(beginning: &Beginning, key_start: &str) -> Option<Place> {
    let Beginning { text, any_depth, is_whole } = beginning;
    let text = if *any_depth { format!("{key_start}{text}") } else { text.clone() };
    match (text.starts_with(key_start), *is_whole) {
        (true, true) => Some(Place::Key(text)),
        (true, false) => Some(Place::Start(text)),
        (false, false) if key_start.starts_with(&text) => Some(Place::Start(key_start.to_owned())),
        (false, _) => None,
    }
}

/// How many bytes of folders stand before the beginning.
fn depth(below: &str, beginning: &Beginning) -> Option<usize> {
    let folders = std::iter::once(0).chain(below.match_indices('/').map(|(at, _)| at + 1));
    let begins = |at: &usize| {
        let rest = &below[*at..];
        if beginning.is_whole { rest == beginning.text } else { rest.starts_with(&beginning.text) }
    };
    // Where nothing literal begins the pattern, what varies is the name within the folder.
    let mut depths = folders.filter(begins);
    if beginning.text.is_empty() { depths.next_back() } else { depths.next() }
}

fn lock(places: &Mutex<VecDeque<Place>>) -> MutexGuard<'_, VecDeque<Place>> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::Listed;
    use wardwatch_schema::feed::{Source, Target, shipped_patterns};

    fn feed(patterns: &[String]) -> Feed {
        Feed::new("pms.admissions", Source::Pms, Target::Admission, patterns, None).unwrap()
    }

    fn shipped(key_start: &str) -> Places {
        Places::of(&[feed(&shipped_patterns(Source::Pms, "admissions"))], key_start)
    }

    fn learnt(places: &Places, keys: &[&str]) -> Vec<Place> {
        let listed = |key: &&str| Listed {
            key: (*key).to_owned(),
            version_id: None,
            etag: None,
            last_modified: chrono::DateTime::UNIX_EPOCH,
            size: 0,
            is_whole: true,
        };
        places.learn(&Page { objects: keys.iter().map(listed).collect(), until: None });
        lock(&places.learnt).iter().cloned().collect()
    }

    fn start(text: &str) -> Place {
        Place::Start(text.to_owned())
    }

    fn key(text: &str) -> Place {
        Place::Key(text.to_owned())
    }

    #[test]
    fn shipped_patterns_state_their_places_below_the_prefix() {
        let expected = [
            key("ward/7/admissions.csv"),
            key("ward/7/admissions.csv.gz"),
            start("ward/7/admissions-"),
            start("ward/7/admissions_"),
            start("ward/7/pms/admissions/"),
        ];
        assert_eq!(shipped("ward/7/").all(), expected);
    }

    #[test]
    fn patterns_of_other_folders_state_nothing() {
        let patterns = ["ward/7/*.csv", "ward/8/*.csv", "ward/*/x.csv"].map(str::to_owned);
        assert_eq!(Places::of(&[feed(&patterns)], "ward/7/").all(), [start("ward/7/")]);
    }

    #[test]
    fn deeper_places_are_learnt_and_dates_are_followed() {
        let keys = [
            "2026/11/20/admissions_1.csv",
            "2026/11/21/admissions_2.csv",
            "admissions_20261121T101500Z.csv",
            "east/admissions.csv",
            "east/pms/admissions/2026/11/21/x.csv",
            "other/readme.txt",
            "pms/admissions/2026/11/21/admissions_3.csv",
        ];
        let expected = [start("2"), key("east/admissions.csv"), start("east/pms/admissions/")];
        assert_eq!(learnt(&shipped(""), &keys), expected);
    }

    #[test]
    fn a_pattern_without_any_text_is_learnt_by_folder() {
        let places = Places::of(&[feed(&["**/*.csv".to_owned()])], "");
        assert_eq!(places.all(), [start("")]);
        assert_eq!(learnt(&places, &["a/b/1.csv", "a/b/2.csv", "c/1.csv"]), [start("a/b/"), start("c/")]);
    }

    #[test]
    fn what_was_met_longest_ago_makes_room() {
        let places = shipped("");
        let keys: Vec<String> = (0..=MOST_LEARNT).map(|at| format!("ward-{at:03}/admissions.csv")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let learnt = learnt(&places, &keys);
        assert_eq!((learnt.len(), &learnt[0]), (MOST_LEARNT, &key("ward-001/admissions.csv")));
    }
}
