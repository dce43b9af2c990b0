//! Passwords: what is taken, how it is hashed, how it is compared.
//!
//! Invariant: 8 to 128 characters, whatever they are, unless everybody guesses them; hashed with Argon2id; a name that does
//! not exist costs the same work as a wrong password. Hashing is slow on purpose, so at most two run at a time: one for
//! those who come from a browser that the account knows, one for all others, so that a storm of guesses keeps nobody out.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Fewest and most characters.
pub const SHORTEST: usize = 8;
/// See [`SHORTEST`].
pub const LONGEST: usize = 128;
/// How long one waits for one's turn.
const PATIENCE: Duration = Duration::from_secs(5);
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
    let strength = zxcvbn(password, &[name, "wardwatch", "hospital"]);
    if strength.score() < Score::Two { Err(Refused::Guessable) } else { Ok(()) }
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
    known: Arc<Semaphore>,
    unknown: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        // Made now, so that the first who is unknown does not wait longer than others.
        LazyLock::force(&NOBODY);
        Self { known: Arc::new(Semaphore::new(1)), unknown: Arc::new(Semaphore::new(1)) }
    }
}

impl Passwords {
    /// Whether this is the password of that hash. Without a hash it never is, after the same work.
    pub async fn fits(&self, hash: Option<String>, password: &str, known_device: bool) -> Result<bool, HashError> {
        let is_somebody = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone()).ok_or(HashError::Broken)?;
        // Longer ones are nobody's; they are compared all the same, cut, and never fit.
        let is_possible = password.chars().count() <= LONGEST;
        let password: String = password.chars().take(LONGEST).collect();
        let lane = if known_device { &self.known } else { &self.unknown };
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(lane).acquire_owned()).await;
        let turn = turn.map_err(|_| HashError::Busy)?.map_err(|_| HashError::Broken)?;
        let compared = tokio::task::spawn_blocking(move || {
            let fits = verify(&password, &hash);
            drop(turn);
            fits
        });
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
        let fits =
            async |hash: Option<&str>, word: &str| passwords.fits(hash.map(str::to_owned), word, false).await.unwrap();
        assert!(fits(Some(&kept), &longest).await);
        assert!(!fits(Some(&kept), &format!("{longest}ä")).await, "what is cut off counts");
        assert!(!fits(Some(&kept), "").await);
        assert!(!fits(None, "nobody has this password").await, "not even the password of nobody");
        assert!(passwords.fits(Some("no hash".to_owned()), "x", true).await.is_err());
    }
}
