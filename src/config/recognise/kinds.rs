//! Which columns a kind of source would read, and how well they fit.

use super::table::{self, Cell, Table};
use super::words::{self, Concept, names};
use crate::ingest::looks_personal;
use crate::ingest::spec::SourceKind;

/// What the cells of a field must look like.
#[derive(Debug, Clone, Copy)]
enum Cells {
    Any,
    Text,
    Number,
    Date,
    Period,
    Key,
    /// Anything but channels.
    NoChannel,
}

struct Field {
    name: &'static str,
    /// In the order of preference.
    concepts: &'static [Concept],
    points: u32,
    cells: Cells,
}

const fn field(name: &'static str, concepts: &'static [Concept], points: u32, cells: Cells) -> Field {
    Field { name, concepts, points, cells }
}

const AREA: Field = field("area", &[Concept::AreaKey, Concept::AreaName, Concept::AnyKey], 2, Cells::Key);
const SERVICE: Field =
    field("service", &[Concept::ServiceKey, Concept::ServiceName, Concept::AnyKey], 2, Cells::NoChannel);
const PERIOD: Field =
    field("period", &[Concept::Period, Concept::Received, Concept::Date, Concept::Year], 2, Cells::Period);

/// The fields of a kind, the ones that tell it apart from others first.
fn fields(kind: SourceKind) -> &'static [Field] {
    match kind {
        SourceKind::Register => {
            const {
                &[
                    AREA,
                    field("population", &[Concept::Population], 5, Cells::Number),
                    field("area_km2", &[Concept::Km2], 3, Cells::Number),
                    field("urbanity", &[Concept::Urbanity], 3, Cells::Text),
                    field("name", &[Concept::AreaName, Concept::AnyName], 1, Cells::Text),
                    field("land", &[Concept::Land], 1, Cells::Any),
                    field("kreis", &[Concept::Kreis], 1, Cells::Any),
                    field("type", &[Concept::Type], 1, Cells::Any),
                ]
            }
        }
        SourceKind::Territory => &[],
        SourceKind::Services => {
            const {
                &[
                    field("service", &[Concept::ServiceKey, Concept::AnyKey], 3, Cells::Any),
                    field("field", &[Concept::Field], 3, Cells::Text),
                    field("name", &[Concept::ServiceName, Concept::AnyName], 2, Cells::Text),
                ]
            }
        }
        SourceKind::Offer => {
            const {
                &[
                    AREA,
                    SERVICE,
                    field("live_from", &[Concept::LiveFrom], 4, Cells::Date),
                    field("live_to", &[Concept::LiveTo], 3, Cells::Date),
                    field("owed", &[Concept::Owed], 4, Cells::Any),
                    field("maturity", &[Concept::Maturity], 4, Cells::Any),
                    field("maturity_model", &[Concept::MaturityModel], 2, Cells::Any),
                    field("platform", &[Concept::Platform], 2, Cells::Text),
                    field("efa", &[Concept::Efa], 3, Cells::Any),
                ]
            }
        }
        SourceKind::Usage => {
            const {
                &[
                    AREA,
                    SERVICE,
                    PERIOD,
                    field("channel", &[Concept::Channel], 3, Cells::Text),
                    field("stage", &[Concept::Stage], 1, Cells::Text),
                    field("id", &[Concept::CaseId], 1, Cells::Any),
                ]
            }
        }
        SourceKind::Feedback => {
            const {
                &[
                    field("value", &[Concept::Rating], 6, Cells::Any),
                    field("comment", &[Concept::Comment], 3, Cells::Any),
                    field("time", &[Concept::Date, Concept::Received, Concept::Period], 2, Cells::Period),
                    AREA,
                    SERVICE,
                    field("id", &[Concept::CaseId, Concept::Respondent], 1, Cells::Any),
                ]
            }
        }
        SourceKind::Survey => {
            const {
                &[
                    field("respondent", &[Concept::Respondent, Concept::CaseId], 3, Cells::Any),
                    field("wave", &[Concept::Wave], 3, Cells::Any),
                    field("weight", &[Concept::Weight], 3, Cells::Number),
                    field("stratum", &[Concept::Stratum], 3, Cells::Any),
                    field("psu", &[Concept::Psu], 2, Cells::Any),
                    field("area", &[Concept::AreaKey], 1, Cells::Key),
                ]
            }
        }
        SourceKind::Events => {
            const {
                &[
                    AREA,
                    SERVICE,
                    field("kind", &[Concept::EventKind], 3, Cells::Text),
                    field("from", &[Concept::From], 3, Cells::Date),
                    field("to", &[Concept::To], 4, Cells::Date),
                    field("cost", &[Concept::Cost], 3, Cells::Number),
                    field("label", &[Concept::Label], 1, Cells::Text),
                ]
            }
        }
        SourceKind::Work => {
            const {
                &[
                    AREA,
                    SERVICE,
                    PERIOD,
                    field("channel", &[Concept::Channel], 2, Cells::Text),
                    field("handling_minutes", &[Concept::Minutes], 6, Cells::Number),
                    field("throughput_days", &[Concept::Days], 6, Cells::Number),
                    field("queries", &[Concept::Queries], 6, Cells::Number),
                    field("rekeyed", &[Concept::Rekeyed], 6, Cells::Number),
                    field("n", &[Concept::Count], 1, Cells::Number),
                ]
            }
        }
        SourceKind::Targets => {
            const {
                &[
                    AREA,
                    SERVICE,
                    field("measure", &[Concept::Measure], 6, Cells::Text),
                    field("value", &[Concept::TargetValue], 3, Cells::Any),
                    field("date", &[Concept::TargetDate], 2, Cells::Date),
                    field("label", &[Concept::Label], 1, Cells::Text),
                ]
            }
        }
    }
}

