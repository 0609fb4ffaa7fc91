//! What is checked before matching, and that the result keeps what was asked for.

use super::super::characteristic::{Characteristic, columns, constant, mean_and_sd};
use super::{Design, Distance, MatchRefusal, Matched, Method, Settings};

/// Checks two groups and their covariates.
pub(super) fn groups(treated: &[bool], covariates: &[Characteristic]) -> Result<(), MatchRefusal> {
    if treated.is_empty() {
        return Err(MatchRefusal::Empty);
    }
    if covariates.is_empty() {
        return Err(MatchRefusal::NoCovariates);
    }
    if covariates.iter().any(|c| c.len() != treated.len()) {
        return Err(MatchRefusal::Lengths);
    }
    if let Some((c, at)) = covariates.iter().find_map(|c| c.not_usable().map(|at| (c, at))) {
        return Err(MatchRefusal::NonFinite { covariate: c.name.clone(), unit: at + 1 });
    }
    if !treated.contains(&true) {
        return Err(MatchRefusal::NoTreated);
    }
    if !treated.contains(&false) {
        return Err(MatchRefusal::NoControls);
    }
    Ok(())
}

/// Checks weights.
pub(super) fn usable(treated: &[bool], weights: &[f64]) -> Result<(), MatchRefusal> {
    if weights.len() != treated.len() {
        return Err(MatchRefusal::Lengths);
    }
    if let Some(at) = weights.iter().position(|w| !super::super::characteristic::usable(*w) || *w < 0.0) {
        return Err(MatchRefusal::InvalidWeight { unit: at + 1 });
    }
    let any = |group: bool| weights.iter().zip(treated).any(|(w, t)| *t == group && *w > 0.0);
    if any(false) && any(true) { Ok(()) } else { Err(MatchRefusal::NoWeight) }
}

/// Checks a design and whether the settings go together.
pub(super) fn input(design: &Design, settings: &Settings) -> Result<(), MatchRefusal> {
    groups(&design.treated, &design.covariates)?;
    if !design.exact.is_empty() && design.exact.len() != design.treated.len() {
        return Err(MatchRefusal::Lengths);
    }
    let paired = matches!(settings.method, Method::Nearest | Method::Optimal);
    match settings {
        Settings { ratio: 0, .. } => Err(MatchRefusal::Ratio),
        Settings { ratio, .. } if *ratio > 1 && !paired => Err(MatchRefusal::NotApplicable("ratio")),
        Settings { replace: true, method, .. } if *method != Method::Nearest => {
            Err(MatchRefusal::NotApplicable("replacement"))
        }
        Settings { caliper: Some(_), .. } if !paired => Err(MatchRefusal::NotApplicable("caliper")),
        Settings { caliper: Some(_), distance: Distance::Mahalanobis, .. } => Err(MatchRefusal::CaliperNeedsScore),
        Settings { caliper: Some(caliper), .. } if !(*caliper > 0.0 && caliper.is_finite()) => {
            Err(MatchRefusal::Caliper)
        }
        Settings { method: Method::Entropy, .. } if !design.exact.is_empty() => {
            Err(MatchRefusal::NotApplicable("exact strata"))
        }
        _ => Ok(()),
    }
}

