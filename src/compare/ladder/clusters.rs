//! Towns that share something and may depend on each other for it: a district, a joint platform.

use std::collections::{BTreeMap, BTreeSet};

use crate::stats::{MIN_CLUSTERS, Refusal};

/// Groups of towns that count as one unit in the interval of the raw difference and in the errors of the design by
/// quarters. The paired interval, the random assignments and the leaving out are by town: a pair has two towns, often
/// of two groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clusters {
    /// By what the towns are grouped: `kreis`, `land`, `platform` or `attribute:NAME`.
    pub name: String,
    /// The group of every town.
    of: BTreeMap<u32, u32>,
}

impl Clusters {
    /// Groups towns by their labels; a town without one is a group of its own.
    #[must_use]
    pub fn new(name: &str, labels: &[(u32, Option<String>)]) -> Self {
        let known: BTreeSet<&String> = labels.iter().filter_map(|(_, label)| label.as_ref()).collect();
        let numbers: BTreeMap<&String, u32> = known.into_iter().zip(0..).collect();
        let own = numbers.len() as u32..;
        let group = |((town, label), own): (&(u32, Option<String>), u32)| {
            (*town, label.as_ref().and_then(|label| numbers.get(label)).copied().unwrap_or(own))
        };
        Self { name: name.to_owned(), of: labels.iter().zip(own).map(group).collect() }
    }

    /// The group of a town.
    #[must_use]
    pub fn group(&self, town: u32) -> u32 {
        self.of.get(&town).copied().unwrap_or(town)
    }

    /// The number of groups of towns.
    fn count(&self, towns: impl Iterator<Item = u32>) -> usize {
        towns.map(|town| self.group(town)).collect::<BTreeSet<_>>().len()
    }
}

/// How many groups of towns the errors rest on; a group with towns on both sides counts on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterCount {
    /// By what the towns are grouped.
    pub name: String,
    /// Groups of towns with the event.
    pub with: usize,
    /// Groups of towns without.
    pub without: usize,
}

impl ClusterCount {
    pub(super) fn of(clusters: &Clusters, with: impl Iterator<Item = u32>, without: impl Iterator<Item = u32>) -> Self {
        Self { name: clusters.name.clone(), with: clusters.count(with), without: clusters.count(without) }
    }

    /// Why there is no interval.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let found = self.with.min(self.without);
        (found < MIN_CLUSTERS).then_some(Refusal::FewClusters { found, needed: MIN_CLUSTERS })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::ladder::tests::{self, live::study};
    use crate::compare::ladder::{LiveLadder, Missed, Rung, climb, climb_live};
    use crate::domain::Month;
    use crate::stats::did::DidRefusal;

    /// Towns 0 to 7 with a campaign and 8 to 15 without; `group` says which belong together.
    fn climbed(group: &dyn Fn(u32) -> Option<String>) -> LiveLadder {
        let mut study = study(0.08, 0.0);
        let labels: Vec<_> = study.towns.iter().map(|t| (t.id, group(t.id))).collect();
        study.clusters = Some(Clusters::new("kreis", &labels));
        climb_live(&study, &BTreeMap::new())
    }

    #[test]
    fn towns_alone_are_their_own_groups() {
        let plain = climb_live(&study(0.08, 0.0), &BTreeMap::new());
        let alone = climbed(&|_| None);
        let count = alone.clusters.clone().unwrap();
        assert_eq!((count.with, count.without), (8, 8));
        assert_eq!(LiveLadder { clusters: None, ..alone }, plain);
        let mut launch = tests::study(tests::CLEAR, [0.0; 6]);
        let plain = climb(&launch);
        assert!(plain.raw.is_ok());
        let labels: Vec<_> = launch.towns.iter().map(|t| (t.id, None)).collect();
        launch.clusters = Some(Clusters::new("kreis", &labels));
        assert_eq!(climb(&launch).raw, plain.raw);
    }

    #[test]
    fn groups_with_towns_on_both_sides_are_one_sample() {
        let ladder = climbed(&|id| Some(format!("Kreis {}", id % 8)));
        let study = study(0.08, 0.0);
        let event = Month::new(2023, 1).unwrap().plus(18);
        let change = |id: usize| {
            let course = &study.towns[id].courses[0];
            let year = |from: i32| course.between(event.plus(from), event.plus(from + 11)).unwrap().rate();
            year(1) - year(-12)
        };
        // Eight groups of one town with and one without: the jackknife of the mean gap is s² / 8.
        let gaps: Vec<f64> = (0..8).map(|id| change(id) - change(id + 8)).collect();
        let mean = gaps.iter().sum::<f64>() / 8.0;
        let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / 7.0 / 8.0;
        let raw = ladder.raw.unwrap();
        assert!((raw.value - mean).abs() < 1e-12 && (raw.se - variance.sqrt()).abs() < 1e-12, "{raw:?}");
        // The effect is that of the towns, its error another.
        let plain = climb_live(&study, &BTreeMap::new()).effect.unwrap().by_town;
        let grouped = ladder.effect.unwrap().by_town;
        assert!((grouped.value - plain.value).abs() < 1e-15 && (grouped.se - plain.se).abs() > 1e-6);
    }

    #[test]
    fn too_few_groups_give_no_interval() {
        let ladder = climbed(&|id| Some(format!("Kreis {}", id % 4)));
        let few = Refusal::FewClusters { found: 4, needed: MIN_CLUSTERS };
        assert_eq!(ladder.raw, Err(few));
        assert_eq!(ladder.effect, Err(DidRefusal::FewClusters { found: 4, needed: MIN_CLUSTERS }));
        let missed = ladder.steps.iter().find(|s| s.rung == Rung::Interval).unwrap().missed.clone();
        assert_eq!((missed, ladder.stands_on()), (Some(Missed::Refused(few)), Some(Rung::Raw)));
    }
}
