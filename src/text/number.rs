//! Numbers as people write them.

/// A number with its digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 URL`, `2 URLs`, `12,345 URLs`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A size in bytes as people say it.
pub fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / unit as f64),
        None => counted(count, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([0, 123, 1_234, 1_234_567].map(grouped), ["0", "123", "1,234", "1,234,567"]);
        assert_eq!(counted(1, "URL"), "1 URL");
        assert_eq!(counted(12_345, "URL"), "12,345 URLs");
    }

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(bytes(5 << 20), "5.0 MiB");
        assert_eq!(bytes(1), "1 byte");
    }
}
