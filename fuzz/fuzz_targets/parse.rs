//! Any bytes, read as a file of one of the feeds. What must hold is shared with the test `tests/tests/fuzz.rs`.

#![no_main]

#[path = "../../tests/src/parsed.rs"]
mod parsed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parsed::holds(data);
});
