//! For every town with the event the most similar one without, and how similar the two sides then are.

use super::towns::{Share, Town, Trait};
use crate::domain::Month;
use crate::stats::assignment::{Assignment, assign};

/// Differences beyond this many standard deviations leave a characteristic unbalanced (Rubin 2001; Stuart 2010).
pub const BALANCED_BELOW: f64 = 0.25;

/// Two towns, and what they show in the window of months.
#[derive(Debug, Clone, PartialEq)]
pub struct TownPair {
    /// The town with the event.
    pub with: u32,
    /// The town without.
    pub without: u32,
    /// Their distance: the root of the mean squared difference in standard deviations.
    pub distance: f64,
    /// The rates of either side over the services that both launched, with the cases behind the first.
    pub outcome: Contrasted,
    /// The same over the services that were live in both before the event; `None` where there are none.
    pub control: Option<Contrasted>,
}

/// The rates of two towns over common services: per service weighted by n1 n0 / (n1 + n0), as Mantel and Haenszel
/// weigh strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrasted {
    /// With the event.
    pub with: f64,
    /// Without.
    pub without: f64,
    /// Cases of the town with the event.
    pub cases: f64,
    /// Common services.
    pub services: usize,
}

impl Contrasted {
    /// With minus without.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.with - self.without
    }

    fn over(shares: impl Iterator<Item = (Share, Share)>) -> Option<Self> {
        let (mut weight, mut with, mut without, mut cases, mut services) = (0.0, 0.0, 0.0, 0.0, 0);
        for (a, b) in shares {
            let w = a.all * b.all / (a.all + b.all);
            weight += w;
            with += w * a.rate();
            without += w * b.rate();
            cases += a.all;
            services += 1;
        }
        (weight > 0.0).then(|| Self { with: with / weight, without: without / weight, cases, services })
    }
}

/// A characteristic before and after matching, in standard deviations of the towns with the event.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// Position in [`super::Study::traits`].
    pub at: usize,
    /// The label whose share is compared; `None` for a number.
    pub label: Option<String>,
    /// With minus without, all towns that have the months.
    pub before: f64,
    /// The same over the matched towns.
    pub after: f64,
}

/// The months since launch that are compared; the month of the launch itself, mostly a part of one, is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first month.
    pub from: i32,
    /// The last month.
    pub until: i32,
}

impl Window {
    /// Up to month 3, from there to month 6, from there to month 12: the months of small towns are too few cases
    /// to be looked at one by one.
    pub const ALL: [Self; 3] = [Self { from: 1, until: 3 }, Self { from: 4, until: 6 }, Self { from: 7, until: 12 }];
}

/// What of two towns is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// The months since launch; services that were live before are the control.
    SinceLaunch(Window),
    /// The year after the event of the one town, in both; the year before it is the control.
    AroundEvent,
}

impl View {
    pub(super) fn outcome(self, with: &Town, without: &Town) -> Option<Contrasted> {
        match self {
            Self::SinceLaunch(window) => outcome(with, without, window),
            Self::AroundEvent => around(with, without, 1),
        }
    }

    fn control(self, with: &Town, without: &Town) -> Option<Contrasted> {
        match self {
            Self::SinceLaunch(window) => control(with, without, window),
            Self::AroundEvent => around(with, without, -YEAR),
        }
    }
}

/// Months of a year.
pub(super) const YEAR: i32 = 12;

/// A year that begins `offset` months after the event, over the services that it concerns: only those that both
/// towns delivered in full in the year before and the year after, so that the two years are about the same services.
fn around(with: &Town, without: &Town, offset: i32) -> Option<Contrasted> {
    let event = with.event?;
    Contrasted::over(with.launches().filter_map(|course| {
        let other = without.course(course.service)?;
        let year = |c: &super::towns::Course, from: i32| c.between(event.plus(from), event.plus(from + YEAR - 1));
        let both = |from: i32| Some((year(course, from)?, year(other, from)?));
        let years = (both(-YEAR)?, both(1)?);
        Some(if offset < 0 { years.0 } else { years.1 })
    }))
}

/// Months of the negative control: a year, so that its own noise does not hide a difference.
const CONTROL_MONTHS: i32 = 12;