/// Without one of each group a table is not of this kind.
fn needed(kind: SourceKind) -> &'static [&'static [&'static str]] {
    match kind {
        SourceKind::Register => &[&["area"], &["population", "area_km2", "urbanity", "name"]],
        // Never proposed: two keys and a date are also those of other tables.
        SourceKind::Territory => &[&["from"]],
        SourceKind::Services => &[&["service"], &["name", "field"]],
        SourceKind::Offer => &[&["live_from", "owed", "maturity", "efa"]],
        SourceKind::Usage => &[],
        SourceKind::Feedback => &[&["value"]],
        SourceKind::Survey => &[&["respondent"]],
        SourceKind::Events => &[&["kind"], &["from"]],
        SourceKind::Work => &[&["handling_minutes", "throughput_days", "queries", "rekeyed"], &["n"]],
        SourceKind::Targets => &[&["measure"], &["value"], &["date"]],
    }
}

/// The columns that a kind of source would read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Assigned {
    /// Field and column.
    pub columns: Vec<(&'static str, usize)>,
    /// How well they fit; 0 if a needed one is missing.
    pub points: u32,
}

impl Assigned {
    pub(super) fn column(&self, field: &str) -> Option<usize> {
        self.columns.iter().find(|(name, _)| *name == field).map(|(_, at)| *at)
    }

    pub(super) fn uses(&self, at: usize) -> bool {
        self.columns.iter().any(|(_, column)| *column == at)
    }
}

fn looks(table: &Table, at: usize, cells: Cells) -> bool {
    let year = |cell: &Cell| cell.text.len() == 4 && cell.text.starts_with("20");
    let month = |cell: &Cell| cell.text.parse::<u32>().is_ok_and(|n| (1..=12).contains(&n));
    match cells {
        Cells::Any => true,
        Cells::Text => table.mostly(at, |cell| !table::numeric(cell)).unwrap_or(true),
        Cells::Number => table.is_number(at),
        Cells::Date => table.mostly(at, |cell| table::is_date(cell) || table::is_month(cell)).unwrap_or(true),
        Cells::Period => table.mostly(at, |cell| table::is_period(cell) || year(cell) || month(cell)).unwrap_or(false),
        Cells::NoChannel => table.mostly(at, |cell| words::is_channel(&cell.text)) != Some(true),
        // Keys of another country, or names: any text, but no count.
        Cells::Key => table.mostly(at, |cell| table::is_area_key(cell) || !table::numeric(cell)).unwrap_or(true),
    }
}

/// Whether nothing but personal data stands in a column.
pub(super) fn is_personal(table: &Table, at: usize, per_person: bool) -> bool {
    let address = |cell: &Cell| cell.text.contains('@') && !cell.text.contains(' ');
    looks_personal(&table.headers[at], per_person) || table.mostly(at, address) == Some(true)
}

