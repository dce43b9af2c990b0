//! How often one may try to sign in.
//!
//! Invariant: guessing is slow from any address and at any account, and nobody is locked out by it: there is no lock, only a
//! rate. A browser from which the account has signed in before has a rate of its own ("device cookies", OWASP), and so has a
//! network from which it has signed in lately: strangers elsewhere can use up neither. The rates are kept in memory: a restart
//! starts them anew.

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

/// Tries at one account by one browser that it knows, from one network that it knows, or by all others together: ten at once,
/// then one in six seconds.
const AT_ACCOUNT: (u32, Duration) = (10, Duration::from_secs(6));
/// Tries from one address by browsers that are not known: sixty at once, then one a second.
const FROM_ADDRESS: (u32, Duration) = (60, Duration::from_secs(1));
/// Codes of the second factor that are tried at one account, by the same: there are only a million of them.
const CODES: (u32, Duration) = (10, Duration::from_mins(1));
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
    codes: Limiter,
    notes_of_address: Limiter,
    notes: Limiter,
}

/// By what an account knows whoever tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// By nothing.
    No,
    /// It has signed in from the same network lately.
    Network,
    /// It has signed in by the same browser; this is what is kept of that one.
    Browser(Vec<u8>),
}

/// One has to wait so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Throttle {
    /// With every rate whole.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let time = Time(clock);
        let limiter = |(burst, period)| Limiter::dashmap_with_clock(quota(burst, period), time.clone());
        let (at_account, from_address, codes) = (limiter(AT_ACCOUNT), limiter(FROM_ADDRESS), limiter(CODES));
        let (notes_of_address, notes) = (limiter(NOTES_OF_ADDRESS), limiter(NOTES));
        Self { time, at_account, from_address, codes, notes_of_address, notes }
    }

    /// Counts a try from an address, by a browser that is not known.
    pub fn admit_from(&self, address: IpAddr) -> Result<(), Wait> {
        self.count(&self.from_address, key(&[network(address).to_string().as_bytes()]))
    }

    /// Counts a try at a name. What can be the name of no account has no rate.
    pub fn admit_at(&self, name: Option<&str>, address: IpAddr, known: &Known) -> Result<(), Wait> {
        name.map_or(Ok(()), |name| self.count(&self.at_account, whose(name, address, known)))
    }

    /// Counts a code of the second factor that is tried at an account.
    pub fn admit_code(&self, name: &str, address: IpAddr, known: &Known) -> Result<(), Wait> {
        self.count(&self.codes, whose(name, address, known))
    }

    /// Whether it is to be noted once more that an address tries too often.
    pub(crate) fn is_to_be_noted(&self, address: IpAddr) -> bool {
        let address = key(&[network(address).to_string().as_bytes()]);
        self.count(&self.notes_of_address, address).is_ok() && self.count(&self.notes, key(&[])).is_ok()
    }

    fn count(&self, limiter: &Limiter, key: Key) -> Result<(), Wait> {
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
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

fn key(words: &[&[u8]]) -> Key {
    words.iter().fold(Sha256::new(), |hash, word| hash.chain_update(Sha256::digest(word))).finalize().into()
}

/// Whose rate it is at an account: strangers share one.
fn whose(name: &str, address: IpAddr, known: &Known) -> Key {
    match known {
        Known::No => key(&[name.as_bytes()]),
        Known::Network => key(&[network(address).to_string().as_bytes(), name.as_bytes()]),
        Known::Browser(device) => key(&[device.as_slice(), name.as_bytes()]),
    }
}

/// As what the network of an address is remembered; nothing where nobody knows the address.
pub(crate) fn remembered(address: IpAddr) -> Option<String> {
    let network = network(address);
    (!network.is_unspecified()).then(|| network.to_string())
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
    use std::net::Ipv4Addr;
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
        let admitted = (0..50).filter(|n| throttle.admit_at(Some("ada"), at(*n), &Known::No).is_ok()).count();
        assert_eq!(admitted, 10);
        assert_eq!(throttle.admit_at(Some("ada"), at(99), &Known::No), Err(Wait(Duration::from_secs(6))));
        *clock.0.lock().unwrap() += TimeDelta::seconds(6);
        assert!(throttle.admit_at(Some("ada"), at(99), &Known::No).is_ok(), "a rate, no lock");
    }

    #[test]
    fn a_known_browser_and_a_known_network_do_not_wait_for_strangers() {
        let (_, throttle) = throttle();
        assert!((0..50).any(|n| throttle.admit_at(Some("ada"), at(n), &Known::No).is_err()));
        for known in [Known::Network, Known::Browser(b"ward 3".to_vec())] {
            assert!(throttle.admit_at(Some("ada"), at(1), &known).is_ok());
            assert!((0..50).any(|_| throttle.admit_at(Some("ada"), at(1), &known).is_err()), "it has a rate, too");
            assert!(throttle.admit_at(Some("bob"), at(1), &known).is_ok(), "for each account");
        }
        assert!(throttle.admit_at(Some("ada"), at(2), &Known::Network).is_ok(), "for each network");
    }

    #[test]
    fn guessing_at_codes_is_slower_than_at_passwords() {
        let (clock, throttle) = throttle();
        let admitted = || (0..50).filter(|n| throttle.admit_code("ada", at(*n), &Known::No).is_ok()).count();
        assert_eq!(admitted(), 10);
        let known = Known::Browser(b"ward 3".to_vec());
        assert!(throttle.admit_code("ada", at(1), &known).is_ok(), "a known browser does not wait for strangers");
        assert!(throttle.admit_at(Some("ada"), at(1), &Known::No).is_ok(), "passwords have a rate of their own");
        *clock.0.lock().unwrap() += TimeDelta::hours(1);
        assert_eq!(admitted(), 10);
        *clock.0.lock().unwrap() += TimeDelta::seconds(60);
        assert_eq!(admitted(), 1);
    }

    #[test]
    fn guessing_at_many_accounts_from_one_address_is_slow() {
        let (_, throttle) = throttle();
        assert_eq!((0..500).filter(|_| throttle.admit_from(at(1)).is_ok()).count(), 60);
        assert!(throttle.admit_from(at(2)).is_ok(), "other addresses do not wait");
        assert!(
            (0..50).all(|_| throttle.admit_at(None, at(3), &Known::No).is_ok()),
            "what is no name is counted so only"
        );
    }

    #[test]
    fn a_network_is_an_address_or_a_part_of_ipv6() {
        let v6 = |text: &str| remembered(text.parse().unwrap());
        assert_eq!(v6("2001:db8::1"), v6("2001:db8::ffff:1"));
        assert_ne!(v6("2001:db8::1"), v6("2001:db8:0:1::1"));
        assert_eq!(v6("::ffff:10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(remembered(Ipv4Addr::UNSPECIFIED.into()), None, "nobody knows which it is");
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
