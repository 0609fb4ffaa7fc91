use std::collections::{BTreeMap, HashMap};

use crate::ingest::{Answer, Rating, Register, Survey};
use crate::panel::Units;

/// The level of the dimension `country`, which every respondent belongs to: resonanz reads registers of one
/// country, and none of them names it.
pub const COUNTRY: &str = "DE";

/// One rating question in one wave among the respondents of one level. Only who answered counts.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingResult {
    /// Name of the survey's source.
    pub survey: String,
    /// Wave.
    pub wave: String,
    /// `country`, a dimension of [`Units`] (`land`, `size_class`, `group`, ...), `attribute:` and a column
    /// of the register, or `stratum`.
    pub dimension: String,
    /// Key within the dimension: of the unit, the attribute's text or the stratum.
    pub level: String,
    /// The question: its column as the codebook names it.
    pub question: String,
    /// Respondents who answered.
    pub n: u64,
    /// Σw; `None`, like the others, if it is beyond what a number can hold.
    pub weight_sum: Option<f64>,
    /// Σwa / Σw, in points of the scale.
    pub mean: Option<f64>,
    /// Share of the weights whose answer is one of the two highest points.
    pub top2_share: Option<f64>,
    /// Kish's effective number of respondents, (Σw)² / Σw².
    pub n_effective: Option<f64>,
}

/// The rating questions of a survey by wave, dimension and level, sorted by these and the question as bytes.
///
/// A respondent counts once in the country, in every group of areas that the own area belongs to and in the
/// own stratum; who has no area or stratum is in none. Sums are made in the order of the records.
#[must_use]
pub fn ratings(survey: &Survey, register: &Register, units: &Units) -> Vec<RatingResult> {
    let asked = survey.codebook.iter().enumerate();
    let questions: Vec<(usize, &Rating)> = asked.filter_map(|(at, item)| Some((at, item.rating.as_ref()?))).collect();
    if questions.is_empty() {
        return Vec::new();
    }
    let mut levels = Levels::of(register, units);
    let country = levels.number(Dimension::Named("country"), COUNTRY);
    // By wave, level and question; a level that nobody of the wave belongs to has none.
    let mut sums: BTreeMap<&str, Vec<Vec<Sums>>> = BTreeMap::new();
    for person in &survey.respondents {
        let stratum = Some(person.stratum.as_str()).filter(|stratum| !stratum.is_empty());
        let stratum = stratum.map(|stratum| levels.number(Dimension::Named("stratum"), stratum));
        let of_wave = sums.entry(&person.wave).or_default();
        of_wave.resize_with(levels.numbers.len(), Vec::new);
        let of_area = person.area.and_then(|area| levels.of_area.get(area as usize)).into_iter().flatten();
        for level in of_area.copied().chain([country]).chain(stratum) {
            let sums = &mut of_wave[level];
            sums.resize_with(questions.len(), Sums::default);
            for (sums, (at, rating)) in sums.iter_mut().zip(&questions) {
                if let Answer::Rating(point) = person.answers[*at] {
                    sums.add(person.weight, point, rating.scale);
                }
            }
        }
    }
    let names = levels.names();
    let mut out = Vec::new();
    for (wave, of_wave) in &sums {
        for ((dimension, level), sums) in names.iter().zip(of_wave) {
            for (sums, (_, rating)) in sums.iter().zip(&questions).filter(|(sums, _)| sums.n > 0) {
                out.push(RatingResult {
                    survey: survey.source.clone(),
                    wave: (*wave).to_owned(),
                    dimension: dimension.clone(),
                    level: (*level).to_owned(),
                    question: rating.question.clone(),
                    n: sums.n,
                    weight_sum: finite(sums.weight),
                    mean: finite(sums.points / sums.weight),
                    top2_share: finite(sums.top / sums.weight),
                    n_effective: finite(sums.weight * sums.weight / sums.squares),
                });
            }
        }
    }
    fn key(r: &RatingResult) -> [&str; 4] {
        [&r.wave, &r.dimension, &r.level, &r.question]
    }
    out.sort_by(|a, b| key(a).cmp(&key(b)));
    out
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// What levels are levels of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Dimension<'a> {
    Named(&'a str),
    /// A column of the register.
    Attribute(&'a str),
}

/// The levels that a respondent can belong to, by number.
struct Levels<'a> {
    numbers: HashMap<(Dimension<'a>, &'a str), usize>,
    /// For every area the levels that it belongs to, each once.
    of_area: Vec<Vec<usize>>,
}

impl<'a> Levels<'a> {
    fn of(register: &'a Register, units: &'a Units) -> Self {
        let mut levels = Self { numbers: HashMap::new(), of_area: vec![Vec::new(); register.areas().len()] };
        // All areas together are the country, which has the respondents without an area too.
        for (_, unit) in units.groups().filter(|(_, unit)| unit.dimension != "all") {
            let number = levels.number(Dimension::Named(unit.dimension), &unit.key);
            unit.members.iter().for_each(|&area| levels.join(area as usize, number));
        }
        for (at, area) in register.areas().iter().enumerate() {
            for (column, text) in area.attributes.iter().filter(|(_, text)| !text.is_empty()) {
                let number = levels.number(Dimension::Attribute(column), text);
                levels.join(at, number);
            }
        }
        levels
    }

    fn join(&mut self, area: usize, number: usize) {
        if let Some(own) = self.of_area.get_mut(area).filter(|own| !own.contains(&number)) {
            own.push(number);
        }
    }

    fn number(&mut self, dimension: Dimension<'a>, level: &'a str) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry((dimension, level)).or_insert(next)
    }

    /// Dimension and level of each number.
    fn names(&self) -> Vec<(String, &'a str)> {
        let mut out = vec![(String::new(), ""); self.numbers.len()];
        for ((dimension, level), &number) in &self.numbers {
            let dimension = match dimension {
                Dimension::Named(name) => (*name).to_owned(),
                Dimension::Attribute(column) => format!("attribute:{column}"),
            };
            out[number] = (dimension, level);
        }
        out
    }
}

