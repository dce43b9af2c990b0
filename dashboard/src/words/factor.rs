//! Setting up a second factor, and giving it up.

pub(crate) const TITLE: &str = "Second factor";

/// What went wrong, and what to do.
pub(crate) type Trouble = (&'static str, &'static str);

pub(crate) const WRONG_CODE: Trouble =
    ("This code is wrong.", "Is the clock of the phone right? Type the code that the app shows now.");
pub(crate) const WRONG_PASSWORD: Trouble = ("The password is wrong.", "Nothing is changed.");
pub(crate) const TOO_MANY_TRIES: Trouble = ("Too many tries.", "Wait a minute. Nothing is changed or locked.");

pub(crate) const BEGIN_ANEW: &str = "Begin anew, with a new picture";
pub(crate) const IS_OFF: &str = "The second factor is off.";
pub(crate) const TO_ACCOUNT: &str = "To your account";

pub(crate) const ASK_TO_TURN_OFF: &str =
    "Signing in asks for a code of your authenticator app. Type your password to turn that off.";
pub(crate) const ASK_TO_BEGIN: &str = "From then on signing in asks for a code that an authenticator app on your phone shows. Type your password to begin.";
pub(crate) const YOUR_PASSWORD: &str = "Your password";
pub(crate) const TURN_OFF: &str = "Turn off";
pub(crate) const BEGIN: &str = "Begin";

pub(crate) const SCAN: &str = "Scan this with your authenticator app:";
/// Before the letters.
pub(crate) const OR_TYPE: &str = "Or type this into the app: ";
pub(crate) const PICTURE: &str = "QR code for your authenticator app";
pub(crate) const NO_PICTURE: &str = "The picture cannot be drawn: type the letters instead.";
pub(crate) const CODE: &str = "The code that the app shows";
pub(crate) const TURN_ON: &str = "Turn on";

pub(crate) const IS_ON: &str = "The second factor is on.";
pub(crate) const OTHER_SESSIONS_ENDED: &str = "Your other sessions have ended.";
pub(crate) const RECOVERY_CODES: &str = "Write these recovery codes down and keep them apart from your phone. Each opens the door once, should the phone be lost. They are shown only now.";
pub(crate) const WRITTEN_DOWN: &str = "I have written them down";
