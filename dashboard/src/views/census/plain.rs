//! A text as it is searched for: small letters without accents and apostrophes, words set apart by one space.
//!
//! Invariant: it is what the database's `warehouse.plain` makes of the text, so that the board finds whom the list of patients
//! finds.

use unicode_normalization::UnicodeNormalization as _;

/// `muller` of `Müller`, `gross` of `Groß`, `oneil` of `O'Neil`.
pub(crate) fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    // Most texts have nothing to take apart: a census has hundreds of thousands of them.
    if small.is_ascii() { folded(small.chars()) } else { folded(small.nfkd()) }
}

/// The words of a text that is typed. One of signs alone has none, and asks for nothing.
pub(crate) fn words(text: &str) -> Vec<String> {
    plain(text).split_ascii_whitespace().map(str::to_owned).collect()
}

fn folded(letters: impl Iterator<Item = char>) -> String {
    let mut plain = String::with_capacity(letters.size_hint().0);
    for letter in letters {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ł' => plain.push('l'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            '\u{300}'..='\u{36f}' | '\'' | '’' | '`' => {}
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ if plain.is_empty() || plain.ends_with(' ') => {}
            _ => plain.push(' '),
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::{plain, words};

    #[test]
    fn a_text_is_written_as_the_database_writes_it() {
        for (text, written) in [
            ("Groß", "gross"),
            ("MÜLLER, Jürgen", "muller jurgen"),
            ("O'Neil", "oneil"),
            ("O’Neil", "oneil"),
            ("Łucja Wiśniewska", "lucja wisniewska"),
            ("Anna-Lena Smith--Jones", "anna lena smith jones"),
            ("Nguyễn Đức", "nguyen duc"),
            ("İpek Ærø", "ipek aero"),
            (" C-7001 ", "c 7001"),
            ("100%", "100"),
            ("_", ""),
            ("李", "李"),
        ] {
            assert_eq!(plain(text), written, "{text}");
        }
    }

    #[test]
    fn what_is_typed_is_looked_for_word_by_word() {
        assert_eq!(words("Lovelace,  Ada"), ["lovelace", "ada"]);
        assert!(words("--").is_empty());
    }
}
