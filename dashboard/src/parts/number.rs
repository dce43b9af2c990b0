//! How counts and rates are written: `20,000`, `0.4`. The only place that groups and rounds them.

/// A count, its thousands apart.
pub(crate) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many there are in a list.
pub(crate) fn size(length: usize) -> String {
    count(i64::try_from(length).unwrap_or(i64::MAX))
}

/// How many a minute of what came in so many minutes: `0.4`, `12`.
pub(crate) fn a_minute(number: i64, minutes: i32) -> String {
    let rate = number as f64 / f64::from(minutes.max(1));
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

#[cfg(test)]
mod tests {
    use super::{a_minute, count};

    #[test]
    fn small_rates_have_a_digit_after_the_point() {
        assert_eq!([(2, 5), (60, 5), (1, 0)].map(|(number, minutes)| a_minute(number, minutes)), ["0.4", "12", "1.0"]);
    }

    #[test]
    fn thousands_stand_apart() {
        let said = [0, 999, 1_000, 20_000, 1_234_567, -1_000].map(count);
        assert_eq!(said, ["0", "999", "1,000", "20,000", "1,234,567", "-1,000"]);
    }
}
