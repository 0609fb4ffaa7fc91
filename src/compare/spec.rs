use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ladder::Claim;
use super::methods::MethodSpec;
use super::study::TRAITS;
use crate::domain::{Lang, Text, say};
use crate::stats::MIN_CLUSTERS;
use crate::{Error, Result};

/// When an event must have been to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Before the service went online.
    BeforeLaunch,
    /// While the service was live: the change since then is compared.
    Live,
    /// At any time up to the end of the reference period.
    #[default]
    Any,
}

/// One `[[comparison]]`: either `by` (towns that share something) or `event` (towns with an event
/// against towns that never had one).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonSpec {
    /// Id.
    pub name: String,
    /// What a reader sees.
    pub title: String,
    /// `size_class`, `land`, `kreis`, `urbanity`, `platform`, `maturity`, `all`, `attribute:NAME`, `list` or
    /// `nearest`: the most similar areas by `match_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The areas of `by = "list"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
    /// Kind of event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When the event must have been.
    #[serde(default)]
    pub timing: Timing,
    /// By which characteristics a similar town is looked for; `population`, `density`, `land`, `urbanity`,
    /// `platform`, `maturity`, `launch` or `attribute:NAME`.
    #[serde(default = "match_on", skip_serializing_if = "is_match_on")]
    pub match_on: Vec<String>,
    /// Of `by = "nearest"`: how much a characteristic counts, 1 unless stated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Of `by = "nearest"`: how many similar areas an area is compared with.
    #[serde(default = "ten", skip_serializing_if = "is_ten")]
    pub neighbours: usize,
    /// How far apart two similar towns may be, in standard deviations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caliper: Option<f64>,
    /// A sentence as numbers that is held against the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Of `event` with `timing = "before_launch"` or `"live"`: towns that share this (`kreis`, `land`, `platform` or
    /// `attribute:NAME`) count as one in the errors, because they may depend on each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Methods of `resonanz calc` that are to work on the numbers of the comparison.
    #[serde(default, rename = "method", skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<MethodSpec>,
}

fn match_on() -> Vec<String> {
    ["population", "land", "platform", "maturity", "launch"].map(str::to_owned).to_vec()
}

fn ten() -> usize {
    10
}

fn is_ten(neighbours: &usize) -> bool {
    *neighbours == ten()
}

fn is_match_on(list: &[String]) -> bool {
    list == match_on()
}