/// Fewest of them that both towns must have delivered.
const FEWEST_CONTROL_MONTHS: usize = 3;

/// What two towns show; `None` where they launched no common service with all months of the window.
fn outcome(with: &Town, without: &Town, window: Window) -> Option<Contrasted> {
    Contrasted::over(with.launches().filter_map(|course| {
        let other = without.course(course.service)?;
        let share = |c: &super::towns::Course| c.since_launch(window.from, window.until);
        Some((share(course)?, share(other)?))
    }))
}

/// The negative control of a pair: services live in both before the event, over the months that both delivered in
/// the year up to the last month in which the town with the event is looked at.
fn control(with: &Town, without: &Town, window: Window) -> Option<Contrasted> {
    let event = with.event?;
    let last: Month = with
        .launches()
        .filter(|c| without.course(c.service).is_some() && c.since_launch(window.from, window.until).is_some())
        .map(|c| c.launch.plus(window.until))
        .max()?;
    Contrasted::over(with.courses.iter().filter(|c| !c.concerned && c.launch < event).filter_map(|course| {
        let other = without.course(course.service).filter(|other| other.launch < event)?;
        let year = (0..CONTROL_MONTHS).map(|back| last.plus(-back));
        let both: Vec<(Share, Share)> =
            year.filter_map(|month| Some((*course.months.get(&month)?, *other.months.get(&month)?))).collect();
        let sum = |side: fn(&(Share, Share)) -> Share| both.iter().map(side).fold(Share::default(), Share::plus);
        (both.len() >= FEWEST_CONTROL_MONTHS).then(|| (sum(|s| s.0), sum(|s| s.1)))
    }))
}

/// Pairs every town with the event with one without, so that the sum of distances is smallest; towns beyond
/// `caliper`, without a common service, or with an unknown characteristic stay alone.
pub(super) fn pairs(towns: &[Town], view: View, caliper: Option<f64>) -> Vec<TownPair> {
    let known = |town: &&Town| town.traits.iter().all(Option::is_some);
    let (with, without): (Vec<&Town>, Vec<&Town>) = towns.iter().filter(known).partition(|town| town.with);
    let scales = scales(towns);
    let cost: Vec<Vec<Option<f64>>> = with
        .iter()
        .map(|a| {
            let one = |b: &&Town| {
                view.outcome(a, b)?;
                Some(distance(a, b, &scales)).filter(|d| caliper.is_none_or(|caliper| *d <= caliper))
            };
            without.iter().map(one).collect()
        })
        .collect();
    let Assignment { partner, .. } = assign(&cost);
    let mut out: Vec<TownPair> = with
        .iter()
        .zip(partner)
        .filter_map(|(a, b)| {
            let b = without.get(b?)?;
            Some(TownPair {
                with: a.id,
                without: b.id,
                distance: distance(a, b, &scales),
                outcome: view.outcome(a, b)?,
                control: view.control(a, b),
            })
        })
        .collect();
    out.sort_by_key(|pair| pair.with);
    out
}

/// Standard deviations of the numeric characteristics over all towns; 1 where they do not vary.
fn scales(towns: &[Town]) -> Vec<f64> {
    let n = towns.iter().map(|t| t.traits.len()).max().unwrap_or(0);
    (0..n)
        .map(|at| deviation(towns.iter().filter_map(|t| number(t, at))).filter(|sd| *sd > 0.0).unwrap_or(1.0))
        .collect()
}

fn number(town: &Town, at: usize) -> Option<f64> {
    match town.traits.get(at) {
        Some(Some(Trait::Number(value))) => Some(*value),
        _ => None,
    }
}

