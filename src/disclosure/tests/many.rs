//! An attack on a release of hundreds of towns, with forms that hold few of the unknowns.

use super::*;

/// Equations in echelon form by the first unknown of each, for forms of few unknowns.
#[derive(Default)]
struct Sparse(BTreeMap<usize, Form>);

/// The unknowns of a sum, each with its step.
type Form = BTreeMap<usize, i128>;

impl Sparse {
    fn add(&mut self, form: Form) {
        let mut rest = self.rest(form);
        let Some((&pivot, &step)) = rest.first_key_value() else { return };
        let factor = inverse(step);
        rest.values_mut().for_each(|x| *x = *x * factor % P);
        self.0.insert(pivot, rest);
    }

    /// What no equation determines of a form.
    fn rest(&self, mut form: Form) -> Form {
        let mut out = Form::new();
        while let Some((at, step)) = form.pop_first() {
            let Some(equation) = self.0.get(&at) else {
                out.insert(at, step);
                continue;
            };
            for (&other, x) in equation.range(at + 1..) {
                let slot = form.entry(other).or_default();
                *slot = (*slot - step * x).rem_euclid(P);
                if *slot == 0 {
                    form.remove(&other);
                }
            }
        }
        out
    }
}

/// Hundreds of towns, where not all exchanges can be tried: what each row adds up is written down from
/// the membership of towns in groups alone, and compared with the row itself.
#[test]
fn linear_algebra_finds_no_hidden_number_among_hundreds_of_towns() {
    let size = Size { towns: 300, services: 1, months: 3, largest: 1, feedback: false, work: false };
    let panel = |seed| (seed, records(&mut ChaCha8Rng::seed_from_u64(seed), size));
    // A year's number beside months would not enter every sum.
    let by_month = |(_, records): &(u64, Records)| records.facts.iter().all(|fact| fact.period.months == 1);
    let found: Vec<(usize, usize, usize)> = (0..6u64)
        .into_par_iter()
        .map(panel)
        .filter(by_month)
        .map(|(seed, mut records)| {
            records.facts.iter_mut().for_each(|fact| fact.state = CellState::Observed);
            let results = results(records, 3);
            let Results { panel, records, units, periods, .. } = &results;
            let sheets = kpi::sums(panel, &records.register, periods, true);
            let mask = Mask::find(panel, &records.register, units, periods, &sheets, 3);
            let groups = units.groups_of_areas();
            let [share, online, all] = ["online_share", "online_applications", "applications"].map(kpi::number);
            let sum = |key: &EstimateKey, channels: &[Channel]| -> Form {
                let inside = |fact: &Fact| {
                    let place = fact.area == key.unit || groups[fact.area as usize].contains(&key.unit);
                    let counted = channels.iter().any(|&c| fact.measure == Measure::Count(Stage::FormSubmit, c));
                    place && counted && key.period.contains(fact.period)
                };
                (0..records.facts.len()).filter(|&at| inside(&records.facts[at])).map(|at| (at, 1)).collect()
            };
            let both = [Channel::Online, Channel::Paper];
            // The sums that a row of a key figure tells, with their values.
            let told = |key: &EstimateKey, truth: &Estimate| -> Vec<(Form, f64)> {
                let forms = if key.kpi == share {
                    vec![(sum(key, &both[..1]), truth.numerator), (sum(key, &both), truth.denominator)]
                } else if key.kpi == online {
                    vec![(sum(key, &both[..1]), truth.numerator)]
                } else if key.kpi == all {
                    vec![(sum(key, &both), truth.numerator)]
                } else {
                    Vec::new()
                };
                forms.into_iter().filter_map(|(form, value)| value.map(|value| (form, value))).collect()
            };
            let shown = evaluated(&results, &mask);
            let truth = evaluated(&results, &Everything);
            let mut published = Sparse::default();
            let mut hidden = Vec::new();
            let mut open = 0;
            for (key, estimate) in shown.iter().filter(|((_, k), _)| k.aggregation != Aggregation::MeanOfRatios) {
                let told = told(&key.1, &truth[key]);
                for (form, value) in &told {
                    let values = form.keys().map(|&at| records.facts[at].value as f64);
                    assert_eq!(values.sum::<f64>(), *value, "{key:?} is not the sum it is taken for");
                }
                if estimate.state != EstimateState::Suppressed {
                    open += told.len();
                    told.into_iter().for_each(|(form, _)| published.add(form));
                } else if let [(few, _), (many, _)] = &told[..] {
                    let rest: Form =
                        many.iter().filter(|(at, _)| !few.contains_key(at)).map(|(&at, &x)| (at, x)).collect();
                    hidden.extend([few.clone(), many.clone(), rest].map(|form| (*key, form)));
                } else {
                    hidden.extend(told.into_iter().map(|(form, _)| (*key, form)));
                }
            }
            hidden.retain(|(_, form)| !form.is_empty());
            for (key, form) in &hidden {
                assert!(!published.rest(form.clone()).is_empty(), "seed {seed}: {key:?} can be computed");
            }
            let of_groups = hidden.iter().filter(|(key, _)| key.1.aggregation == Aggregation::RatioOfSums).count();
            (open, hidden.len(), of_groups)
        })
        .collect();
    assert!(
        found.len() > 3
            && found.iter().all(|&(open, hidden, of_groups)| open > 300 && hidden > 3_000 && of_groups > 10),
        "{found:?}"
    );
}
