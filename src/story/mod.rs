//! Sentences made by rules from estimates and verdicts.
//!
//! A sentence that claims a change or a difference needs an interval of that difference that
//! excludes zero; without one only the sentence that says so can be written. Causal words do not
//! occur here: the highest rung of the ladder "suggests", and says that it is no proof.

mod adoption;
mod arms;
mod balance;
mod control;
mod course;
mod funnel;
mod ladder;
mod live;
mod others;
mod refusal;
mod words;

pub(crate) use refusal::refusal_text;

pub use adoption::{adoption, against_group, change, last_headline, trend_headline};
pub use arms::{arms_headline, arms_positions, arms_refusal, arms_sentence, arms_short};
pub use balance::balance_headline;
pub use control::{
    candidate_sentence, change_note, control_headline, control_missing, control_reading, control_refusal,
    control_sentence, control_subtitle, trend_sentence,
};
pub use course::{course_headline, course_refusal, live_short};
pub use funnel::{funnel_headline, funnel_reading, funnel_refusal, funnel_subtitle};
pub use ladder::{
    claim_sentence, ladder_alternatives, ladder_answer, ladder_short, ladder_step, rung_name, rung_rule, trait_name,
};
pub use live::{cost_sentence, live_alternatives, live_answer, live_rung_name, live_rung_rule, live_step};
pub use words::{
    event_name, event_phrase, interval_points, interval_share, month_list, period_text, position_text,
    probability_text, ratio_text, when_text,
};

use crate::domain::{Estimate, Flag};

/// A sentence and what limits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence, with its full stop.
    pub text: String,
    /// What limits it.
    pub note: Option<String>,
}

impl Sentence {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), note: None }
    }
}

/// The difference of two independent estimates with an interval made from theirs.
///
/// MOVER (Zou & Donner 2008): `d - sqrt((a - la)² + (ub - b)²)` and
/// `d + sqrt((ua - a)² + (b - lb)²)`. `None` if one of them has no interval.
#[must_use]
pub fn difference(a: (f64, Option<(f64, f64)>), b: (f64, Option<(f64, f64)>)) -> Option<(f64, f64, f64)> {
    let ((a, Some((la, ua))), (b, Some((lb, ub)))) = (a, b) else { return None };
    let d = a - b;
    Some((d, d - (a - la).hypot(ub - b), d + (ua - a).hypot(b - lb)))
}

pub(crate) fn limits(e: &Estimate) -> Option<(f64, Option<(f64, f64)>)> {
    // More online applications than cases: an error in the data, nothing to be compared.
    e.value.filter(|_| !e.flags.contains(&Flag::Above100)).map(|value| (value, e.interval()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mover_agrees_with_newcombe() {
        // Newcombe 1998, hybrid score: 56/70 against 48/80 gives 0.0524 to 0.3339.
        let wilson = |x, n| {
            let i = crate::stats::wilson(x, n, 0.95).unwrap();
            (x as f64 / n as f64, Some((i.lower, i.upper)))
        };
        let (d, lower, upper) = difference(wilson(56, 70), wilson(48, 80)).unwrap();
        assert!((d - 0.2).abs() < 1e-12);
        assert!((lower - 0.0524).abs() < 5e-5 && (upper - 0.3339).abs() < 5e-5);
        assert_eq!(difference((0.2, None), (0.1, Some((0.0, 0.2)))), None);
    }
}
