use super::Repeated;
use crate::domain::{CellState, Channel, Month, Stage, say};
use crate::ingest::{Measure, Scale};
use crate::panel::engine::{Consumer, MonthSum, Numbers};
use crate::{Error, Result, stats};

/// The counts of a row, in this order: forms begun online, submitted online, cases completed online and
/// through all channels, votes of yes-or-no buttons, those that say yes, comments.
pub const MEASURES: usize = 7;

/// The counts of a row, see [`MEASURES`].
pub type Sums = [i64; MEASURES];

const STARTED: usize = 0;
const SUBMITTED: usize = 1;
const COMPLETED: usize = 2;
const ALL: usize = 3;
const VOTES: usize = 4;
const HELPFUL: usize = 5;
const COMMENTS: usize = 6;

/// Rows of one share of the areas, sorted by area, service and month.
#[derive(Debug, Clone, Default)]
pub struct CellRows {
    /// Dense area numbers.
    pub area: Vec<u32>,
    /// Dense service numbers.
    pub service: Vec<u32>,
    /// Months.
    pub month: Vec<Month>,
    /// Counts.
    pub sums: Vec<Sums>,
}

/// The rates of a row; `None` where the denominator is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Cases completed online over all completed.
    pub online_share: Option<f64>,
    /// Cases completed online over forms begun online; may exceed 1.
    pub completion: Option<f64>,
    /// Yes votes over votes.
    pub helpful: Option<f64>,
    /// Wilson limits at 95 % of the share of yes votes.
    pub helpful_limits: Option<(f64, f64)>,
}

impl Rates {
    /// The rates of these counts.
    #[must_use]
    #[inline]
    pub fn of(sums: &Sums) -> Self {
        let ratio = |at: usize, of: usize| (sums[of] != 0).then(|| quotient((sums[at], sums[of])));
        Self {
            online_share: ratio(COMPLETED, ALL),
            completion: ratio(COMPLETED, STARTED),
            helpful: ratio(HELPFUL, VOTES),
            helpful_limits: if sums[VOTES] > 0 { limits((sums[HELPFUL], sums[VOTES])) } else { None },
        }
    }
}

fn quotient((x, n): (i64, i64)) -> f64 {
    x as f64 / n as f64
}

fn limits((x, n): (i64, i64)) -> Option<(f64, f64)> {
    let (x, n) = (u64::try_from(x).ok()?, u64::try_from(n).ok()?);
    stats::wilson_95(x, n).ok().map(|limits| (limits.lower, limits.upper))
}

/// [`Rates`] of many rows.
#[derive(Debug)]
pub struct RepeatedRates {
    /// See [`Rates::online_share`].
    pub online_share: Repeated,
    /// See [`Rates::completion`].
    pub completion: Repeated,
    /// See [`Rates::helpful`].
    pub helpful: Repeated,
}

impl RepeatedRates {
    /// The rates of these counts.
    #[must_use]
    pub fn of(rows: &[Sums]) -> Self {
        let ratios = |at: usize, of: usize| Repeated::of(rows.iter().map(|sums| (sums[at], sums[of])));
        Self {
            online_share: ratios(COMPLETED, ALL),
            completion: ratios(COMPLETED, STARTED),
            helpful: ratios(HELPFUL, VOTES),
        }
    }
}

impl Repeated {
    /// The values of the ratios.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.ratios.iter().map(|&ratio| quotient(ratio)).collect()
    }

    /// Their Wilson limits at 95 %, lower and upper.
    #[must_use]
    pub fn limits(&self) -> (Vec<f64>, Vec<f64>) {
        // Votes that say yes are among the votes: all have limits.
        self.ratios.iter().filter_map(|&ratio| limits(ratio)).unzip()
    }
}

/// Makes rows of settled numbers.
#[derive(Debug, Default)]
pub struct CellBuilder {
    /// The rows so far.
    pub rows: CellRows,
}

