//! How the keys that a pattern takes can begin: what a listing can be asked for.
//!
//! Invariant: every key that a pattern takes at the depth at which it is written begins as one of its beginnings says.

/// Beginnings that one pattern may have; one with more is cut shorter.
const MOST: usize = 16;

/// How keys of a pattern begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// The text that stands before whatever varies.
    pub text: String,
    /// Whether any folders may stand before it.
    pub any_depth: bool,
    /// Whether nothing follows it: it is a whole key.
    pub is_whole: bool,
}

/// The beginnings of a glob pattern.
pub(super) fn beginnings(pattern: &str) -> Vec<Beginning> {
    let rest = pattern.strip_prefix("**/");
    let any_depth = rest.is_some() || pattern.starts_with("**");
    let (texts, is_whole) = texts(rest.unwrap_or(pattern));
    texts.into_iter().map(|text| Beginning { text, any_depth, is_whole }).collect()
}

/// The literal texts before the first wildcard, and whether there is none.
fn texts(pattern: &str) -> (Vec<String>, bool) {
    let mut texts = vec![String::new()];
    let mut rest = pattern.chars();
    while let Some(char) = rest.next() {
        let choices = match char {
            '*' | '?' | '{' => return (texts, false),
            '\\' => rest.next().map(|literal| vec![literal]),
            '[' => choices(&mut rest),
            literal => Some(vec![literal]),
        };
        let Some(choices) = choices.filter(|choices| choices.len() * texts.len() <= MOST) else {
            return (texts, false);
        };
        let longer = |text: &String| choices.iter().map(move |choice| format!("{text}{choice}")).collect::<Vec<_>>();
        texts = texts.iter().flat_map(longer).collect();
    }
    (texts, true)
}

/// The characters of a class such as `[_-]`; `None` for one that is negated, or that has a range.
fn choices(rest: &mut std::str::Chars<'_>) -> Option<Vec<char>> {
    let class: Vec<char> = rest.take_while(|char| *char != ']').collect();
    let is_range = class.iter().enumerate().any(|(at, char)| *char == '-' && at > 0 && at + 1 < class.len());
    let is_plain = !class.is_empty() && !matches!(class[0], '!' | '^') && !is_range;
    is_plain.then_some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts_of(pattern: &str) -> Vec<(String, bool, bool)> {
        beginnings(pattern).into_iter().map(|b| (b.text, b.any_depth, b.is_whole)).collect()
    }

    fn one(text: &str, any_depth: bool, is_whole: bool) -> (String, bool, bool) {
        (text.to_owned(), any_depth, is_whole)
    }

    #[test]
    fn literal_texts_end_where_something_varies() {
        let cases = [
            ("**/lab_tests.csv", vec![one("lab_tests.csv", true, true)]),
            ("**/lab_tests[_-]*.csv", vec![one("lab_tests_", true, false), one("lab_tests-", true, false)]),
            ("**/lis/lab_tests/**/*.csv", vec![one("lis/lab_tests/", true, false)]),
            ("gas/*.csv", vec![one("gas/", false, false)]),
            ("gas/\\*.csv", vec![one("gas/*.csv", false, true)]),
            ("gas_[0-9].csv", vec![one("gas_", false, false)]),
            ("gas_[!a].csv", vec![one("gas_", false, false)]),
            ("gas_{a,b}.csv", vec![one("gas_", false, false)]),
            ("**", vec![one("", true, false)]),
            ("*.csv", vec![one("", false, false)]),
        ];
        for (pattern, expected) in cases {
            assert_eq!(texts_of(pattern), expected, "{pattern}");
        }
    }
}
