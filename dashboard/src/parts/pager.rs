//! Which rows of how many, and the way to the others.

use maud::{Markup, html};

use super::number::count;
use crate::words::pager as words;

/// `rows 51 to 100 of 312`, with links to the first, previous, next and last page.
pub(crate) fn draw(page: i64, last_page: i64, per_page: i64, total: i64, link: impl Fn(i64) -> String) -> Markup {
    let first_row = ((page - 1) * per_page + 1).min(total);
    let last_row = (page * per_page).min(total);
    html! {
        nav.pager aria-label=(words::PAGES) {
            @if total > 0 { span.rows { (words::rows(&count(first_row), &count(last_row), &count(total))) } }
            @if last_page > 1 {
                (step(words::FIRST, "first", page > 1, &link(1)))
                (step(words::PREVIOUS, "prev", page > 1, &link(page - 1)))
                span.page { (words::page(&count(page), &count(last_page))) }
                (step(words::NEXT, "next", page < last_page, &link(page + 1)))
                (step(words::LAST, "last", page < last_page, &link(last_page)))
            }
        }
    }
}

fn step(word: &str, rel: &str, is_there: bool, address: &str) -> Markup {
    html! {
        @if is_there {
            a.step rel=(rel) data-control=(rel) href=(address) { (word) }
        } @else {
            span.step.off { (word) }
        }
    }
}