/// Behind the counts of a row, see [`MEASURES`]: delivered totals of all channels, which go before their sum, and what
/// makes a row and counts nowhere in it.
const TOTAL: usize = MEASURES;
const NOWHERE: usize = MEASURES + 1;

/// The two counts to which a number is added; `None` for what makes no row.
const fn counts_of(measure: Measure) -> Option<[usize; 2]> {
    Some(match measure {
        Measure::Count(Stage::FormStart, Channel::Online) => [STARTED, NOWHERE],
        Measure::Count(Stage::FormSubmit, Channel::Online) => [SUBMITTED, NOWHERE],
        Measure::Count(Stage::Completed, Channel::Online) => [COMPLETED, ALL],
        Measure::Count(Stage::Completed, Channel::All) => [TOTAL, NOWHERE],
        Measure::Count(Stage::Completed, _) => [ALL, NOWHERE],
        Measure::Feedback(_, Scale::Binary, 1) => [VOTES, HELPFUL],
        Measure::Feedback(_, Scale::Binary, _) => [VOTES, NOWHERE],
        Measure::Comments => [COMMENTS, NOWHERE],
        Measure::Count(..) | Measure::Feedback(..) => [NOWHERE; 2],
        Measure::Work(..) => return None,
    })
}

/// [`counts_of`] by [`Measure::code`].
static COUNTS: [[usize; 2]; 1 << u8::BITS] = {
    let mut out = [[NOWHERE; 2]; 1 << u8::BITS];
    let mut code = 0;
    while let Some(measure) = Measure::of_code(code) {
        if let Some(counts) = counts_of(measure) {
            out[code as usize] = counts;
        }
        code += 1;
    }
    out
};

/// The row that numbers are added to.
#[derive(Default)]
struct Open {
    of: Option<(u32, u32, Month)>,
    sums: [i64; MEASURES + 2],
    has_total: bool,
}

impl Consumer for CellBuilder {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        let mut open = Open::default();
        match numbers {
            Numbers::Sums(sums) => {
                for &MonthSum { key, value, .. } in sums {
                    let month = Month::from_index(key.month_index().cast_signed());
                    self.add(&mut open, (key.area(), key.service(), month), COUNTS[usize::from(key.code())], value)?;
                }
            }
            Numbers::Any(facts) => {
                for fact in facts.iter().filter(|fact| fact.period.months == 1 && fact.state == CellState::Observed) {
                    let Some(counts) = counts_of(fact.measure) else { continue };
                    self.add(&mut open, (fact.area, fact.service, fact.period.start), counts, fact.value)?;
                }
            }
        }
        self.close(&open)
    }
}

/// The largest count of one area, service and month, 34 billion: 2^28 rows of it, more than there can be of
/// areas, services and months together, fit into 64 bits.
const LARGEST: i64 = 1 << 35;

impl CellBuilder {
    /// With the room that `rows` have, and at least that for the rows of so many plain facts: usually several of them
    /// make a row.
    #[must_use]
    pub fn for_facts(facts: usize, rows: CellRows) -> Self {
        let CellRows { mut area, mut service, mut month, mut sums } = rows;
        let rows = facts / 2;
        area.clear();
        area.reserve_exact(rows);
        service.clear();
        service.reserve_exact(rows);
        month.clear();
        month.reserve_exact(rows);
        sums.clear();
        sums.reserve_exact(rows);
        Self { rows: CellRows { area, service, month, sums } }
    }

    /// Adds a number to two counts of a row, a new one if it is not that of the number before.
    #[inline(always)]
    fn add(&mut self, open: &mut Open, of: (u32, u32, Month), [first, second]: [usize; 2], value: i64) -> Result<()> {
        if open.of != Some(of) {
            self.close(open)?;
            *open = Open { of: Some(of), ..Open::default() };
        }
        open.has_total |= first == TOTAL;
        for at in [first, second] {
            open.sums[at] = open.sums[at].saturating_add(value);
        }
        Ok(())
    }

