//! Passwords: what is taken, how it is hashed, how it is compared.
//!
//! Invariant: 8 to 128 characters, whatever they are, unless everybody guesses them; hashed with Argon2id; a name that does
//! not exist costs the same work as a wrong password. Hashing is slow on purpose, so two threads of a low priority do
//! it: one for those who come from a browser that the account knows, one for all others. Before each stands a short queue,
//! and whoever finds it full is sent away before anything is read or hashed: a storm of guesses keeps nobody out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use passwords::analyzer::is_common_password;
use thread_priority::{ThreadPriority, ThreadPriorityValue};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use zxcvbn::{Score, zxcvbn};

/// Fewest and most characters.
pub const SHORTEST: usize = 8;
/// See [`SHORTEST`].
pub const LONGEST: usize = 128;
/// Of 99, where everything else has 50: where processors are short, a hashing thread has about a quarter of another's share.
/// The least would leave the door shut while a first load keeps the machine busy.
const PRIORITY: u8 = 33;
/// Places in each of the two queues: about a second of hashing.
pub const PLACES: usize = 32;
/// OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;

/// Why a password is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// Too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters")]
    Length,
    /// Among the most common, or near to them or to the name.
    #[error(
        "this password is among those that are tried first, or close to one or to the name: choose another, such as four words that do not belong together"
    )]
    Guessable,
}

/// Why nothing was hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many others are at it.
    #[error("too many sign in at this moment")]
    Busy,
    /// The hash in the database, or the hashing itself, is broken.
    #[error("the password cannot be hashed or compared")]
    Broken,
}

/// Checks a new password for an account of this name.
pub fn check(password: &str, name: &str) -> Result<(), Refused> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(Refused::Length);
    }
    let is_breached = is_common_password(password) || is_common_password(password.to_lowercase());
    let is_guessable = is_breached || zxcvbn(password, &[name, "wardwatch", "hospital"]).score() < Score::Two;
    if is_guessable { Err(Refused::Guessable) } else { Ok(()) }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The PHC string of a password that was checked.
pub fn hash(password: &str) -> Result<String, HashError> {
    Ok(argon2().hash_password(password.as_bytes()).map_err(|_| HashError::Broken)?.to_string())
}

/// What is compared with where there is no account.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody has this password").ok());

/// Hashes and compares, a little at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    known: mpsc::Sender<Job>,
    unknown: mpsc::Sender<Job>,
    compared: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Job {
    hash: String,
    password: String,
    fits: oneshot::Sender<Result<bool, HashError>>,
}

/// A place in a queue, given up when dropped.
#[derive(Debug)]
pub struct Place(mpsc::OwnedPermit<Job>);

impl Default for Passwords {
    fn default() -> Self {
        // Made now, so that the first who is unknown does not wait longer than others.
        LazyLock::force(&NOBODY);
        let compared = Arc::default();
        Self { known: queue("known-passwords", &compared), unknown: queue("other-passwords", &compared), compared }
    }
}

/// A queue, and the thread that serves it until nobody can enter any more.
fn queue(name: &str, compared: &Arc<AtomicU64>) -> mpsc::Sender<Job> {
    let (queue, mut jobs) = mpsc::channel::<Job>(PLACES);
    let compared = Arc::clone(compared);
    let served = thread::Builder::new().name(name.to_owned()).spawn(move || {
        if !give_way() {
            tracing::debug!("passwords are hashed with the priority of everything else");
        }
        while let Some(job) = jobs.blocking_recv() {
            let fits = verify(&job.password, &job.hash);
            compared.fetch_add(1, Ordering::Relaxed);
            // Whoever asked may have gone.
            drop(job.fits.send(fits));
        }
    });
    if served.is_err() {
        tracing::error!("no thread to hash passwords: nobody can sign in");
    }
    queue
}

/// Lets this thread come after others. Says whether the system allows it.
fn give_way() -> bool {
    let priority = ThreadPriorityValue::try_from(PRIORITY).map(ThreadPriority::Crossplatform);
    priority.is_ok_and(|priority| thread_priority::set_current_thread_priority(priority).is_ok())
}

