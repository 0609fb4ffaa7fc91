//! The place where a monotone function changes its sign.

/// The point between `low` and `high` where `function` goes from above zero to zero or below, to the last digit:
/// halving is slower than other methods and never fails. Where it is above zero up to `high`, that is `high`.
pub(super) fn falling(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_finds_the_change_of_sign() {
        crate::stats::testing::close(falling(0.0, 9.0, |x| 2.0 - x * x), 2f64.sqrt(), 4e-16);
        crate::stats::testing::close(falling(0.0, 1.0, |_| 1.0), 1.0, 1e-15);
    }
}
