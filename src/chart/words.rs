//! Short texts that pictures, tables and alt texts share.

use super::spec::{Point, Unit};
use crate::domain::{Lang, Text};

/// In place of a missing value.
pub(super) fn no_value(lang: Lang) -> &'static str {
    Text::new("keine Angabe", "no data").get(lang)
}

/// In place of a picture without any value.
pub(super) fn nothing_to_show(lang: Lang) -> &'static str {
    Text::new("Keine Daten für diesen Zeitraum", "No data for this period").get(lang)
}

/// The value, or what stands in its place.
pub(super) fn value(point: &Point, unit: &Unit, lang: Lang) -> String {
    match (point.value, point.missing) {
        (Some(v), _) => unit.format(v, lang),
        (None, Some(missing)) => missing.get(lang).to_owned(),
        (None, None) => no_value(lang).to_owned(),
    }
}

/// [`value`] as it stands in the picture.
pub(super) fn label(point: &Point, unit: &Unit, lang: Lang) -> String {
    point.value.map_or_else(|| value(point, unit, lang), |v| unit.label(v, lang))
}

/// Names the unit where it does not stand at every value.
pub(super) fn caption(unit: &Unit, lang: Lang) -> Option<String> {
    unit.caption().map(|suffix| format!("{} {suffix}", Text::new("Einheit:", "Unit:").get(lang)))
}

/// `34,1 % bis 42,8 %`; a dash where there is no interval.
pub(super) fn limits(limits: Option<(f64, f64)>, unit: &Unit, lang: Lang) -> String {
    limits.map_or_else(
        || "–".to_owned(),
        |(lo, hi)| format!("{} {} {}", unit.format(lo, lang), Text::new("bis", "to").get(lang), unit.format(hi, lang)),
    )
}

/// The given name of an interval, or a general one.
pub(super) fn interval_name(name: &str, lang: Lang) -> String {
    if name.is_empty() { Text::new("Intervall", "Interval").get(lang).to_owned() } else { name.to_owned() }
}
