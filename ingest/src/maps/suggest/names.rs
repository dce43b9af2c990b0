//! How near two header names are: word by word, with the words that hospitals use for one thing.

/// Words that mean the same.
const SAME: [&[&str]; 16] = [
    &["id", "identifier"],
    &["no", "nr", "num", "number"],
    &["case", "encounter", "visit", "hospitalization", "stay"],
    &["patient", "pat", "pt"],
    &["admission", "admit", "admitted"],
    &["release", "released", "discharge", "discharged"],
    &["department", "dept", "ward", "unit"],
    &["room", "rm"],
    &["physician", "doctor", "provider", "clinician"],
    &["order", "ordered", "ordering", "request", "requested"],
    &["performed", "collected", "measured", "resulted"],
    &["first", "given", "forename"],
    &["last", "family", "surname"],
    &["unit", "units", "uom"],
    &["primary", "attending"],
    &["group", "type"],
];
/// Nearness of two words that mean the same.
const SYNONYM: f64 = 0.9;
/// Words that are less near than this are different words.
const OTHER_WORD: f64 = 0.8;

/// From 0 (nothing in common) to 1 (the same words).
pub(super) fn nearness(a: &str, b: &str) -> f64 {
    let (a, mut b) = (words(a), words(b));
    let all = (a.len() + b.len()) as f64;
    let mut common = 0.0;
    for word in &a {
        let near = |other: &String| word_nearness(word, other);
        let best = b.iter().enumerate().max_by(|x, y| near(x.1).total_cmp(&near(y.1)));
        if let Some((place, nearest)) = best.map(|(place, other)| (place, near(other))).filter(|(_, near)| *near > 0.0)
        {
            common += nearest;
            b.remove(place);
        }
    }
    if all == 0.0 { 0.0 } else { 2.0 * common / all }
}

/// `releaseDate`, `release_date` and `Release Date` are the same words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(letter.to_lowercase()));
        }
        was_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn word_nearness(a: &str, b: &str) -> f64 {
    if SAME.iter().any(|same| same.contains(&a) && same.contains(&b)) && a != b {
        return SYNONYM;
    }
    let near = strsim::normalized_levenshtein(a, b);
    if near >= OTHER_WORD { near } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_near_however_they_are_written() {
        for name in ["release_date", "Release Date", "releaseDate", "RELEASE-DATE"] {
            assert!((nearness("release_date", name) - 1.0).abs() < 1e-9, "{name}");
        }
    }

    #[test]
    fn the_renamed_column_is_nearer_than_any_other() {
        let olds = ["hospitalization_case_number", "admission_date", "admission_time", "release_date", "department"];
        let news = ["case_no", "admit_date", "admit_time", "discharge_date", "ward"];
        for (old, new) in olds.iter().zip(news) {
            let nearest = news.iter().max_by(|a, b| nearness(old, a).total_cmp(&nearness(old, b)));
            assert_eq!(nearest, Some(&new), "{old}");
            assert!(nearness(old, new) > 0.7, "{old} {new}");
        }
        assert!(nearness("insurance_provider", "bed") < 0.1);
    }
}