fn deviation(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() > 1).then(|| (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

fn distance(a: &Town, b: &Town, scales: &[f64]) -> f64 {
    let squares = a.traits.iter().zip(&b.traits).zip(scales).map(|((a, b), scale)| match (a, b) {
        (Some(Trait::Number(a)), Some(Trait::Number(b))) => ((a - b) / scale).powi(2),
        (a, b) if a == b => 0.0,
        _ => 1.0,
    });
    (squares.sum::<f64>() / scales.len().max(1) as f64).sqrt()
}

/// One characteristic, or one label of it, as a number per town.
struct Row {
    at: usize,
    label: Option<String>,
    /// Standard deviation of the towns with the event; 1 where they do not vary.
    scale: f64,
}

impl Row {
    fn value(&self, town: &Town) -> Option<f64> {
        match (&self.label, town.traits.get(self.at)) {
            (None, _) => number(town, self.at),
            (Some(label), Some(Some(Trait::Label(own)))) => Some(f64::from(u8::from(own == label))),
            _ => None,
        }
    }
}

/// Every characteristic, labels one by one.
fn characteristics(towns: &[Town]) -> Vec<Row> {
    let traits = towns.iter().map(|t| t.traits.len()).max().unwrap_or(0);
    let mut out = Vec::new();
    for at in 0..traits {
        let label_of = |town: &Town| match town.traits.get(at) {
            Some(Some(Trait::Label(label))) => Some(label.clone()),
            _ => None,
        };
        let mut labels: Vec<Option<String>> = if towns.iter().any(|t| number(t, at).is_some()) {
            vec![None]
        } else {
            towns.iter().map(label_of).filter(Option::is_some).collect()
        };
        labels.sort();
        labels.dedup();
        // Of two labels the second says nothing new.
        if labels.len() == 2 {
            labels.truncate(1);
        }
        for label in labels {
            let mut row = Row { at, label, scale: 1.0 };
            let own = towns.iter().filter(|t| t.with).filter_map(|t| row.value(t));
            row.scale = deviation(own).filter(|sd| *sd > 0.0).unwrap_or(1.0);
            out.push(row);
        }
    }
    out
}

/// Pairs without those that keep the two sides apart: as long as a characteristic is not balanced, the pair without
/// which the largest gap is smallest is left out. Only characteristics decide, no outcome. At most half of the pairs
/// are left out, and never so many that fewer than `least` remain.
pub(super) fn balanced(towns: &[Town], mut pairs: Vec<TownPair>, least: usize) -> Vec<TownPair> {
    let rows = characteristics(towns);
    let mut gaps: Vec<Vec<f64>> = pairs.iter().map(|pair| gaps(towns, &rows, pair)).collect();
    let keep = pairs.len().div_ceil(2).max(least);
    while pairs.len() > keep {
        let sums: Vec<f64> = (0..rows.len()).map(|row| gaps.iter().map(|g| g[row]).sum()).collect();
        let n = pairs.len() as f64;
        if sums.iter().all(|sum| sum.abs() / n < BALANCED_BELOW) {
            break;
        }
        let left = |gap: &Vec<f64>| sums.iter().zip(gap).map(|(sum, gap)| (sum - gap).abs()).fold(0.0, f64::max);
        let Some(worst) = (0..pairs.len()).min_by(|a, b| left(&gaps[*a]).total_cmp(&left(&gaps[*b]))) else { break };
        pairs.remove(worst);
        gaps.remove(worst);
    }
    pairs
}

/// The differences of a pair, row by row, in standard deviations.
fn gaps(towns: &[Town], rows: &[Row], pair: &TownPair) -> Vec<f64> {
    let find = |id: u32| towns.iter().find(|town| town.id == id);
    let (Some(with), Some(without)) = (find(pair.with), find(pair.without)) else { return vec![0.0; rows.len()] };
    let gap = |row: &Row| row.value(with).zip(row.value(without)).map_or(0.0, |(a, b)| (a - b) / row.scale);
    rows.iter().map(gap).collect()
}

/// The balance of every characteristic before and after matching.
pub(super) fn balance(towns: &[Town], pairs: &[TownPair]) -> Vec<Balance> {
    let rows = characteristics(towns);
    let gaps: Vec<Vec<f64>> = pairs.iter().map(|pair| gaps(towns, &rows, pair)).collect();
    rows.into_iter()
        .enumerate()
        .map(|(at, row)| {
            let mean = |with: bool| mean(towns.iter().filter(|t| t.with == with).filter_map(|t| row.value(t)));
            let before = (mean(true) - mean(false)) / row.scale;
            Balance { at: row.at, before, after: self::mean(gaps.iter().map(|gap| gap[at])), label: row.label }
        })
        .collect()
}

/// The mean, 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / n.max(1) as f64
}
