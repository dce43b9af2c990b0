//! Updates that follow the base: every interval a new small file for each feed.
//!
//! A trickle may end and another begin on the same bucket: keys and new ids carry the time of the round, and what
//! it knows of the base is derived again from (seed, index). It keeps a bounded sample of the patients in hospital.

use crate::dice::{Dice, Stream};
use crate::encode::whole;
use crate::error::Error;
use crate::feed::Feed;
use crate::generate::{GeneratedFile, put};
use crate::options::{GenerateOptions, TrickleOptions};
use crate::patient::Patient;
use crate::round::{Known, Round};
use crate::row::Row;
use crate::sink::Sink;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::future::Future;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How many patients of the base the trickle looks at.
const SAMPLE: u64 = 400;

/// How many new patients the trickle keeps before discharges outnumber admissions.
const ROOM_FOR_NEW: usize = 20;

/// A trickle, round by round, without a clock of its own.
#[derive(Clone, Debug)]
pub struct Trickle {
    options: GenerateOptions,
    ward: Vec<Known>,
    usual: usize,
    last_round: Option<DateTime<Utc>>,
}

impl Trickle {
    /// A trickle that goes on from a base.
    pub fn new(options: &TrickleOptions) -> Result<Self, Error> {
        options.check()?;
        let base = options.base.whole_seconds();
        let ward = sample(&base);
        let usual = ward.len() + ROOM_FOR_NEW;
        Ok(Self { options: base, ward, usual, last_round: None })
    }

    /// The files of the next round, at most one a feed. Two rounds within one second get stamps one second apart.
    pub fn next_round(&mut self, now: DateTime<Utc>) -> Result<Vec<GeneratedFile>, Error> {
        let now = now.trunc_subsecs(0);
        let at = self.last_round.map_or(now, |last| now.max(last + TimeDelta::seconds(1)));
        let everything = self.last_round.replace(at).is_none();
        let second = at.timestamp().unsigned_abs();
        let mut round = Round {
            dice: Dice::new(self.options.seed, Stream::Round, second),
            now,
            timezone: self.options.timezone,
            everything,
            next_id: second * 1000,
            usual: self.usual,
            ward: &mut self.ward,
            rows: Default::default(),
        };
        round.play();
        let rows = round.rows;
        Feed::ALL.into_iter().zip(rows).filter_map(|(feed, rows)| self.file(feed, at, &rows)).collect()
    }

    /// How many patients it keeps in memory.
    pub fn known_patients(&self) -> usize {
        self.ward.len()
    }

    fn file(&self, feed: Feed, at: DateTime<Utc>, rows: &[Row]) -> Option<Result<GeneratedFile, Error>> {
        let key = self.options.layout.for_updates().key(feed, at, self.options.gzip);
        let file = |bytes| GeneratedFile { key, feed, rows: rows.len() as u64, bytes };
        (!rows.is_empty()).then(|| whole(feed, rows, self.options.contacts, self.options.gzip).map(file))
    }
}

/// Patients of the base who are in hospital: all of a small base, some of a large one.
fn sample(base: &GenerateOptions) -> Vec<Known> {
    let mut dice = Dice::new(base.seed, Stream::Sample, 0);
    let indexes: BTreeSet<u64> = if base.patients <= SAMPLE {
        (0..base.patients).collect()
    } else {
        (0..SAMPLE).map(|_| dice.below(base.patients)).collect()
    };
    let known = indexes.into_iter().map(|index| {
        let may_leave = index % 2 == 0;
        Known { patient: Patient::of(base, index), may_leave, may_repeat: !may_leave }
    });
    known.filter(|known| known.patient.open_stay(base.now).is_some()).collect()
}

/// What a trickle wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrickleSummary {
    /// Rounds played.
    pub rounds: u64,
    /// Files written.
    pub files: u64,
    /// Records in them.
    pub rows: u64,
}

/// Writes a round every interval, the first one interval from now, until `stop` completes or the rounds are
/// played. A round that has begun is written whole. `clock` says what time it is.
pub async fn trickle(
    sink: &dyn Sink,
    options: &TrickleOptions,
    clock: impl Fn() -> DateTime<Utc> + Send + Sync,
    stop: impl Future<Output = ()> + Send,
) -> Result<TrickleSummary, Error> {
    let mut trickle = Trickle::new(options)?;
    let mut summary = TrickleSummary::default();
    let mut ticks = interval_at(Instant::now() + options.interval, options.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = std::pin::pin!(stop);
    while options.rounds.is_none_or(|most| summary.rounds < most) {
        tokio::select! {
            biased;
            () = &mut stop => break,
            _ = ticks.tick() => {}
        }
        for file in trickle.next_round(clock())? {
            summary.rows += put(sink, file).await?.rows;
            summary.files += 1;
        }
        summary.rounds += 1;
    }
    Ok(summary)
}
