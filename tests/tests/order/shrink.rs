//! Makes a failing history smaller while it still fails: fewer objects, then fewer records.

use crate::delivery::{self, Delivery, Step};
use crate::history::History;
use crate::server::Server;

/// What fails with several workers may need some luck.
const TRIES: usize = 3;
/// Deliveries that are tried in all: a failure is better told large than late.
const DELIVERIES: usize = 300;

/// Tells the smallest history found, how it was delivered and what differs.
pub(crate) async fn shrink(server: &Server, history: &History, delivery: &Delivery, found: anyhow::Error) -> String {
    let (mut history, mut delivery, mut found) = (history.clone(), delivery.clone(), found);
    let mut left = DELIVERIES;
    while let Some((smaller, found_there)) = smaller(server, &history, &delivery, &mut left).await {
        (history, delivery) = smaller;
        found = found_there;
    }
    format!("{history}{delivery}{found:#}")
}

async fn smaller(
    server: &Server,
    history: &History,
    delivery: &Delivery,
    left: &mut usize,
) -> Option<((History, Delivery), anyhow::Error)> {
    let without_objects = (0..history.files.len()).map(|place| without(history, delivery, place));
    let merged = (1..delivery.steps.len()).filter_map(|step| merged(history, delivery, step));
    let records =
        history.files.iter().enumerate().flat_map(|(place, file)| (0..file.lines.len()).map(move |line| (place, line)));
    let without_records = records.map(|(place, line)| {
        let mut history = history.clone();
        history.files[place].lines.remove(line);
        (history, delivery.clone())
    });
    let without_decisions = (0..history.decisions.len()).map(|place| undecided(history, delivery, place));
    for (history, delivery) in without_objects.chain(merged).chain(without_records).chain(without_decisions) {
        for _ in 0..TRIES {
            *left = left.checked_sub(1)?;
            if let Err(found) = delivery::difference(server, &history, &delivery).await {
                return Some(((history, delivery), found));
            }
        }
    }
    None
}

fn without(history: &History, delivery: &Delivery, place: usize) -> (History, Delivery) {
    let (mut history, mut delivery) = (history.clone(), delivery.clone());
    history.files.remove(place);
    for step in &mut delivery.steps {
        step.puts.retain(|put| put.place != place);
        for put in &mut step.puts {
            put.place -= usize::from(put.place > place);
        }
    }
    delivery.steps.retain(|step| !step.puts.is_empty() || !step.decisions.is_empty());
    (history, delivery)
}

fn undecided(history: &History, delivery: &Delivery, place: usize) -> (History, Delivery) {
    let (mut history, mut delivery) = (history.clone(), delivery.clone());
    history.decisions.remove(place);
    for step in &mut delivery.steps {
        step.decisions.retain(|decision| *decision != place);
        for decision in &mut step.decisions {
            *decision -= usize::from(*decision > place);
        }
    }
    (history, delivery)
}

/// A step together with the one before it, where no object takes the place of another.
fn merged(history: &History, delivery: &Delivery, step: usize) -> Option<(History, Delivery)> {
    let mut delivery = delivery.clone();
    let Step { puts, decisions, .. } = delivery.steps.remove(step);
    delivery.steps[step - 1].decisions.extend(decisions);
    let before = &mut delivery.steps[step - 1].puts;
    let key = |place: usize| &history.files[place].key;
    if puts.iter().any(|put| before.iter().any(|other| key(other.place) == key(put.place))) {
        return None;
    }
    before.extend(puts);
    Some((history.clone(), delivery))
}
