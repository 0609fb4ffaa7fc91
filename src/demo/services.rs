//! The service catalogue: twelve services that every town knows, and generated ones beyond.

use rand::RngExt;

use super::draw::{Part, chance, normal, stream};
use super::names;

/// A service and how it is asked for.
#[derive(Debug, Clone)]
pub struct Service {
    /// Own key, 5 digits.
    pub key: String,
    /// Name.
    pub name: String,
    /// Theme.
    pub field: &'static str,
    /// Cases per 1,000 inhabitants and year.
    pub per_1000: f64,
    /// Calendar month with most cases, 1 to 12.
    pub peak: f64,
    /// Strength of the season, 0 to 1.
    pub swing: f64,
    /// Share online in the long run in an average place without participation.
    pub plateau: f64,
    /// Usual month of launch, counted from the first month of the window.
    pub rollout: f64,
    /// How cases that are not online divide among paper, counter, phone and mail; 0 = no such channel.
    pub mix: [f64; 4],
    /// The channel (1 to 4) for which deliverers write `x`: it does not exist here.
    pub not_applicable: Option<usize>,
    /// Whether deliverers hide counts of 1 and 2 behind `*`.
    pub suppresses: bool,
    /// Share of places that took it over from another Land.
    pub efa: f64,
}

type Known = (&'static str, &'static str, f64, f64, f64, f64, f64, [f64; 4], f64);

/// Name, theme, cases per 1,000, peak, swing, plateau, rollout, mix, share EfA.
const KNOWN: [Known; 12] = [
    ("Wohnsitzanmeldung", "Bauen & Wohnen", 150.0, 9.0, 0.22, 0.30, 6.0, [0.1, 0.9, 0.0, 0.0], 0.9),
    ("Hundesteuer-Anmeldung", "Steuern & Zoll", 9.0, 5.0, 0.15, 0.38, -14.0, [0.45, 0.3, 0.0, 0.25], 0.3),
    ("Bewohnerparkausweis", "Mobilität & Reisen", 16.0, 10.0, 0.12, 0.42, 1.0, [0.2, 0.6, 0.0, 0.2], 0.2),
    ("Kita-Anmeldung", "Familie & Kind", 12.0, 1.0, 0.45, 0.45, 3.0, [0.55, 0.35, 0.1, 0.0], 0.3),
    ("Führungszeugnis", "Querschnittsleistungen", 30.0, 8.0, 0.15, 0.24, -22.0, [0.05, 0.95, 0.0, 0.0], 0.1),
    ("Eheschließung anmelden", "Familie & Kind", 5.0, 5.0, 0.35, 0.18, 9.0, [0.25, 0.75, 0.0, 0.0], 0.6),
    ("Gewerbeanmeldung", "Unternehmensführung & -entwicklung", 8.0, 1.0, 0.2, 0.43, -25.0, [0.4, 0.4, 0.0, 0.2], 0.7),
    ("Baugenehmigung (digitaler Bauantrag)", "Bauen & Wohnen", 3.5, 4.0, 0.2, 0.33, 8.0, [0.75, 0.1, 0.0, 0.15], 0.8),
    ("Wohngeld", "Bauen & Wohnen", 14.0, 1.0, 0.25, 0.22, 4.0, [0.5, 0.35, 0.0, 0.15], 0.9),
    ("Sperrmüll anmelden", "Umwelt", 140.0, 5.0, 0.3, 0.46, -20.0, [0.25, 0.1, 0.65, 0.0], 0.1),
    ("Geburtsurkunde bestellen", "Familie & Kind", 11.0, 3.0, 0.1, 0.37, 2.0, [0.2, 0.45, 0.1, 0.25], 0.4),
    (
        "Sondernutzung der Straße (Gerüst, Container)",
        "Mobilität & Reisen",
        3.0,
        6.0,
        0.35,
        0.3,
        7.0,
        [0.7, 0.1, 0.0, 0.2],
        0.1,
    ),
];

/// `count` services.
pub(super) fn services(seed: u64, count: usize) -> Vec<Service> {
    (0..count)
        .map(|at| {
            let key = format!("{}", 90_001 + at);
            let Some(known) = KNOWN.get(at) else { return generated(seed, at, key) };
            let (name, field, per_1000, peak, swing, plateau, rollout, mix, efa) = *known;
            Service {
                key,
                name: name.to_owned(),
                field,
                per_1000,
                peak,
                swing,
                plateau,
                rollout,
                mix,
                not_applicable: (at == 7).then_some(3),
                suppresses: at == 5,
                efa,
            }
        })
        .collect()
}

fn generated(seed: u64, at: usize, key: String) -> Service {
    let mut rng = stream(seed, Part::Services, at as u64);
    let (name, field) = names::generated_service(at - KNOWN.len());
    let counter = rng.random_range(0.2..0.6);
    let phone = if chance(&mut rng, 0.25) { 0.15 } else { 0.0 };
    Service {
        key,
        name,
        field,
        per_1000: (1.5 * normal(&mut rng).exp()).clamp(0.1, 40.0),
        peak: f64::from(rng.random_range(1..=12_u8)),
        swing: rng.random_range(0.05..0.4),
        plateau: rng.random_range(0.18..0.46),
        rollout: rng.random_range(-10.0..14.0),
        mix: [1.0 - counter - phone, counter, phone, 0.0],
        not_applicable: None,
        suppresses: false,
        efa: rng.random_range(0.1..0.9),
    }
}
