//! What the ladder knows of a town: plain numbers, so that simulated towns climb it as real ones do.

use std::collections::BTreeMap;

use crate::domain::Month;

/// Cases through the online channel and all cases.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Share {
    /// Online cases.
    pub online: f64,
    /// All cases, above 0.
    pub all: f64,
}

impl Share {
    /// Online cases per case.
    #[must_use]
    pub fn rate(self) -> f64 {
        self.online / self.all
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { online: self.online + other.online, all: self.all + other.all }
    }
}

/// One service of one town.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The service.
    pub service: u32,
    /// Month of the launch.
    pub launch: Month,
    /// Whether the event of the comparison concerns this service here.
    pub concerned: bool,
    /// The months delivered, those without cases left out.
    pub months: BTreeMap<Month, Share>,
}

impl Course {
    /// The sum over the months `first` to `last` since launch (0 is the month of the launch itself); `None` unless
    /// every one of them was delivered.
    #[must_use]
    pub fn since_launch(&self, first: i32, last: i32) -> Option<Share> {
        self.between(self.launch.plus(first), self.launch.plus(last))
    }

    /// The sum over calendar months; `None` unless every one of them was delivered.
    #[must_use]
    pub fn between(&self, first: Month, last: Month) -> Option<Share> {
        let mut sum = Share::default();
        for step in 0..=last.since(first) {
            sum = sum.plus(*self.months.get(&first.plus(step))?);
        }
        (sum.all > 0.0).then_some(sum)
    }
}

/// A characteristic by which towns are likened to each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Trait {
    /// A number; the distance is measured in standard deviations of all towns.
    Number(f64),
    /// A label; another label counts as one standard deviation.
    Label(String),
}

/// A town on either side.
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    /// A number that names it.
    pub id: u32,
    /// Whether it had the event for at least one service before its launch.
    pub with: bool,
    /// First month of the last such event before a launch; `None` on the side without.
    pub event: Option<Month>,
    /// The characteristics, in the order of [`super::Study::traits`]; `None` where the register does not say.
    pub traits: Vec<Option<Trait>>,
    /// The services, by number.
    pub courses: Vec<Course>,
}

impl Town {
    /// The course of a service.
    #[must_use]
    pub fn course(&self, service: u32) -> Option<&Course> {
        self.courses.binary_search_by_key(&service, |c| c.service).ok().and_then(|at| self.courses.get(at))
    }

    /// The services that count for the comparison: with the event those it concerns, without it all.
    pub fn launches(&self) -> impl Iterator<Item = &Course> {
        self.courses.iter().filter(|course| course.concerned || !self.with)
    }
}
