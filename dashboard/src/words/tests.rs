//! Pages say nothing themselves: what a reader reads stands in `words`.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn pages_take_their_words_from_here() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = ["pages", "parts"].into_iter().flat_map(|folder| files_below(&source.join(folder)));
    let found: Vec<String> = files.flat_map(|file| english(&file)).collect();
    assert!(found.is_empty(), "these belong to words/:\n{}", found.join("\n"));
}

#[test]
fn english_is_told_from_names_of_a_page() {
    for words in [("h1 { ", "Thresholds"), ("p { ", "; comes back "), ("nav aria-label=", "By state")] {
        assert!(is_english(words.0, words.1), "{words:?}");
    }
    for name in [("p { ", " · "), ("class=", "badge fine"), ("class={ ", "badge badge-"), ("fill=", "currentColor")] {
        assert!(!is_english(name.0, name.1), "{name:?}");
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    files.filter(|path| !path.ends_with("tests.rs")).collect()
}

/// File, line and text of every English literal before the tests of a file.
fn english(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let found = lines.flat_map(|(number, line)| {
        let line = line.replace("\\\"", "");
        let pieces: Vec<&str> = line.split('"').collect();
        // Every second piece stands within quotes.
        let literals = pieces.chunks(2).filter(|pair| pair.len() == 2 && is_english(pair[0], pair[1]));
        let said = literals.map(|pair| format!("{}:{}: {}", file.display(), number + 1, pair[1]));
        said.collect::<Vec<_>>()
    });
    found.collect()
}

/// A word with a capital letter; or two words side by side, where they are no attribute's.
fn is_english(before: &str, literal: &str) -> bool {
    let is_attribute = before.ends_with('=') || before.ends_with("={ ");
    let is_word = |word: &str| word.len() > 1 && word.chars().all(char::is_alphabetic);
    let is_capitalized =
        |word: &str| is_word(word) && word.starts_with(char::is_uppercase) && word.ends_with(char::is_lowercase);
    let words: Vec<&str> = literal.split(|letter: char| !letter.is_alphabetic()).collect();
    let pieces: Vec<&str> = literal.split(' ').collect();
    let are_two =
        pieces.windows(2).any(|two| is_word(two[0]) && is_word(two[1].trim_end_matches(['.', ',', ':', ';', '-'])));
    words.into_iter().any(is_capitalized) || are_two && !is_attribute
}
