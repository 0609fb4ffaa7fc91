//! Records that sum up others: counted as a place or a service of its own, everything would count twice.
//!
//! There is no setting that leaves out a record, and none is needed: whatever is translated to
//! [`SUM`] is passed over by the ingest as a sum, with a finding.

use std::collections::{BTreeMap, BTreeSet};

use super::proposal::Proposal;
use super::question::{Desk, OPEN, Question};
use super::table::{Table, whole};
use super::usage;
use super::words::{self, Concept, names};
use crate::Result;
use crate::domain::{Label, say};
use crate::ingest::is_total;

/// What the labels of sums are translated to.
const SUM: &str = "Summe";

impl Proposal {
    /// Leaves out the records of sums, means and shares, and asks about those that only look like one.
    pub(super) fn sums(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let counts: Vec<usize> =
            usage::find(&self.table, &self.found).map(|usage| usage.columns().collect()).unwrap_or_default();
        for field in ["area", "service"] {
            let Some(at) = self.found.column(field) else { continue };
            let names = name_of(field, &self.table, at);
            let labels = labels(&self.table, at, names);
            let says_sum = |(text, name): (&String, &String)| {
                let sum = |text: &str| words::is_sum(text) || (field == "area" && words::is_derived(text));
                sum(text) || sum(name)
            };
            let certain: BTreeSet<String> =
                labels.iter().filter(|label| says_sum(*label)).map(|(text, _)| text.clone()).collect();
            if certain.len() == labels.len() {
                continue;
            }
            self.leave_out(field, at, &certain, false);
            let parents: BTreeSet<String> = labels
                .iter()
                .filter(|(text, _)| !certain.contains(*text))
                .filter(|(text, name)| {
                    words::is_part(text)
                        || field == "area"
                            && (words::is_district(text) || words::is_district(name) || is_parent(text, &labels))
                })
                .map(|(text, _)| text.clone())
                .collect();
            let others = labels.len() - certain.len() - parents.len();
            if !parents.is_empty() && others > 0 && self.sums_up(at, &parents, &counts) {
                self.leave_out(field, at, &parents, true);
            } else {
                let suspects = if others > 0 { parents } else { BTreeSet::new() };
                let alone: Vec<String> = labels
                    .keys()
                    .filter(|text| !certain.contains(*text) && !suspects.contains(*text))
                    .filter(|text| self.sums_up(at, &BTreeSet::from([(*text).clone()]), &counts))
                    .cloned()
                    .collect();
                for text in suspects.into_iter().chain(alone) {
                    self.ask_about(field, at, &text, labels.get(&text).map_or("", String::as_str), desk)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the numbers of `sums` are those of all other records of the same time and kind.
    fn sums_up(&self, label: usize, sums: &BTreeSet<String>, counts: &[usize]) -> bool {
        let keys: Vec<usize> = self.found.columns.iter().map(|(_, at)| *at).filter(|at| *at != label).collect();
        let mut groups: BTreeMap<(Vec<&str>, usize), (f64, f64, usize)> = BTreeMap::new();
        for row in &self.table.rows {
            let of: Vec<&str> = keys.iter().map(|&at| row[at].text.as_str()).collect();
            let is_sum = sums.contains(&row[label].text);
            for &at in counts {
                let Some(value) = whole(&row[at]) else { continue };
                let group = groups.entry((of.clone(), at)).or_default();
                let side = if is_sum { &mut group.0 } else { &mut group.1 };
                *side += value;
                group.2 += usize::from(!is_sum);
            }
        }
        let told = |group: &&(f64, f64, usize)| group.0 > 0.0;
        let several = groups.values().filter(told).any(|group| group.2 > 1);
        several && groups.values().filter(told).all(|(sum, parts, _)| (sum - parts).abs() < 0.5)
    }

    fn ask_about(&mut self, field: &str, at: usize, text: &str, name: &str, desk: &mut Desk<'_>) -> Result<()> {
        let shown = if name.is_empty() || name == text { text.to_owned() } else { format!("{text} {name}") };
        let question = Question::new(
            &format!("sum {text}"),
            &self.spec.name,
            say!(
                "Ist „{shown}“ die Summe anderer Zeilen oder hat es eigene Zahlen?",
                "Is \"{shown}\" the sum of other rows, or has it numbers of its own?"
            ),
        )
        .choice(SUM, "eine Summe: nicht mitzählen", "a sum: leave it out")
        .choice(text, "eigene Zahlen: mitzählen", "numbers of its own: count them");
        let setting = format!("values.{field}");
        let answer = self.settle(desk, &setting, question)?;
        if answer == OPEN || answer == SUM {
            self.table.rows.retain(|row| row[at].text != text);
            self.spec.values.entry(field.to_owned()).or_default().insert(text.to_owned(), answer);
        }
        Ok(())
    }

    fn leave_out(&mut self, field: &str, at: usize, labels: &BTreeSet<String>, proved: bool) {
        if labels.is_empty() {
            return;
        }
        self.table.rows.retain(|row| !labels.contains(&row[at].text));
        for text in labels.iter().filter(|text| !is_total(text)) {
            self.spec.values.entry(field.to_owned()).or_default().insert(text.clone(), SUM.to_owned());
        }
        let (list, header) = (labels.iter().take(8).cloned().collect::<Vec<_>>().join(", "), self.header(at));
        let (de, en) = if proved {
            ("; die Zahlen sind die Summe der übrigen Zeilen", "; the numbers are the sum of the other rows")
        } else {
            ("", "")
        };
        let note = Label::new(
            format!(
                "Nicht mitgezählt, weil kein einzelner Eintrag in „{header}“, sondern eine Zusammenfassung: {list}{de}"
            ),
            format!("left out because no single entry of \"{header}\" but a summary: {list}{en}"),
        );
        let setting =
            if labels.iter().all(|text| is_total(text)) { "columns".to_owned() } else { format!("values.{field}") };
        self.note(&setting, note);
    }
}

/// The column that names the places whose keys are in column `at`.
fn name_of(field: &str, table: &Table, at: usize) -> Option<usize> {
    let named = |column: &usize| {
        *column != at && [Concept::AreaName, Concept::AnyName].iter().any(|c| names(&table.headers[*column], *c) > 1)
    };
    (field == "area").then(|| (0..table.width()).find(named)).flatten()
}

/// The distinct labels, each with the name beside it.
fn labels(table: &Table, at: usize, name: Option<usize>) -> BTreeMap<String, String> {
    let filled = table.rows.iter().filter(|row| !row[at].text.is_empty());
    filled.map(|row| (row[at].text.clone(), name.map(|at| row[at].text.clone()).unwrap_or_default())).collect()
}

/// The digits of a key that its parts begin with; `None` for what is no key.
fn stem(key: &str) -> Option<String> {
    let digits: String = key.chars().filter(|c| *c != ' ').collect();
    if digits.len() < 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Excel takes the leading zero: keys have 2, 3, 5, 8, 9 or 12 digits.
    let digits = if matches!(digits.len(), 4 | 7 | 11) { format!("0{digits}") } else { digits };
    let whole = digits.strip_suffix("000").filter(|_| matches!(digits.len(), 8 | 12)).unwrap_or(&digits);
    let whole = if whole.len() == 9 { whole.strip_suffix("0000").unwrap_or(whole) } else { whole };
    Some(whole.to_owned())
}

/// Whether other keys are parts of `key`: 99001 or 99001000 of 99001001.
fn is_parent(key: &str, labels: &BTreeMap<String, String>) -> bool {
    let Some(own) = stem(key) else { return false };
    let part = |other: &str| stem(other).is_some_and(|other| other.len() > own.len() && other.starts_with(&own));
    own.len() >= 2 && labels.keys().any(|other| part(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parents(keys: &[&str]) -> Vec<String> {
        let labels = keys.iter().map(|key| ((*key).to_owned(), String::new())).collect();
        keys.iter().filter(|key| is_parent(key, &labels)).map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn the_key_of_a_district_is_a_parent_only_beside_its_municipalities() {
        assert_eq!(parents(&["99001", "99001001", "99001002"]), ["99001"]);
        assert_eq!(parents(&["99001000", "99001001"]), ["99001000"]);
        assert_eq!(parents(&["9171", "9171111"]), ["9171"]);
        assert_eq!(parents(&["990010000000", "990015001001"]), ["990010000000"]);
        assert_eq!(parents(&["99002000", "99001001", "99001002"]), Vec::<String>::new(), "a town without a district");
        assert_eq!(parents(&["Abach", "10124"]), Vec::<String>::new());
    }
}
