//! Fits a message into a channel's limit by showing fewer rows.

/// The drawing with the most rows, `most` or fewer, that `fits`. Without any row if none does: what
/// is left then is a few lines of ours.
pub(super) fn largest<T>(most: u32, draw: impl Fn(u32) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = draw(most);
    if fits(&whole) {
        return whole;
    }
    // More rows never make it smaller: halve the doubt until one number is left.
    let (mut good, mut bad) = (0, most);
    let mut best = draw(0);
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        let drawn = draw(middle);
        if fits(&drawn) {
            (good, best) = (middle, drawn);
        } else {
            bad = middle;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_rows_as_fit() {
        let draw = |rows: u32| "x".repeat(10 + rows as usize * 3);
        for (limit, rows) in [(9, 0), (10, 0), (12, 0), (13, 1), (39, 9), (40, 10), (1_000, 10)] {
            let drawn = largest(10, draw, |drawn| drawn.len() <= limit);
            assert_eq!(drawn.len(), 10 + rows * 3, "{limit}");
        }
    }
}
