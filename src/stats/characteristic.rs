//! What units are compared on: numbers and categories.

/// The values of one characteristic, one per unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers.
    Number(Vec<f64>),
    /// Categories.
    Category {
        /// The number of each unit's category.
        codes: Vec<usize>,
        /// The names of the categories.
        levels: Vec<String>,
    },
}

/// A characteristic of units.
#[derive(Debug, Clone, PartialEq)]
pub struct Characteristic {
    /// What it is called.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// A column of a design matrix: a number, or one category as 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The number of the characteristic it belongs to.
    pub characteristic: usize,
    /// The number of the category, for categories.
    pub level: Option<usize>,
    /// The values, one per unit.
    pub values: Vec<f64>,
}

impl Characteristic {
    /// Numbers.
    #[must_use]
    pub fn number(name: &str, values: Vec<f64>) -> Self {
        Self { name: name.to_owned(), values: Values::Number(values) }
    }

    /// Categories from their names; they are put in alphabetical order.
    #[must_use]
    pub fn category(name: &str, labels: &[&str]) -> Self {
        let levels: Vec<&str> = labels.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let codes = labels.iter().map(|label| levels.partition_point(|level| level < label)).collect();
        let levels = levels.into_iter().map(str::to_owned).collect();
        Self { name: name.to_owned(), values: Values::Category { codes, levels } }
    }

    /// Number of units.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Number(values) => values.len(),
            Values::Category { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no unit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first unit whose value is not a finite number, is so large that its square might not be, or has no
    /// category.
    #[must_use]
    pub fn not_usable(&self) -> Option<usize> {
        match &self.values {
            Values::Number(values) => values.iter().position(|v| !usable(*v)),
            Values::Category { codes, levels } => codes.iter().position(|code| *code >= levels.len()),
        }
    }

    /// The characteristic of the units of which `keep` gives the numbers.
    #[must_use]
    pub fn select(&self, keep: &[usize]) -> Self {
        let values = match &self.values {
            Values::Number(values) => Values::Number(keep.iter().map(|i| values[*i]).collect()),
            Values::Category { codes, levels } => {
                Values::Category { codes: keep.iter().map(|i| codes[*i]).collect(), levels: levels.clone() }
            }
        };
        Self { name: self.name.clone(), values }
    }
}

/// The columns of a design matrix: one per number, and one of 0 and 1 per category, without the first category
/// of each characteristic unless `every_level`.
#[must_use]
pub fn columns(characteristics: &[Characteristic], every_level: bool) -> Vec<Column> {
    let mut out = Vec::new();
    for (characteristic, c) in characteristics.iter().enumerate() {
        match &c.values {
            Values::Number(values) => out.push(Column { characteristic, level: None, values: values.clone() }),
            Values::Category { codes, levels } => {
                for level in usize::from(!every_level)..levels.len() {
                    let values = codes.iter().map(|code| f64::from(u8::from(*code == level))).collect();
                    out.push(Column { characteristic, level: Some(level), values });
                }
            }
        }
    }
    out
}

/// Mean and standard deviation (with n - 1) of numbers; the latter is 0 for fewer than two.
#[must_use]
pub(crate) fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, if n < 2.0 { 0.0 } else { (squares / (n - 1.0)).sqrt() })
}

/// Whether a number is finite, and its square too.
#[must_use]
pub(crate) fn usable(value: f64) -> bool {
    value.abs() < 1e140
}

/// Whether all values are the same, up to rounding.
#[must_use]
pub(crate) fn constant(values: &[f64]) -> bool {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    mean_and_sd(values).1 <= 1e-13 * largest.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_become_columns_of_zero_and_one() {
        let c = [Characteristic::number("n", vec![1.0, 2.0, 3.0]), Characteristic::category("c", &["b", "a", "b"])];
        let all = columns(&c, true);
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].values, [0.0, 1.0, 0.0]);
        let reference = columns(&c, false);
        assert_eq!(reference.len(), 2);
        assert_eq!((reference[1].level, &reference[1].values), (Some(1), &vec![1.0, 0.0, 1.0]));
        assert_eq!(c[1].select(&[1]).values, Values::Category { codes: vec![0], levels: vec!["a".into(), "b".into()] });
    }

    #[test]
    fn what_is_not_usable_is_found() {
        for bad in [f64::NAN, f64::INFINITY, -1e200] {
            assert_eq!(Characteristic::number("n", vec![1.0, bad]).not_usable(), Some(1));
        }
        assert_eq!(Characteristic::category("c", &["x"]).not_usable(), None);
    }

    #[test]
    fn rounding_is_no_variation() {
        assert!(constant(&[0.1 + 0.2, 0.3, 0.3]));
        assert!(constant(&[0.0, 1e-200]) && constant(&[]));
        assert!(!constant(&[1e9, 1e9 + 1.0]));
    }
}
