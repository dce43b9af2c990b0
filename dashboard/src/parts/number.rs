//! How counts are written: `20,000`. The only place that groups them.

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

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn thousands_stand_apart() {
        let said = [0, 999, 1_000, 20_000, 1_234_567, -1_000].map(count);
        assert_eq!(said, ["0", "999", "1,000", "20,000", "1,234,567", "-1,000"]);
    }
}
