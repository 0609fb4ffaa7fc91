use serde::Serialize;

use super::{ChartView, Figure, Statement};

/// How far a comparison carries.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LadderView {
    /// Whether the event met services that were live: changes are compared, not the course since launch.
    pub live: bool,
    /// The rungs, from the lowest.
    pub rungs: Vec<RungView>,
    /// Where the answer stands, and what may be said there.
    pub answer: Statement,
    /// What the data say to the claim.
    pub claim: Option<Statement>,
    /// What could still explain the difference.
    pub alternatives: Vec<String>,
    /// The matched comparison by months since launch.
    pub horizons: Vec<HorizonRow>,
    /// The effect before and after the event, as a picture.
    pub course: Option<ChartView>,
    /// Why there is none.
    pub course_refusal: Option<String>,
    /// How similar the towns are, as a picture.
    pub chart: Option<ChartView>,
    /// How similar the towns are; empty where nothing is known of them.
    pub balance: Vec<BalanceRow>,
}

/// How a rung stands; decides its mark beside [`RungView::state_label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// Reached, as all below.
    #[default]
    Reached,
    /// The first that is not reached.
    Missed,
    /// Above one that is not reached.
    NotDecisive,
}

/// A rung.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RungView {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: RungState,
    /// `erreicht`.
    pub state_label: String,
    /// What was found, as a sentence.
    pub found: String,
    /// What has to hold.
    pub rule: String,
}

/// The matched comparison at one time since launch.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HorizonRow {
    /// `7 bis 12`.
    pub months: String,
    /// `maßgeblich`, where the rungs rest on these months.
    pub remark: Option<String>,
    /// Pairs of towns.
    pub pairs: Figure,
    /// Difference, every town counting the same.
    pub by_town: Figure,
    /// Difference, every case counting the same.
    pub by_case: Figure,
    /// Probability of a difference as large by chance within pairs.
    pub p: Figure,
}

/// A characteristic before and after matching.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BalanceRow {
    /// The characteristic.
    pub name: String,
    /// Standardised difference of all towns.
    pub before: Figure,
    /// Standardised difference of the matched towns.
    pub after: Figure,
}
