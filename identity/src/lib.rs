//! Who signs in and what they may do: accounts, sessions, bearer tokens, roles, and the trail of what was done.
//!
//! Invariant: no password and no token is kept or told, only hashes of them; what is not allowed in [`role`] is refused;
//! what a person does is noted by [`audit`] in the transaction of its effect, or before its effect is seen. This library
//! knows no HTTP and no page.

pub mod access;
pub mod account;
pub mod audit;
pub mod change;
pub mod password;
pub mod role;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod token;

pub use account::{Account, Name};
pub use role::{Action, Role};
pub use secret::Secret;
