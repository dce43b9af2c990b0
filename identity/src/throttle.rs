//! How often one may try to sign in.
//!
//! Invariant: guessing is slow from any address and at any account, and nobody is locked out by it: there is no lock, only a
//! rate, and a browser from which the account has signed in before has a rate of its own, which strangers cannot use up
//! ("device cookies", OWASP). The rates are kept in memory: a restart starts them anew.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as Stopwatch;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest as _, Sha256};
use wardwatch_schema::clock::Clock;

/// Tries at one account by browsers that it does not know: ten at once, then one in six seconds.
const AT_ACCOUNT: (u32, Duration) = (10, Duration::from_secs(6));
/// Tries from one address by browsers that are not known: sixty at once, then one a second.
const FROM_ADDRESS: (u32, Duration) = (60, Duration::from_secs(1));
/// Tries at one account by one browser that it knows.
const BY_DEVICE: (u32, Duration) = (10, Duration::from_secs(6));
/// Notes in the audit that an address tries too often: a storm fills no audit, and asks nothing of the database.
const NOTES_OF_ADDRESS: (u32, Duration) = (1, Duration::from_mins(1));
/// The same, of all addresses together.
const NOTES: (u32, Duration) = (60, Duration::from_secs(1));
/// Keys that are kept before those are forgotten that have their whole rate again.
const MANY: usize = 10_000;

type Key = [u8; 32];
type Limiter = RateLimiter<Key, DashMapStateStore<Key>, Time, NoOpMiddleware<Duration>>;

/// The injected clock, as the limiter reads it.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl Stopwatch for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().timestamp_millis()).unwrap_or_default())
    }
}

/// The rates of one process.
pub struct Throttle {
    time: Time,
    at_account: Limiter,
    from_address: Limiter,
    by_device: Limiter,
    notes_of_address: Limiter,
    notes: Limiter,
}

/// One has to wait so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Throttle {
    /// With every rate whole.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let time = Time(clock);
        let limiter = |(burst, period)| Limiter::dashmap_with_clock(quota(burst, period), time.clone());
        let (at_account, from_address) = (limiter(AT_ACCOUNT), limiter(FROM_ADDRESS));
        let (notes_of_address, notes) = (limiter(NOTES_OF_ADDRESS), limiter(NOTES));
        Self { at_account, from_address, by_device: limiter(BY_DEVICE), notes_of_address, notes, time }
    }

    /// Counts a try at a name, from an address, and by a browser that the account knows or none. What can be the name of no
    /// account has no rate of its own.
    pub fn admit(&self, name: Option<&str>, address: IpAddr, known_device: Option<&[u8]>) -> Result<(), Wait> {
        if let (Some(name), Some(device)) = (name, known_device) {
            return self.count(&self.by_device, &[device, name.as_bytes()]);
        }
        self.count(&self.from_address, &[network(address).to_string().as_bytes()])?;
        name.map_or(Ok(()), |name| self.count(&self.at_account, &[name.as_bytes()]))
    }

    /// Whether it is to be noted once more that an address tries too often.
    pub(crate) fn is_to_be_noted(&self, address: IpAddr) -> bool {
        self.count(&self.notes_of_address, &[network(address).to_string().as_bytes()]).is_ok()
            && self.count(&self.notes, &[]).is_ok()
    }

    fn count(&self, limiter: &Limiter, words: &[&[u8]]) -> Result<(), Wait> {
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        let key =
            words.iter().fold(Sha256::new(), |hash, word| hash.chain_update(Sha256::digest(word))).finalize().into();
        limiter.check_key(&key).map_err(|until| {
            let wait: Duration = until.wait_time_from(self.time.now());
            Wait(wait.max(Duration::from_secs(1)))
        })
    }
}

fn quota(burst: u32, period: Duration) -> Quota {
    let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN));
    quota.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
}

/// One customer has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    struct Set(Mutex<DateTime<Utc>>);

    impl Clock for Set {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    fn throttle() -> (Arc<Set>, Throttle) {
        let clock = Arc::new(Set(Mutex::new("2026-11-21T12:00:00Z".parse().unwrap())));
        (Arc::clone(&clock), Throttle::new(clock))
    }

    fn at(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn guessing_at_one_account_is_slow_wherever_it_comes_from() {
        let (clock, throttle) = throttle();
        let admitted = (0..50).filter(|n| throttle.admit(Some("ada"), at(*n), None).is_ok()).count();
        assert_eq!(admitted, 10);
        assert_eq!(throttle.admit(Some("ada"), at(99), None), Err(Wait(Duration::from_secs(6))));
        *clock.0.lock().unwrap() += TimeDelta::seconds(6);
        assert!(throttle.admit(Some("ada"), at(99), None).is_ok(), "a rate, no lock");
    }

    #[test]
    fn a_known_browser_does_not_wait_for_strangers() {
        let (_, throttle) = throttle();
        assert!((0..50).any(|n| throttle.admit(Some("ada"), at(n), None).is_err()));
        assert!(
            (0..200).any(|_| throttle.admit(Some("bob"), at(1), None).is_err()),
            "the ward's own address is used up"
        );
        assert!(throttle.admit(Some("ada"), at(1), Some(b"ward 3")).is_ok());
        assert!((0..50).any(|_| throttle.admit(Some("ada"), at(1), Some(b"ward 3")).is_err()), "it has a rate, too");
        assert!(throttle.admit(Some("bob"), at(1), Some(b"ward 3")).is_ok(), "for each account");
    }

    #[test]
    fn guessing_at_many_accounts_from_one_address_is_slow() {
        let (_, throttle) = throttle();
        let admitted = (0..500).filter(|n| throttle.admit(Some(&format!("name{n}")), at(1), None).is_ok()).count();
        assert_eq!(admitted, 60);
        assert!(throttle.admit(Some("ada"), at(2), None).is_ok(), "other addresses do not wait");
        assert!((0..100).any(|_| throttle.admit(None, at(3), None).is_err()), "what is no name is slow, too");
        let v6 = |text: &str| network(text.parse().unwrap());
        assert_eq!(v6("2001:db8::1"), v6("2001:db8::ffff:1"));
        assert_eq!(v6("::ffff:10.0.0.1"), at(1));
    }

    #[test]
    fn a_storm_fills_no_audit_from_wherever_it_comes() {
        let (clock, throttle) = throttle();
        assert_eq!((0..50).filter(|_| throttle.is_to_be_noted(at(1))).count(), 1);
        let far_and_wide = |n: u32| IpAddr::from((u128::from(n) << 64).to_be_bytes());
        assert_eq!((1..1_000).filter(|n| throttle.is_to_be_noted(far_and_wide(*n))).count(), 59);
        *clock.0.lock().unwrap() += TimeDelta::seconds(1);
        assert_eq!((1_000..2_000).filter(|n| throttle.is_to_be_noted(far_and_wide(*n))).count(), 1);
    }
}