/// What a comparison compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonKind<'a> {
    /// A town with the towns of its group.
    Peers(&'a str),
    /// Towns with an event of this kind with towns without any.
    Event(&'a str, Timing),
}

const GROUPINGS: [&str; 9] =
    ["size_class", "land", "kreis", "urbanity", "platform", "maturity", "all", "list", "nearest"];

/// What towns may share that makes them one cluster, beside `attribute:NAME` of the register.
const CLUSTERS: [&str; 3] = ["kreis", "land", "platform"];

impl ComparisonSpec {
    /// The comparison that is made if none is configured.
    #[must_use]
    pub fn by_size_class(lang: Lang) -> Self {
        Self {
            name: "size_class".into(),
            title: Text::new("Orte gleicher Größe", "Towns of the same size").get(lang).into(),
            by: Some("size_class".into()),
            areas: Vec::new(),
            event: None,
            timing: Timing::Any,
            match_on: match_on(),
            weights: BTreeMap::new(),
            neighbours: ten(),
            caliper: None,
            claim: None,
            cluster: None,
            methods: Vec::new(),
        }
    }

    /// What is compared.
    #[must_use]
    pub fn kind(&self) -> ComparisonKind<'_> {
        match (&self.event, &self.by) {
            (Some(event), _) => ComparisonKind::Event(event, self.timing),
            (None, by) => ComparisonKind::Peers(by.as_deref().unwrap_or("all")),
        }
    }

    /// Checks one comparison.
    ///
    /// # Errors
    /// If it says neither or both of `by` and `event`, or an unknown grouping.
    pub fn check(&self) -> Result<()> {
        self.check_kind()?;
        self.check_cluster()?;
        self.methods.iter().zip(1..).try_for_each(|(method, position)| method.check(self, position))
    }

    fn check_kind(&self) -> Result<()> {
        let name = &self.name;
        match (&self.by, &self.event) {
            (Some(_), Some(_)) => Err(Error::config(say!(
                "Vergleich „{name}“: `by` und `event` schließen einander aus",
                "comparison \"{name}\": `by` and `event` exclude each other"
            ))),
            (None, None) => Err(Error::config(say!(
                "Vergleich „{name}“: Weder `by` noch `event` ist angegeben",
                "comparison \"{name}\": says neither `by` nor `event`"
            ))
            .hint(say!(
                "Zum Beispiel: by = \"size_class\", oder event = \"participation\" mit timing = \"before_launch\"",
                "for example: by = \"size_class\", or event = \"participation\" with timing = \"before_launch\"",
            ))),
            (Some(by), None) => {
                if by.starts_with("attribute:") || GROUPINGS.contains(&by.as_str()) {
                    if by == "list" && self.areas.is_empty() {
                        return Err(Error::config(say!(
                            "Vergleich „{name}“: by = \"list\" braucht areas = [...]",
                            "comparison \"{name}\": by = \"list\" needs areas = [...]"
                        )));
                    }
                    return if by == "nearest" { self.check_nearest() } else { Ok(()) };
                }
                let known: Vec<String> = GROUPINGS.iter().map(|g| (*g).to_owned()).collect();
                let error = Error::config(say!(
                    "Vergleich „{name}“: by = \"{by}\" gibt es nicht",
                    "comparison \"{name}\": by = \"{by}\" is not known"
                ));
                Err(match crate::ingest::closest(by, &known) {
                    Some(similar) => error.did_you_mean(similar),
                    None => error.hint(say!(
                        "Möglich sind {} oder attribute:NAME",
                        "use one of {} or attribute:NAME",
                        known.join(", ")
                    )),
                })
            }
            (None, Some(_)) => self.check_matching(),
        }
    }

    fn check_cluster(&self) -> Result<()> {
        let (name, Some(cluster)) = (&self.name, &self.cluster) else { return Ok(()) };
        if !matches!(self.kind(), ComparisonKind::Event(_, Timing::BeforeLaunch | Timing::Live)) {
            return Err(Error::config(say!(
                "Vergleich „{name}“: cluster gibt es nur bei event mit timing = \"before_launch\" oder \"live\"",
                "comparison \"{name}\": cluster is only for event with timing = \"before_launch\" or \"live\""
            )));
        }
        if CLUSTERS.contains(&cluster.as_str()) || cluster.starts_with("attribute:") {
            return Ok(());
        }
        let known: Vec<String> = CLUSTERS.iter().map(|c| (*c).to_owned()).collect();
        let error = Error::config(say!(
            "Vergleich „{name}“: cluster = \"{cluster}\" gibt es nicht",
            "comparison \"{name}\": cluster = \"{cluster}\" is not known"
        ));
        Err(match crate::ingest::closest(cluster, &known) {
            Some(similar) => error.did_you_mean(similar),
            None => error.hint(say!(
                "Möglich sind {} oder attribute:NAME",
                "use one of {} or attribute:NAME",
                known.join(", ")
            )),
        })
    }

    fn check_nearest(&self) -> Result<()> {
        let name = &self.name;
        if self.neighbours < MIN_CLUSTERS {
            return Err(Error::config(say!(
                "Vergleich „{name}“: neighbours muss mindestens {MIN_CLUSTERS} sein",
                "comparison \"{name}\": neighbours must be at least {MIN_CLUSTERS}"
            )));
        }
        if self.match_on.iter().any(|wanted| wanted == "launch") && self.match_on != match_on() {
            return Err(Error::config(say!(
                "Vergleich „{name}“: match_on = \"launch\" gibt es nicht bei by = \"nearest\": Ein Ort hat viele Starts",
                "comparison \"{name}\": match_on = \"launch\" is not for by = \"nearest\": an area has many launches"
            )));
        }
        for (key, weight) in &self.weights {
            if !self.nearest_on().contains(key) {
                return Err(Error::config(say!(
                    "Vergleich „{name}“: weights nennt „{key}“, match_on nicht",
                    "comparison \"{name}\": weights names \"{key}\", match_on does not"
                )));
            }
            if !(weight.is_finite() && *weight >= 0.0) {
                return Err(Error::config(say!(
                    "Vergleich „{name}“: Das Gewicht von „{key}“ muss mindestens 0 sein",
                    "comparison \"{name}\": the weight of \"{key}\" must be at least 0"
                )));
            }
        }
        self.check_matching()
    }

    /// The characteristics of `by = "nearest"`: as stated, else what a register knows.
    #[must_use]
    pub fn nearest_on(&self) -> Vec<String> {
        if self.match_on == match_on() {
            return ["population", "density", "land", "urbanity"].map(str::to_owned).to_vec();
        }
        self.match_on.clone()
    }

    fn check_matching(&self) -> Result<()> {
        let name = &self.name;
        if self.match_on.is_empty() {
            return Err(Error::config(say!(
                "Vergleich „{name}“: match_on ist leer: Ohne Merkmale ist kein Ort einem anderen ähnlich",
                "comparison \"{name}\": match_on is empty: without characteristics no town is similar to another"
            )));
        }
        for wanted in &self.match_on {
            if !TRAITS.contains(&wanted.as_str()) && !wanted.starts_with("attribute:") {
                let known: Vec<String> = TRAITS.iter().map(|t| (*t).to_owned()).collect();
                let error = Error::config(say!(
                    "Vergleich „{name}“: match_on = \"{wanted}\" gibt es nicht",
                    "comparison \"{name}\": match_on = \"{wanted}\" is not known"
                ));
                return Err(match crate::ingest::closest(wanted, &known) {
                    Some(similar) => error.did_you_mean(similar),
                    None => error.hint(say!(
                        "Möglich sind {} oder attribute:NAME",
                        "use some of {} or attribute:NAME",
                        known.join(", ")
                    )),
                });
            }
        }
        if self.caliper.is_some_and(|caliper| !(caliper > 0.0 && caliper.is_finite())) {
            return Err(Error::config(say!(
                "Vergleich „{name}“: caliper muss über 0 liegen",
                "comparison \"{name}\": caliper must be above 0"
            )));
        }
        self.claim.as_ref().map_or(Ok(()), |claim| claim.check(name))
    }
}
