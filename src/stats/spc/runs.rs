//! Rules about points and runs of points.

/// The four rules of the Western Electric handbook. All sides and distances are strict; a point on the middle line is on
/// neither side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The point lies beyond three sigma.
    Beyond3Sigma,
    /// The point and at least one of the two before lie beyond two sigma on the same side.
    TwoOfThree,
    /// The point and at least three of the four before lie beyond one sigma on the same side.
    FourOfFive,
    /// The point and the seven before lie on the same side of the middle line.
    RunOfEight,
}

/// The rules that each point breaks, given its distance from the middle line in sigma.
///
/// A rule about several points is marked at the point that completes it, which has to be one of those that lie beyond.
/// Reference: Western Electric Company (1956), Statistical Quality Control Handbook.
pub(super) fn rules(distances: &[f64]) -> Vec<Vec<Rule>> {
    let mut found = Vec::with_capacity(distances.len());
    for at in 0..distances.len() {
        let last = distances[at];
        let among = |window: usize, sigma: f64| {
            let start = (at + 1).saturating_sub(window);
            let beyond = |d: &&f64| **d * last.signum() > sigma;
            if beyond(&&last) { distances[start..=at].iter().filter(beyond).count() } else { 0 }
        };
        let rules = [
            (Rule::Beyond3Sigma, among(1, 3.0) == 1),
            (Rule::TwoOfThree, among(3, 2.0) >= 2),
            (Rule::FourOfFive, among(5, 1.0) >= 4),
            (Rule::RunOfEight, among(8, 0.0) == 8),
        ];
        found.push(rules.into_iter().filter(|(_, broken)| *broken).map(|(rule, _)| rule).collect());
    }
    found
}

/// Runs on one side of the middle line: Anhøj's two rules, which fit the length of the series.
///
/// Points on the line are left out. Unusual are a run longer than round(log2 n) + 3, or fewer crossings than the 5 % quantile of
/// a binomial distribution with n - 1 trials of 1/2.
/// Reference: Anhøj and Olesen (2014), PLOS ONE 9, e113825.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// Points not on the line.
    pub useful: usize,
    /// Points in the longest run.
    pub longest: usize,
    /// The longest run that is usual.
    pub longest_usual: usize,
    /// Crossings of the line.
    pub crossings: usize,
    /// The fewest crossings that are usual.
    pub crossings_usual: usize,
}

impl Runs {
    pub(super) fn of(distances: &[f64]) -> Self {
        let sides: Vec<bool> = distances.iter().filter(|d| **d != 0.0).map(|d| *d > 0.0).collect();
        let lengths = sides.chunk_by(|a, b| a == b).map(<[bool]>::len);
        let useful = sides.len();
        Self {
            useful,
            longest: lengths.clone().max().unwrap_or(0),
            longest_usual: if useful == 0 { 0 } else { (useful as f64).log2().round() as usize + 3 },
            crossings: lengths.count().saturating_sub(1),
            crossings_usual: fewest(useful.saturating_sub(1)),
        }
    }

    /// Whether either number is unusual.
    #[must_use]
    pub fn unusual(&self) -> bool {
        self.useful > 0 && (self.longest > self.longest_usual || self.crossings < self.crossings_usual)
    }
}

/// The smallest k with P(X <= k) >= 0.05 for a binomial variable of `n` trials of 1/2.
fn fewest(n: usize) -> usize {
    let mut log = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for k in 0..n {
        sum += log.exp();
        // The margin that keeps sums that are exactly 0.05 from falling to rounding.
        if sum >= 0.05 * (1.0 - 64.0 * f64::EPSILON) {
            return k;
        }
        log += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_by_hand() {
        let at = |distances: &[f64]| rules(distances).pop().unwrap_or_default();
        assert_eq!(at(&[0.0, 3.1]), [Rule::Beyond3Sigma]);
        assert!(at(&[0.0, 3.0]).is_empty() && at(&[3.1, 0.5]).is_empty());
        assert_eq!(at(&[-2.1, 0.3, -2.2]), [Rule::TwoOfThree]);
        // On different sides, or too far apart.
        assert!(at(&[2.1, 0.3, -2.2]).is_empty() && at(&[2.1, 0.0, 0.0, 2.2]).is_empty());
        assert_eq!(at(&[1.1, 1.2, -0.3, 1.3, 1.4]), [Rule::FourOfFive]);
        assert!(at(&[1.1, 1.2, 1.1, 1.3, 0.9]).is_empty());
        assert_eq!(at(&[0.1; 8]), [Rule::RunOfEight]);
        assert!(at(&[0.1; 7]).is_empty());
        // A point on the line is on neither side.
        assert!(at(&[0.1, 0.1, 0.1, 0.0, 0.1, 0.1, 0.1, 0.1]).is_empty());
        assert_eq!(rules(&[0.1; 10]).iter().filter(|r| !r.is_empty()).count(), 3);
    }

    #[test]
    fn runs_by_hand() {
        let runs = Runs::of(&[1.0, 2.0, 0.0, 1.0, -1.0, -1.0, 1.0]);
        assert_eq!((runs.useful, runs.longest, runs.crossings), (6, 3, 2));
        assert!(!runs.unusual());
        // Published limits (Anhøj and Olesen 2014, table 1): 24 useful points allow runs up to 8 and need 8 crossings.
        let flat = Runs::of(&[1.0; 24]);
        assert_eq!((flat.longest_usual, flat.crossings_usual), (8, 8));
        assert!(flat.unusual());
        assert!(!Runs::of(&[0.0; 4]).unusual());
        // P(X <= 1) of 8 trials is 9/256 < 0.05, P(X <= 2) is 37/256.
        assert_eq!((fewest(8), fewest(0), fewest(1)), (2, 0, 0));
        assert!((470..500).contains(&fewest(1000)) && fewest(2000) > 950);
    }
}
