//! How fresh the feeds are, and what that means for the reader.

use maud::{Markup, html};

pub(crate) const FRESHNESS: &str = "How fresh the data is";

/// The age of a feed.
pub(crate) fn old(age: &str) -> String {
    format!("{age} old")
}

pub(crate) fn stale(age: &str, limit: &str) -> String {
    format!("stale: {age} old, limit {limit}")
}

/// How old a feed was when the database last answered; `age` as above.
pub(crate) fn when_last_read(age: &str) -> String {
    format!("{age} when last read")
}

/// Of a feed that is loaded once and for all.
pub(crate) fn static_feed(age: &str) -> String {
    format!("static, {age} old")
}

pub(crate) fn newest_loaded(at: &Markup) -> Markup {
    html! { "newest loaded " (at) }
}

pub(crate) const NOTHING_YET: &str = "nothing loaded yet";

// What of a feed is not on the board.

pub(crate) fn not_loaded(count: i64, said: &str) -> String {
    format!("{} waiting to be loaded", files(count, said))
}

pub(crate) fn held(count: i64, said: &str) -> String {
    format!("{} held", files(count, said))
}

pub(crate) fn failed(count: i64, said: &str) -> String {
    format!("{} failed", files(count, said))
}

pub(crate) fn quarantined(count: i64, said: &str) -> String {
    match count {
        1 => "1 record quarantined".to_owned(),
        _ => format!("{said} records quarantined"),
    }
}

pub(crate) fn waiting(count: i64, said: &str) -> String {
    match count {
        1 => "1 result waiting for a test".to_owned(),
        _ => format!("{said} results waiting for a test"),
    }
}

fn files(count: i64, said: &str) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{said} files"),
    }
}

/// What a reader must know before reading the list: what is wrong, and what to do.
pub(crate) struct Banner {
    pub(crate) title: &'static str,
    pub(crate) advice: &'static str,
}

pub(crate) const LIS_STALE: Banner = Banner {
    title: "Laboratory data is stale: every state is unknown.",
    advice: "Tests performed since then are not shown. Check with the laboratory before you act.",
};
pub(crate) const LIS_NEVER: Banner = Banner {
    title: "Laboratory data has not come: tests performed may be missing.",
    advice: "Check with the laboratory before you act.",
};
pub(crate) const LIS_HELD: Banner = Banner {
    title: "Laboratory files cannot be read: every state is unknown.",
    advice: "Tests performed may be missing until ops release these files. Check with the laboratory before you act.",
};
pub(crate) const PMS_STALE: Banner = Banner {
    title: "Patient data is stale: patients may be missing or already home.",
    advice: "Check the ward's own list.",
};
pub(crate) const PMS_NEVER: Banner = Banner {
    title: "Patient data has not come: patients or their names may be missing.",
    advice: "Check the ward's own list.",
};
pub(crate) const PMS_HELD: Banner = Banner {
    title: "Patient files cannot be read: patients may be missing or already home.",
    advice: "Check the ward's own list until ops release these files.",
};

/// Since when a feed is silent; its limit may not be known.
pub(crate) fn silent(feed: &str, newest: &str, stale_since: Option<&str>) -> String {
    match stale_since {
        Some(since) => format!("{feed}: nothing newer than {newest}, stale since {since}"),
        None => format!("{feed}: nothing newer than {newest}"),
    }
}

pub(crate) fn never_loaded(feed: &str) -> String {
    format!("{feed}: nothing was ever loaded")
}

/// How much of a feed cannot be read.
pub(crate) fn unread(feed: &str, count: i64, said: &str) -> String {
    format!("{feed}: {}", files(count, said))
}