/// What the answers to one question add up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: u64,
    weight: f64,
    squares: f64,
    points: f64,
    top: f64,
}

impl Sums {
    fn add(&mut self, weight: f64, point: i16, [_, high]: [i16; 2]) {
        self.n += 1;
        self.weight += weight;
        self.squares += weight * weight;
        self.points += weight * f64::from(point);
        if point >= high - 1 {
            self.top += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;
    use crate::ingest::spec::QuestionMeasure;
    use crate::ingest::{Area, CodebookItem, Respondent};
    use crate::panel::{GroupSpec, SizeClasses};

    const NONE: Option<i16> = None;

    fn person(wave: &str, area: Option<u32>, stratum: &str, weight: f64, points: [Option<i16>; 2]) -> Respondent {
        let answers = points.map(|point| point.map_or(Answer::None, Answer::Rating)).to_vec();
        Respondent { wave: wave.into(), area, weight, stratum: stratum.into(), psu: String::new(), answers }
    }

    /// Two areas of different Länder and sizes; the second is in the group and has no attribute.
    fn places() -> (Register, Units) {
        let area = |key: &str, land: &str, population, text: &str| Area {
            key: key.into(),
            land: land.into(),
            population: Some(population),
            attributes: [("treated".to_owned(), text.to_owned())].into(),
            ..Area::default()
        };
        let register = Register::new(vec![area("A", "01", 4_000, "1"), area("B", "02", 9_000, "")]);
        let group = GroupSpec { name: "g".into(), title: "G".into(), areas: vec!["B".into()] };
        let classes = SizeClasses::new(vec![5_000]).unwrap();
        let units = Units::build(&register, &classes, &[group], Lang::De).unwrap();
        (register, units)
    }

    fn survey(respondents: Vec<Respondent>) -> Survey {
        let rating = |question: &str| CodebookItem {
            measure: QuestionMeasure::Rating,
            service: None,
            rating: Some(Rating { question: question.into(), scale: [1, 5] }),
        };
        Survey { source: "s".into(), codebook: vec![rating("q1"), rating("q10")], respondents }
    }

    fn results(respondents: Vec<Respondent>) -> Vec<RatingResult> {
        let (register, units) = places();
        ratings(&survey(respondents), &register, &units)
    }

    /// n, Σw, mean, top-2 share and effective n.
    #[track_caller]
    fn is(results: &[RatingResult], [wave, dimension, level, question]: [&str; 4], wanted: (u64, [f64; 4])) {
        let same =
            |r: &&RatingResult| [&r.wave, &r.dimension, &r.level, &r.question] == [wave, dimension, level, question];
        let found = results.iter().find(same).unwrap();
        let numbers = [found.weight_sum, found.mean, found.top2_share, found.n_effective].map(Option::unwrap);
        assert_eq!(found.n, wanted.0);
        let close = numbers.iter().zip(wanted.1).all(|(found, wanted)| (found - wanted).abs() < 1e-12);
        assert!(close, "{dimension} {level}: {numbers:?}");
    }

    #[test]
    fn means_and_shares_are_weighted_and_only_who_answered_counts() {
        let found = results(vec![
            person("1", Some(0), "x", 1.0, [Some(5), NONE]),
            person("1", Some(0), "y", 2.0, [Some(2), NONE]),
            person("1", Some(1), "x", 3.0, [Some(4), Some(1)]),
            person("1", None, "", 4.0, [Some(3), NONE]),
            person("1", Some(1), "x", 100.0, [NONE, NONE]),
            person("2", Some(1), "", 0.5, [Some(1), NONE]),
        ]);
        // By hand: Σw = 10, Σwa = 5 + 4 + 12 + 12 = 33, of these 4 or 5: 1 + 3, Σw² = 1 + 4 + 9 + 16 = 30.
        is(&found, ["1", "country", "DE", "q1"], (4, [10.0, 3.3, 0.4, 100.0 / 30.0]));
        // A alone: Σw = 3, Σwa = 9, Σw² = 5.
        for (dimension, level) in [("land", "01"), ("size_class", "0"), ("attribute:treated", "1")] {
            is(&found, ["1", dimension, level, "q1"], (2, [3.0, 3.0, 1.0 / 3.0, 1.8]));
        }
        for (dimension, level) in [("land", "02"), ("size_class", "1"), ("group", "g")] {
            is(&found, ["1", dimension, level, "q1"], (1, [3.0, 4.0, 1.0, 1.0]));
        }
        // Stratum x: 1 and 3, Σwa = 5 + 12, Σw² = 10.
        is(&found, ["1", "stratum", "x", "q1"], (2, [4.0, 4.25, 1.0, 1.6]));
        // Nobody is in the two highest points: a share of 0, not a missing one.
        is(&found, ["1", "stratum", "y", "q1"], (1, [2.0, 2.0, 0.0, 1.0]));
        is(&found, ["1", "country", "DE", "q10"], (1, [3.0, 1.0, 0.0, 1.0]));
        is(&found, ["2", "land", "02", "q1"], (1, [0.5, 1.0, 0.0, 1.0]));
    }

    #[test]
    fn every_group_has_one_row_and_rows_are_in_byte_order() {
        let found = results(vec![
            person("9", Some(1), "ä", 1.0, [Some(1), Some(2)]),
            person("10", Some(0), "z", 1.0, [Some(1), NONE]),
        ]);
        let keys: Vec<_> = found.iter().map(|r| [&*r.wave, &r.dimension, &r.level, &r.question].join(" ")).collect();
        let wanted = [
            "10 attribute:treated 1 q1",
            "10 country DE q1",
            "10 land 01 q1",
            "10 size_class 0 q1",
            "10 stratum z q1",
            "9 country DE q1",
            "9 country DE q10",
            "9 group g q1",
            "9 group g q10",
            "9 land 02 q1",
            "9 land 02 q10",
            "9 size_class 1 q1",
            "9 size_class 1 q10",
            "9 stratum ä q1",
            "9 stratum ä q10",
        ];
        assert_eq!(keys, wanted);
        assert_eq!(results(vec![person("1", Some(0), "", 1.0, [NONE, NONE])]), [], "nobody answered");
    }

    #[test]
    fn the_two_highest_points_are_those_of_the_scale_and_huge_weights_are_no_number() {
        let mut survey =
            survey(vec![person("1", None, "", 1.0, [Some(9), NONE]), person("1", None, "", 1.0, [Some(8), NONE])]);
        survey.codebook[0].rating = Some(Rating { question: "q1".into(), scale: [0, 10] });
        let (register, units) = places();
        assert_eq!(ratings(&survey, &register, &units)[0].top2_share, Some(0.5));
        survey.respondents.iter_mut().for_each(|person| person.weight = 1e200);
        let found = &ratings(&survey, &register, &units)[0];
        assert_eq!((found.mean, found.weight_sum, found.n_effective), (Some(8.5), Some(2e200), None));
    }
}
