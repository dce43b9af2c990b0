//! Random secrets that are handed out once: session tokens, bearer tokens, passwords of new accounts.
//!
//! Invariant: a secret has 256 bits (a password more than 128) from the system's generator; it is told once, and only its
//! SHA-256 is kept. A fast hash does for what cannot be guessed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};

const BYTES: usize = 32;
/// Letters of a secret as text.
const LETTERS: usize = 43;

/// A secret in its own words. Told nowhere by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The system gives no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

impl Secret {
    /// A fresh one.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What somebody presents; `None` where it can be no secret of ours.
    pub fn presented(text: &str) -> Option<Self> {
        let fits = text.len() == LETTERS && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == BYTES);
        fits.then(|| Self(text.to_owned()))
    }

    /// Its own words, to hand out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        hash_of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What is kept of something that cannot be guessed.
pub(crate) fn hash_of(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// A password for a new account: 28 letters and digits that are not mistaken for each other, in groups.
pub fn random_password() -> Result<String, NoRandomness> {
    random_letters::<28>(7)
}

/// A recovery code: 25 letters and digits, 125 bits, in groups: more than a fast hash wants.
pub(crate) fn random_code() -> Result<String, NoRandomness> {
    random_letters::<25>(5)
}

fn random_letters<const LENGTH: usize>(group: usize) -> Result<String, NoRandomness> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; LENGTH];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(group).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_read_again() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(Secret::presented(one.reveal()).unwrap().hash(), one.hash());
        assert_eq!(format!("{one:?}"), "Secret");
    }

    #[test]
    fn garbage_is_no_secret() {
        let long = "a".repeat(10_000);
        for garbage in ["", "a", "'; DROP TABLE app.account; --", &"ä".repeat(21), &long, &"=".repeat(LETTERS)] {
            assert_eq!(Secret::presented(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn passwords_are_long_and_differ() {
        let (one, other) = (random_password().unwrap(), random_password().unwrap());
        assert!(one.len() == 31 && one != other);
    }
}
