//! Value axes with round ticks, and the labels of a month axis.

use super::spec::Unit;
use super::style::{TICK, width};
use crate::domain::{Lang, Month};

/// A value axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub lo: f64,
    pub hi: f64,
    pub step: f64,
    pub ticks: Vec<f64>,
}

impl Axis {
    /// An axis that includes zero and all `values`, with about `target` steps.
    pub fn new(values: impl IntoIterator<Item = f64>, unit: &Unit, target: f64) -> Self {
        let (mut lo, mut hi) = (0.0f64, 0.0f64);
        for value in values {
            lo = lo.min(value);
            hi = hi.max(value);
        }
        if hi <= lo {
            hi = match unit {
                Unit::Share { .. } => 0.1,
                Unit::Count => 5.0,
                Unit::Decimal { .. } => 1.0,
            };
        }
        let raw = ((hi - lo) / target).max(1e-9);
        let mag = 10f64.powf(raw.log10().floor());
        let mut step =
            [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * mag).find(|s| *s >= raw * 0.999).unwrap_or(raw);
        if *unit == Unit::Count {
            step = step.max(1.0);
            if step.fract() > 1e-9 {
                step = 5.0;
            }
        }
        let from = (lo / step + 1e-9).floor();
        let to = (hi / step - 1e-9).ceil();
        let ticks: Vec<f64> = (0..=((to - from) as usize)).map(|i| (from + i as f64) * step).collect();
        Self { lo: from * step, hi: to * step, step, ticks }
    }

    /// Where `value` lies between the ends, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.lo) / (self.hi - self.lo)
    }

    /// Width of the widest tick label.
    pub fn label_width(&self, unit: &Unit, lang: Lang) -> f64 {
        self.ticks.iter().map(|t| width(&unit.tick(*t, self.step, lang), TICK)).fold(0.0, f64::max)
    }
}

/// A place on the horizontal axis of a time plot.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tick {
    /// Index of the month.
    pub slot: usize,
    /// First row under the axis.
    pub label: String,
    /// Second row, for example the year; empty if there is none.
    pub second: String,
}

/// Ticks of `slots` months from `first` that stand `pitch` pixels apart.
pub(super) fn month_ticks(first: Month, slots: usize, pitch: f64, lang: Lang) -> Vec<Tick> {
    let step = [1u32, 3, 6].into_iter().find(|s| f64::from(*s) * pitch >= 38.0).unwrap_or(12);
    let mut out: Vec<Tick> = Vec::new();
    let mut year = None;
    for slot in 0..slots {
        let month = first.plus(slot as i32);
        if !(month.number() - 1).is_multiple_of(step) {
            continue;
        }
        if step == 12 {
            // A year is named at its January; where even these are too close, every second or fifth one.
            let every = [1, 2, 5, 10].into_iter().find(|e| f64::from(*e) * 12.0 * pitch >= 38.0).unwrap_or(10);
            if month.year() % every == 0 {
                out.push(Tick { slot, label: month.year().to_string(), second: String::new() });
            }
            continue;
        }
        let second = if year == Some(month.year()) { String::new() } else { month.year().to_string() };
        year = Some(month.year());
        out.push(Tick { slot, label: month.short_name(lang).to_owned(), second });
    }
    out
}

/// Ticks of `slots` spans of `step` months from `first`, each named by its first month.
pub(super) fn quarter_ticks(first: Month, step: usize, slots: usize, pitch: f64, lang: Lang) -> Vec<Tick> {
    let every = [1usize, 2, 4, 8].into_iter().find(|e| *e as f64 * pitch >= 38.0).unwrap_or(16);
    let mut out: Vec<Tick> = Vec::new();
    let mut year = None;
    for slot in (0..slots).step_by(every) {
        let month = first.plus((slot * step) as i32);
        let second = if year == Some(month.year()) { String::new() } else { month.year().to_string() };
        year = Some(month.year());
        out.push(Tick { slot, label: month.short_name(lang).to_owned(), second });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: Unit = Unit::Share { decimals: 1 };

    #[test]
    fn axes_start_at_zero_and_stop_at_the_whole() {
        let full = Axis::new([0.97, 1.0], &SHARE, 5.0);
        assert!((full.hi - 1.0).abs() < 1e-9 && full.lo == 0.0, "{full:?}");
        for top in [0.003, 0.011, 0.07, 0.33, 0.51, 0.76, 0.93, 0.999] {
            let axis = Axis::new([top], &SHARE, 5.0);
            assert!(axis.hi >= top && axis.hi <= 1.0 + 1e-9, "{top} {axis:?}");
            assert!((3..=8).contains(&axis.ticks.len()), "{top} {axis:?}");
        }
        assert!(Axis::new([1.3], &SHARE, 5.0).hi >= 1.3);
        assert_eq!(Axis::new([0.0], &Unit::Count, 5.0).hi, 5.0);
        assert!(Axis::new([3.0], &Unit::Count, 5.0).ticks.iter().all(|t| t.fract() == 0.0));
        assert!(Axis::new([-4.0, 7.0], &SHARE, 5.0).lo <= -4.0);
        assert!(Axis::new([1e9], &Unit::Count, 5.0).ticks.len() < 9);
    }

    #[test]
    fn month_ticks_fit_their_pitch() {
        let first = Month::new(2023, 11).unwrap();
        let near = month_ticks(first, 6, 90.0, Lang::De);
        assert_eq!(near.len(), 6);
        assert_eq!((near[0].label.as_str(), near[0].second.as_str()), ("Nov.", "2023"));
        assert_eq!((near[2].label.as_str(), near[2].second.as_str()), ("Jan.", "2024"));
        let far = month_ticks(first, 60, 9.0, Lang::De);
        assert_eq!((far[0].label.as_str(), far[0].slot), ("Jan.", 2));
        assert_eq!(far[1].label, "Juli");
        assert_eq!(month_ticks(first, 240, 2.4, Lang::En)[1].label, "2026");
    }
}