impl Passwords {
    /// How many were hashed and compared so far.
    pub fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    /// Takes a place in the queue of those whose browser the account knows, or of all others.
    pub fn queue_up(&self, known_device: bool) -> Result<Place, HashError> {
        let queue = if known_device { &self.known } else { &self.unknown };
        queue.clone().try_reserve_owned().map(Place).map_err(|refused| match refused {
            TrySendError::Full(_) => HashError::Busy,
            TrySendError::Closed(_) => HashError::Broken,
        })
    }
}

impl Place {
    /// Whether this is the password of that hash. Without a hash it never is, after the same work.
    pub async fn fits(self, hash: Option<String>, password: &str) -> Result<bool, HashError> {
        let is_somebody = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone()).ok_or(HashError::Broken)?;
        // Longer ones are nobody's; they are compared all the same, cut, and never fit.
        let is_possible = password.chars().count() <= LONGEST;
        let password = password.chars().take(LONGEST).collect();
        let (fits, compared) = oneshot::channel();
        self.0.send(Job { hash, password, fits });
        Ok(compared.await.map_err(|_| HashError::Broken)?? && is_somebody && is_possible)
    }
}

fn verify(password: &str, hash: &str) -> Result<bool, HashError> {
    let hash = PasswordHash::new(hash).map_err(|_| HashError::Broken)?;
    match argon2().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(HashError::Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_guesses_is_refused() {
        let (short, long) = ("äöüß€ab", "ab".repeat(65));
        assert_eq!((check(short, "ada"), check(&long, "ada")), (Err(Refused::Length), Err(Refused::Length)));
        let guessed = [
            "password",
            "12345678",
            "iloveyou1",
            "P@ssw0rd!",
            "qwertyuiop",
            "ada.byron1",
            "wardwatch1",
            "aaaaaaaaaaaa",
        ];
        for password in guessed {
            assert_eq!(check(password, "ada.byron"), Err(Refused::Guessable), "{password}");
        }
    }

    #[test]
    fn what_was_breached_is_refused_however_odd_it_looks() {
        for password in ["qdujvyG5sxa", "vJS9Zdgyrn", "ятебялюблю", "ЯТЕБЯЛЮБЛЮ", "1QAZ!qaz"] {
            assert_eq!(check(password, "ada"), Err(Refused::Guessable), "{password}");
        }
    }

    #[test]
    fn no_rule_says_what_a_password_is_made_of() {
        let taken =
            ["correct horse battery staple", "ツモロッキンハイヅカ", "vqxjkwmz", "  spaces count  x", "7430952618374"];
        for password in taken {
            assert_eq!(check(password, "ada"), Ok(()), "{password}");
        }
    }

    #[tokio::test]
    async fn only_the_very_password_fits() {
        let passwords = Passwords::default();
        let longest = "ä".repeat(LONGEST);
        let kept = hash(&longest).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let fits = async |hash: Option<&str>, word: &str| {
            passwords.queue_up(false).unwrap().fits(hash.map(str::to_owned), word).await.unwrap()
        };
        assert!(fits(Some(&kept), &longest).await);
        assert!(!fits(Some(&kept), &format!("{longest}ä")).await, "what is cut off counts");
        assert!(!fits(Some(&kept), "").await);
        assert!(!fits(None, "nobody has this password").await, "not even the password of nobody");
        assert!(passwords.queue_up(true).unwrap().fits(Some("no hash".to_owned()), "x").await.is_err());
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_sent_away_and_keeps_no_known_browser_out() {
        let passwords = Passwords::default();
        let mut places: Vec<Place> = (0..PLACES).map(|_| passwords.queue_up(false).unwrap()).collect();
        assert!(matches!(passwords.queue_up(false), Err(HashError::Busy)));
        let kept = hash("correct horse").unwrap();
        assert!(passwords.queue_up(true).unwrap().fits(Some(kept), "correct horse").await.unwrap());
        drop(places.pop());
        assert!(passwords.queue_up(false).is_ok(), "who leaves makes room");
    }
}
