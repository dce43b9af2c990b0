//! An empty list, told by why it is empty.

use maud::{Markup, html};

use super::View;
use crate::parts::{feeds, number};
use crate::views::feeds::Feed;
use crate::words::board::empty as words;

/// What stands in place of the list.
pub(super) fn draw(view: &View<'_>) -> Markup {
    let board = view.board;
    let never_loaded = board.feeds.iter().filter(|feed| feed.source == "pms").all(Feed::never_loaded);
    let backlog: i64 = board.feeds.iter().map(|feed| feed.not_loaded).sum();
    html! {
        @if view.query.is_filtered() {
            div #empty.empty data-key="empty" data-empty="filtered" {
                h2 { (words::FILTERED) }
                p { (words::without_it(&number::count(board.listed))) }
                p { a.button href="/" data-control="clear" { (words::CLEAR) } }
            }
        } @else if never_loaded {
            div #empty.empty.doubtful data-key="empty" data-empty="loading" {
                h2 { (words::NOTHING_LOADED) }
                p {
                    @if backlog > 0 { (words::backlog(&number::count(backlog))) }
                    (words::FILLS_BY_ITSELF)
                }
            }
        } @else if !feeds::are_trusted(&board.feeds) {
            div #empty.empty.doubtful data-key="empty" data-empty="doubtful" {
                h2 { (words::DOUBTFUL) }
                p { (words::WHY_DOUBTFUL) }
            }
        } @else {
            div #empty.empty.good data-key="empty" data-empty="good" {
                h2 { (words::good(board.hours)) }
                p { (words::FRESH) }
            }
        }
    }
}
