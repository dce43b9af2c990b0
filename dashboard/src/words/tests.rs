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
fn style_sheets_say_nothing() {
    for sheet in ["board.css", "sheet.css"] {
        let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(sheet));
        let said = text.split("content: \"").skip(1).filter_map(|rest| rest.split('"').next());
        let words: Vec<&str> = said.filter(|said| said.contains(char::is_alphabetic)).collect();
        assert!(words.is_empty(), "{sheet}: {words:?}");
    }
}

#[test]
fn counts_are_handed_in_as_they_are_written() {
    let words = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words");
    let found: Vec<String> = files_below(&words).iter().flat_map(|file| written_here(&read(file))).collect();
    assert!(found.is_empty(), "these are for parts::number to write: {found:?}");
    let wrong = "fn many(count: i64, said: &str) -> String {\n    format!(\"{count} rows, {said}\")\n}\n";
    assert_eq!(written_here(wrong), ["count of fn many"]);
}

/// The counts that a function of some source puts into its text itself. Hours and days are short: they are written anywhere.
fn written_here(text: &str) -> Vec<String> {
    let functions = text.split("fn ").skip(1).filter_map(|function| function.split_once(" {\n"));
    let found = functions.flat_map(|(head, body)| {
        let (name, parameters) = head.split_once('(').unwrap_or_default();
        let counts = parameters.split(", ").filter_map(|parameter| parameter.trim_end_matches(')').split_once(": "));
        let counts = counts.filter(|(count, kind)| {
            let is_count = kind.starts_with("i64") || kind.starts_with("usize");
            is_count && !matches!(*count, "hours" | "days" | "minutes" | "number")
        });
        let body = body.split("\n}").next().unwrap_or_default();
        let written =
            counts.filter(|(count, _)| body.contains(&format!("{{{count}}}")) || body.contains(&format!("({count})")));
        written.map(|(count, _)| format!("{count} of fn {name}")).collect::<Vec<_>>()
    });
    found.collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
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
    let text = read(file);
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
