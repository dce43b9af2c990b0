//! Failures on purpose, for tests of those who must bear them.
//!
//! Invariant: a fault shows to the client as the real one does, on the wire; it changes nothing in the store beyond
//! what the real one would. (A truncated answer to a put is a put that happened.)

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::locked;
use super::operation::Operation;

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `500 InternalError`, nothing done.
    InternalError,
    /// `503 SlowDown`, nothing done.
    SlowDown,
    /// `403 AccessDenied`, nothing done.
    AccessDenied,
    /// `404 NoSuchKey`, nothing done.
    NoSuchKey,
    /// `412 PreconditionFailed`, nothing done.
    PreconditionFailed,
    /// The answer's head is true, and its body ends halfway with the connection.
    TruncatedBody,
    /// The answer's head is true, and the second half of its body never comes.
    StallBody,
    /// A page of `ListObjectsV2` shows nothing, and says that more follows; any other answer is true.
    EmptyPage,
    /// The connection ends without an answer, nothing done.
    ConnectionReset,
    /// The answer is true and comes this much later.
    Stall(Duration),
}

/// Goes with a request whose answer is to be a [`Fault::EmptyPage`].
#[derive(Debug, Clone, Copy)]
pub(super) struct EmptyPage;

/// The failures that are to come. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    next: VecDeque<(Operation, Fault)>,
    below: Vec<(String, Operation, Fault)>,
    rate: Option<(f64, StdRng, Vec<Fault>)>,
}

impl Faults {
    /// Fails the next requests of an operation; those asked for first come first.
    pub fn fail_next(&self, operation: Operation, fault: Fault, times: usize) {
        locked(&self.0).next.extend(std::iter::repeat_n((operation, fault), times));
    }

    /// Fails every request of an operation for a key that starts so, from now on.
    pub fn fail_below(&self, start: &str, operation: Operation, fault: Fault) {
        locked(&self.0).below.push((start.to_owned(), operation, fault));
    }

    /// Fails this share (0 to 1) of all requests from now on, with one of these failures each time. One seed, one sequence.
    pub fn fail_rate(&self, share: f64, seed: u64, faults: &[Fault]) {
        let rate = (share.clamp(0.0, 1.0), StdRng::seed_from_u64(seed), faults.to_vec());
        locked(&self.0).rate = Some(rate);
    }

    /// Fails nothing any more.
    pub fn clear(&self) {
        *locked(&self.0) = Plan::default();
    }

    /// How many failures asked for by [`Faults::fail_next`] are still to come.
    pub fn pending(&self) -> usize {
        locked(&self.0).next.len()
    }

    /// What is to go wrong with this request.
    pub(super) fn draw(&self, operation: Operation, key: &str) -> Option<Fault> {
        let mut plan = locked(&self.0);
        if let Some(position) = plan.next.iter().position(|(of, _)| *of == operation) {
            return plan.next.remove(position).map(|(_, fault)| fault);
        }
        let is_meant =
            |(start, of, _): &&(String, Operation, Fault)| *of == operation && key.starts_with(start.as_str());
        if let Some((.., fault)) = plan.below.iter().find(is_meant) {
            return Some(*fault);
        }
        let (share, random, faults) = plan.rate.as_mut()?;
        if !random.random_bool(*share) {
            return None;
        }
        faults.choose(random).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_order_by_the_operation_they_are_for() {
        let faults = Faults::default();
        faults.fail_next(Operation::GetObject, Fault::SlowDown, 1);
        faults.fail_next(Operation::GetObject, Fault::NoSuchKey, 1);
        assert_eq!(faults.draw(Operation::HeadObject, "a"), None);
        assert_eq!(faults.draw(Operation::GetObject, "a"), Some(Fault::SlowDown));
        assert_eq!(faults.draw(Operation::GetObject, "b"), Some(Fault::NoSuchKey));
        assert_eq!((faults.draw(Operation::GetObject, "a"), faults.pending()), (None, 0));
    }

    #[test]
    fn keys_below_a_beginning_fail_until_all_is_cleared() {
        let faults = Faults::default();
        faults.fail_below("ward/7/", Operation::GetObject, Fault::AccessDenied);
        for _ in 0..2 {
            assert_eq!(faults.draw(Operation::GetObject, "ward/7/a.csv"), Some(Fault::AccessDenied));
        }
        assert_eq!(faults.draw(Operation::HeadObject, "ward/7/a.csv"), None);
        assert_eq!(faults.draw(Operation::GetObject, "ward/70/a.csv"), None);
        faults.clear();
        assert_eq!(faults.draw(Operation::GetObject, "ward/7/a.csv"), None);
    }

    #[test]
    fn a_seed_gives_one_sequence() {
        let sequence = |seed| {
            let faults = Faults::default();
            faults.fail_rate(0.5, seed, &[Fault::InternalError, Fault::SlowDown]);
            (0..50).map(|_| faults.draw(Operation::GetObject, "a")).collect::<Vec<_>>()
        };
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
    }
}