    #[inline(always)]
    fn close(&mut self, open: &Open) -> Result<()> {
        let Some((area, service, month)) = open.of else { return Ok(()) };
        let [mut sums @ .., total, _] = open.sums;
        if open.has_total {
            sums[ALL] = total;
        }
        self.rows.area.push(area);
        self.rows.service.push(service);
        self.rows.month.push(month);
        self.rows.sums.push(sums);
        if sums.iter().any(|&sum| sum > LARGEST) { Err(overflow()) } else { Ok(()) }
    }
}

fn overflow() -> Error {
    Error::input(say!(
        "[tables]: Die Zahlen eines Gebiets in einem Monat sind größer als 34 Milliarden",
        "[tables]: the counts of an area in a month are above 34 billion"
    ))
}

impl CellRows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.area.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::month;
    use super::*;
    use crate::domain::Period;
    use crate::ingest::{Fact, FactKey, FeedbackPlace};

    const ONLINE: Measure = Measure::Count(Stage::Completed, Channel::Online);
    const PAPER: Measure = Measure::Count(Stage::Completed, Channel::Paper);
    const TOTAL: Measure = Measure::Count(Stage::Completed, Channel::All);

    fn fact(number: i32, measure: Measure, value: i64) -> Fact {
        let (period, state) = (Period::month(month(number)), CellState::Observed);
        Fact { area: 4, service: 2, period, measure, state, value, source: 0 }
    }

    /// Month and sums of the rows of one pair.
    fn built(facts: &[Fact]) -> Vec<(Month, Sums)> {
        let mut builder = CellBuilder::default();
        builder.pair(Numbers::Any(facts)).unwrap();
        let rows = builder.rows;
        assert!(rows.area.iter().all(|&area| area == 4) && rows.service.iter().all(|&service| service == 2));
        assert_eq!((rows.len(), rows.is_empty()), (rows.sums.len(), rows.sums.is_empty()));
        rows.month.into_iter().zip(rows.sums).collect()
    }

    #[test]
    fn a_delivered_total_of_all_channels_goes_before_the_sum() {
        let facts = [
            fact(1, ONLINE, 3),
            fact(1, PAPER, 5),
            fact(1, TOTAL, 20),
            // The total of January is not that of February, nor that of the next pair.
            fact(2, ONLINE, 3),
            fact(2, PAPER, 5),
            fact(3, TOTAL, 0),
        ];
        let wanted = [(month(1), [0, 0, 3, 20, 0, 0, 0]), (month(2), [0, 0, 3, 8, 0, 0, 0]), (month(3), [0; MEASURES])];
        assert_eq!(built(&facts), wanted);
        let mut builder = CellBuilder::for_facts(9, CellRows::default());
        builder.pair(Numbers::Any(&facts[..3])).unwrap();
        builder.pair(Numbers::Any(&[Fact { service: 3, ..facts[3] }])).unwrap();
        assert_eq!((builder.rows.service, builder.rows.sums[1]), (vec![2, 3], [0, 0, 3, 3, 0, 0, 0]));
    }

    /// Totals of several sources are one number each.
    #[test]
    fn numbers_of_several_sources_add_up() {
        let other = Fact { source: 1, ..fact(1, TOTAL, 7) };
        let facts = [fact(1, ONLINE, 1), Fact { source: 1, ..fact(1, ONLINE, 2) }, fact(1, TOTAL, 20), other];
        assert_eq!(built(&facts), [(month(1), [0, 0, 3, 27, 0, 0, 0])]);
    }

    #[test]
    fn stages_and_channels_are_not_mixed() {
        let facts = [
            fact(1, Measure::Count(Stage::Visit, Channel::Online), 100),
            fact(1, Measure::Count(Stage::FormStart, Channel::Online), 10),
            fact(1, Measure::Count(Stage::FormStart, Channel::All), 90),
            fact(1, Measure::Count(Stage::FormSubmit, Channel::Online), 4),
            fact(1, Measure::Count(Stage::FormSubmit, Channel::Paper), 80),
            fact(1, Measure::Count(Stage::Completed, Channel::Mail), 2),
            fact(1, Measure::Count(Stage::CaseTotal, Channel::All), 70),
        ];
        assert_eq!(built(&facts), [(month(1), [10, 4, 0, 2, 0, 0, 0])]);
    }

    #[test]
    fn votes_are_those_of_two_answers() {
        let vote = |scale, answer, n| fact(1, Measure::Feedback(FeedbackPlace::Page, scale, answer), n);
        let facts = [
            vote(Scale::Binary, 1, 2),
            vote(Scale::Binary, 3, 1),
            vote(Scale::ThreeWay, 1, 50),
            vote(Scale::Stars, 1, 60),
            fact(1, Measure::Comments, 1),
        ];
        assert_eq!(built(&facts), [(month(1), [0, 0, 0, 0, 3, 2, 1])]);
    }

    #[test]
    fn longer_spans_and_unknown_numbers_make_no_row() {
        let quarter = Fact { period: Period::span(month(1), 3), ..fact(1, ONLINE, 30) };
        let unknown = Fact { state: CellState::NotProvided, value: 0, ..fact(4, ONLINE, 0) };
        assert_eq!(built(&[quarter, unknown]), []);
        assert_eq!(built(&[quarter, fact(2, PAPER, 1), unknown]), [(month(2), [0, 0, 0, 1, 0, 0, 0])]);
    }

    #[test]
    fn a_count_that_sums_might_not_hold_is_refused() {
        let pair = |facts: &[Fact]| CellBuilder::default().pair(Numbers::Any(facts)).map_err(|error| error.to_string());
        assert_eq!(pair(&[fact(1, ONLINE, LARGEST)]), Ok(()));
        let above = Err("[tables]: the counts of an area in a month are above 34 billion".to_owned());
        assert_eq!(pair(&[fact(1, ONLINE, LARGEST), fact(1, PAPER, 1), fact(2, PAPER, 1)]), above);
        assert_eq!(pair(&[fact(1, TOTAL, LARGEST + 1)]), above);
        assert_eq!(pair(&[fact(1, ONLINE, i64::MAX), fact(1, PAPER, 1)]), above);
    }

    proptest! {
        /// Sums by the number of their measure come to the same rows as facts.
        #[test]
        fn sums_are_counted_like_facts(sums in proptest::collection::vec((0i32..3, 0u8..128, 0i64..1 << 30), 0..60)) {
            let mut sums: Vec<MonthSum> = sums
                .into_iter()
                .filter_map(|(number, code, value)| {
                    let period = Period::month(month(number));
                    let key = FactKey::of(4, 2, period, Measure::of_code(code)?)?;
                    Some(MonthSum { key, source: 0, value })
                })
                .collect();
            sums.sort_by_key(|sum| sum.key);
            let facts: Vec<Fact> = Numbers::Sums(&sums).facts().collect();
            prop_assert_eq!(facts.len(), sums.len());
            let mut builder = CellBuilder::default();
            builder.pair(Numbers::Sums(&sums)).unwrap();
            prop_assert!(builder.rows.area.iter().all(|&area| area == 4));
            prop_assert!(builder.rows.service.iter().all(|&service| service == 2));
            prop_assert_eq!(builder.rows.month.into_iter().zip(builder.rows.sums).collect::<Vec<_>>(), built(&facts));
        }
    }

    #[test]
    fn rates_are_missing_without_a_denominator() {
        assert_eq!(Rates::of(&[0; MEASURES]), Rates::default());
        let rates = Rates::of(&[2, 0, 3, 4, 1, 0, 0]);
        assert_eq!((rates.online_share, rates.completion, rates.helpful), (Some(0.75), Some(1.5), Some(0.0)));
        // z^2 / (1 + z^2) with z = 1.96.
        let (lower, upper) = rates.helpful_limits.unwrap();
        assert!(lower == 0.0 && (upper - 0.793_450_685_622_762_6).abs() < 1e-12, "{lower} {upper}");
    }
}