/// The columns of `table` as the fields of `kind`.
pub(super) fn assign(kind: SourceKind, table: &Table) -> Assigned {
    let mut out = Assigned::default();
    for field in fields(kind) {
        let best = (0..table.width())
            .filter(|&at| !out.uses(at) && looks(table, at, field.cells))
            .filter_map(|at| {
                let fits = field.concepts.iter().zip((1u8..=9).rev()).map(|(concept, rank)| {
                    // `Name des Kindes` is no name of a town.
                    let fit = names(&table.headers[at], *concept);
                    if fit == 0 { 0 } else { fit * 10 + rank }
                });
                fits.max().filter(|fit| *fit >= 20).map(|fit| (fit, at))
            })
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        if let Some((_, at)) = best {
            out.columns.push((field.name, at));
            out.points += field.points;
        }
    }
    // A column of official keys is one whatever it is called.
    if out.column("area").is_none()
        && fields(kind).iter().any(|field| field.name == "area")
        && let Some(at) = (0..table.width()).find(|&at| {
            !out.uses(at)
                && !names_something_else(&table.headers[at])
                && table.mostly(at, table::is_area_key) == Some(true)
        })
    {
        out.columns.push(("area", at));
        out.points += 1;
    }
    // And so is a column of nothing but channels.
    if out.column("channel").is_none()
        && fields(kind).iter().any(|field| field.name == "channel")
        && let Some(at) = (0..table.width())
            .find(|&at| !out.uses(at) && table.mostly(at, |cell| words::is_channel(&cell.text)) == Some(true))
    {
        out.columns.push(("channel", at));
        out.points += 1;
    }
    let has = |group: &&[&str]| group.iter().any(|field| out.column(field).is_some());
    if !needed(kind).iter().all(has) {
        out.points = 0;
    }
    out.points += bonus(kind, table, &out);
    out
}

fn names_something_else(header: &str) -> bool {
    [Concept::CaseId, Concept::Count, Concept::Population, Concept::ServiceKey, Concept::Respondent, Concept::Cost]
        .iter()
        .any(|concept| names(header, *concept) > 1)
        || looks_personal(header, true)
}

/// What speaks for or against a kind beyond its fields.
fn bonus(kind: SourceKind, table: &Table, found: &Assigned) -> u32 {
    if found.points == 0 {
        return 0;
    }
    match kind {
        SourceKind::Survey => {
            let marks = table.headers.iter().filter(|h| names(h, Concept::SurveyMark) == 3).count();
            let codes = table.headers.iter().filter(|h| is_question_code(h) || words::question(h).is_some()).count();
            u32::try_from(marks * 3 + codes.min(4) * 2).unwrap_or(0)
        }
        SourceKind::Events => {
            let kind = found.column("kind");
            let known = |at| table.mostly(at, |cell: &Cell| words::event(&cell.text).is_some()) == Some(true);
            if kind.is_some_and(known) { 5 } else { 0 }
        }
        SourceKind::Feedback => {
            let answers = |cell: &Cell| words::answer(&cell.text).is_some() || stars(&cell.text).is_some();
            let known = found.column("value").is_some_and(|at| table.mostly(at, answers) == Some(true));
            if known { 3 } else { 0 }
        }
        _ => 0,
    }
}

/// `F1`, `Q12`, `F4[SQ001]`, `G1Q2`: what survey tools call a question.
pub(super) fn is_question_code(header: &str) -> bool {
    let code = header.split('[').next().unwrap_or(header);
    let code = code.split('_').next().unwrap_or(code);
    let mut chars = code.chars();
    matches!(chars.next(), Some('F' | 'Q' | 'G' | 'f' | 'q' | 'g'))
        && code.len() <= 7
        && code.ends_with(|c: char| c.is_ascii_digit())
}

/// The stars that a cell of a feedback export means: `4`, `4,0`, `4 Sterne`, `★★★★`.
pub(super) fn stars(text: &str) -> Option<u8> {
    let drawn = text.chars().filter(|c| matches!(c, '★' | '⭐')).count();
    let empty = text.chars().all(|c| matches!(c, '★' | '⭐' | '☆' | '\u{fe0f}'));
    if drawn > 0 && empty {
        return u8::try_from(drawn).ok().filter(|n| *n <= 5);
    }
    let first = text.split([' ', ',', '.', '/']).next()?;
    let rest = text[first.len()..].trim_matches([' ', ',', '.', '/']);
    let plain = rest.is_empty()
        || rest == "0"
        || rest == "5"
        || words::plain(rest).starts_with("stern")
        || rest.starts_with("star");
    first.parse::<u8>().ok().filter(|n| (1..=5).contains(n) && plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_read_in_every_form() {
        for (text, wanted) in
            [("4", Some(4)), ("4,0", Some(4)), ("4 Sterne", Some(4)), ("★★★☆☆", Some(3)), ("5/5", Some(5))]
        {
            assert_eq!(stars(text), wanted, "{text}");
        }
        for text in ["6", "ja", "3,5 km", "", "4 Kinder"] {
            assert_eq!(stars(text), None, "{text}");
        }
    }

    #[test]
    fn question_codes_are_told_from_words() {
        assert!(is_question_code("F1") && is_question_code("G1Q2") && is_question_code("F4[SQ001]"));
        assert!(!is_question_code("Fälle") && !is_question_code("Gemeinde") && !is_question_code("Q"));
    }
}