/// Checks that a result keeps what was asked for: partners are of different groups, within the caliper and of one
/// stratum; no treated unit has more controls than the ratio, no control is used twice without replacement; sets
/// have both groups; weights are finite, positive exactly for the matched, 1 for treated units and of the stated
/// sum for controls; entropy balancing reaches the treated units' means.
///
/// # Errors
/// [`MatchRefusal::Broken`] with the constraint.
pub fn kept(design: &Design, settings: &Settings, out: &Matched) -> Result<(), MatchRefusal> {
    let units = design.treated.len();
    let demand = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(MatchRefusal::Broken(what)) };
    demand(out.weights.len() == units && out.set.len() == units, "a weight per unit")?;
    demand(out.weights.iter().all(|w| w.is_finite() && *w >= 0.0), "finite weights")?;
    let stratum = |unit: usize| design.exact.get(unit);
    let mut uses = vec![0usize; units];
    for pair in &out.pairs {
        demand(design.treated[pair.treated] && !design.treated[pair.control], "pairs of both groups")?;
        demand(stratum(pair.treated) == stratum(pair.control), "exact strata")?;
        demand(pair.distance.is_finite() && pair.distance >= 0.0, "finite distances")?;
        if let Some(width) = out.width {
            demand(pair.distance <= width, "the caliper")?;
            let score = out.score.as_deref().unwrap_or(&[]);
            let apart = score.get(pair.treated).zip(score.get(pair.control)).map(|(a, b)| (a - b).abs());
            demand(apart == Some(pair.distance), "the caliper")?;
        }
        uses[pair.treated] += 1;
        uses[pair.control] += 1;
    }
    demand(settings.caliper.is_none() || out.width.is_some(), "the caliper")?;
    for (unit, uses) in uses.iter().enumerate() {
        let most = if design.treated[unit] { settings.ratio } else { 1 };
        demand(*uses <= most || (settings.replace && !design.treated[unit]), "ratio and reuse of controls")?;
    }
    let mut together = std::collections::BTreeSet::new();
    demand(out.pairs.iter().all(|p| together.insert((p.treated, p.control))), "reuse of a control by one unit")?;
    let paired = matches!(settings.method, Method::Nearest | Method::Optimal);
    for (unit, uses) in uses.iter().enumerate() {
        let in_use = match (paired, settings.method) {
            (true, _) => *uses > 0,
            (_, Method::Entropy) => true,
            _ => out.set[unit].is_some(),
        };
        let weight = out.weights[unit];
        demand(
            (weight > 0.0) == in_use || (settings.method == Method::Entropy && !design.treated[unit]),
            "weights of the matched",
        )?;
        demand(!design.treated[unit] || weight == f64::from(u8::from(in_use)), "weights of treated units")?;
    }
    let mut sets = std::collections::BTreeMap::<usize, [Vec<usize>; 2]>::new();
    for (unit, set) in out.set.iter().enumerate() {
        if let Some(set) = set {
            sets.entry(*set).or_default()[usize::from(design.treated[unit])].push(unit);
        }
    }
    for members in sets.values() {
        demand(members.iter().all(|m| !m.is_empty()), "sets of both groups")?;
        let first = members[0].first().and_then(|unit| stratum(*unit));
        demand(members.iter().flatten().all(|unit| stratum(*unit) == first), "exact strata")?;
    }
    let controls = || out.weights.iter().zip(&design.treated).filter(|(w, t)| !**t && **w > 0.0).map(|(w, _)| *w);
    let wanted = if settings.method == Method::Entropy {
        design.treated.iter().filter(|t| **t).count()
    } else {
        controls().count()
    } as f64;
    demand((controls().sum::<f64>() - wanted).abs() <= 1e-9 * wanted, "the sum of weights")?;
    if settings.method == Method::Entropy {
        margins(design, &out.weights)?;
    }
    Ok(())
}

/// The weighted controls have the treated units' means.
fn margins(design: &Design, weights: &[f64]) -> Result<(), MatchRefusal> {
    // Constant columns play no part and are remarked on.
    for column in columns(&design.covariates, true).iter().filter(|c| !constant(&c.values)) {
        let mean = |group: bool| {
            let members = || column.values.iter().zip(weights).zip(&design.treated).filter(|(_, t)| **t == group);
            let sum: f64 = members().map(|((_, w), _)| w).sum();
            members().map(|((v, w), _)| v * w).sum::<f64>() / sum
        };
        let scale = mean_and_sd(&column.values).1;
        let off = (mean(true) - mean(false)).abs();
        let largest = column.values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if off > 1e-8 * scale + 1e-12 * largest {
            return Err(MatchRefusal::Broken("the means of the treated units"));
        }
    }
    Ok(())
}
