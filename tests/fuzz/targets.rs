//! What is fed: one target per parser, all through the public interface.

use std::fs;
use std::path::Path;

use polars::prelude::{Column, DataFrame, ParquetWriter};
use rand::RngExt;
use resonanz::config::Project;
use resonanz::domain::{Lang, Month, Period, format_count, parse_date, parse_period};
use resonanz::ingest::{Code, Ingested, parse_count, parse_decimal};
use resonanz::kpi::{self, Periods};
use resonanz::panel::{Panel, Units};
use resonanz::{Error, ErrorKind};

use super::engine::{Damage, Target, Verdict};
use super::packed;
use super::routes::{LONG, LONG_SEED, Route, dialects, kinds, registers, wide};

/// The longest message that is still one clear message.
const LONGEST_MESSAGE: usize = 4_000;

/// Every target; `folder` is where the file targets put their files.
pub fn all(folder: &Path) -> Vec<Target> {
    let mut out = vec![numbers(), periods(), configuration(folder), figures(folder)];
    out.extend(tables(folder));
    out
}

fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

fn plainly(damage: &mut Damage, input: &[u8], other: &[u8]) -> Vec<u8> {
    damage.apply(input, other)
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

// --- Numbers, dates, periods ---------------------------------------------------------------------

fn numbers() -> Target {
    Target {
        name: "numbers",
        seeds: texts(&[
            "0",
            "1.234",
            "1.234,5",
            "1,234.50",
            "-3",
            "12,0",
            "1\u{a0}234\u{202f}567",
            "1'234",
            "9223372036854775807",
            "9.223.372.036.854.775.808",
            "1e3",
            "\u{2212}5",
            "\u{feff}7 ",
            "NaN",
            "inf",
            "k. A.",
            "12 %",
            "١٢",
        ]),
        words: &[".", ",", "000", "999", "\u{2019}", "e+", "E-9", "0x", "nan", "inf", "Mio.", "€"],
        damage: plainly,
        run: Box::new(|input| {
            let text = String::from_utf8_lossy(input);
            let bits = input.iter().take(8).fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
            let mut how = String::new();
            for decimal in [',', '.'] {
                let count = parse_count(&text, None, decimal);
                let number = parse_decimal(&text, decimal);
                if let Ok(count) = count {
                    demand(count >= 0, || format!("a count below zero: {count}"))?;
                    for (lang, sign) in [(Lang::De, ','), (Lang::En, '.')] {
                        let again = parse_count(&format_count(count, lang), None, sign);
                        demand(again == Ok(count), || format!("{count} reads back as {again:?}"))?;
                    }
                    let near = number.map(|number| (number - count as f64).abs() <= count as f64 * 1e-15);
                    demand(near == Ok(true), || format!("{text:?} is the count {count} and the number {number:?}"))?;
                }
                let finite = number.map_or(true, f64::is_finite);
                demand(finite, || format!("{text:?} is {number:?}"))?;
                how += &format!("{:?} {:?} ", count.map(|_| 0), number.map(|_| 0));
            }
            let typed = f64::from_bits(bits);
            let count = parse_count("", Some(typed), ',');
            let exact = count.map_or(true, |count| (count as f64 - typed).abs() <= typed.abs() * 1e-15);
            demand(exact, || format!("the number {typed:e} counts {count:?}"))?;
            Ok(format!("{how}{:?}", count.map(|_| 0)))
        }),
    }
}

fn periods() -> Target {
    Target {
        name: "periods",
        seeds: texts(&[
            "2025-03",
            "03/2025",
            "3.2025",
            "202503",
            "März 2025",
            "Mrz. 2025",
            "2025 March",
            "2025-Q1",
            "Q4/2025",
            "2025Q2",
            "IV. Quartal 2025",
            "2. Halbjahr 2025",
            "2025-H1",
            "2025",
            "2023-2024",
            "2023/24",
            "14.03.2025",
            "2025-03-14T09:30:00.123Z",
            "2020-01-31 00:00:00",
            "2025-W53",
            "2025-KW14",
            "29.02.2024",
            "31.12.9999",
            "0000-01-01",
        ]),
        words: &[
            "Januar", "Dez.", "Sept", "Quartal", "Halbjahr", "Q", "KW", "W", "H", "II", "T", "Z", ":", "00:00",
            "23:59:60", "1900", "2199", "0001", "9999", "13", "-02-30",
        ],
        damage: plainly,
        run: Box::new(|input| {
            let text = String::from_utf8_lossy(input);
            let date = parse_date(&text);
            if let Ok(date) = date {
                let again = parse_date(&date.format("%Y-%m-%d").to_string());
                demand(again == Ok(date), || format!("{date} reads back as {again:?}"))?;
            }
            let from = input.first().map(|byte| u32::from(byte % 12) + 1);
            let period = parse_period(&text, from);
            if let Ok(period) = period {
                demand(period.months >= 1 && period.start <= period.end(), || format!("{text:?} is {period:?}"))?;
                demand(period.contains(period) && period.day <= 31, || format!("{text:?} is {period:?}"))?;
                let again = read_back(period);
                demand(again.is_none_or(|again| again == period), || format!("{period:?} reads back as {again:?}"))?;
            }
            Ok(format!("{:?} {:?}", date.map(|_| 0), period.map(|period| (period.months, period.day > 0))))
        }),
    }
}

/// The period as one would write it, read again.
fn read_back(period: Period) -> Option<Period> {
    let Period { start, months, day } = period;
    let text = match months {
        1 if day > 0 => format!("{start}-{day:02}"),
        1 => start.to_string(),
        3 if start.number() % 3 == 1 => format!("{}. Quartal {}", start.number().div_ceil(3), start.year()),
        6 if start.number() % 6 == 1 => format!("{}-H{}", start.year(), start.number().div_ceil(6)),
        12 if start.number() == 1 => start.year().to_string(),
        12 => format!("{}-{}", start.year(), start.year() + 1),
        _ => return None,
    };
    parse_period(&text, Some(start.number())).ok()
}

// --- Configuration -------------------------------------------------------------------------------

fn configuration(folder: &Path) -> Target {
    let base = folder.to_path_buf();
    Target {
        name: "configuration",
        seeds: texts(&[
            include_str!("seeds/project.toml"),
            "schema_version = 1\n[project]\nname = \"T\"\n",
            "schema_version = 1\n[project]\nname = \"T\"\nlanguage = \"fr\"\n[period]\nmonths = -1\n",
            "schema_version = 1\nx = [[[[[[[[[1]]]]]]]]]\ny = { a = { b = { c = 1 } } }\nz = 1979-05-27T07:32:00Z\n",
            "schema_version = 1\n[[comparison]]\nname = \"a\"\ntitle = \"b\"\nevent = \"x\"\ntiming = \"before_launch\"\n",
        ]),
        words: &[
            "[[source]]\n",
            "[[source.wide]]\n",
            "[[source.question]]\n",
            "[[group]]\n",
            "[[comparison]]\n",
            "[report]\n",
            "[project]\n",
            "[size_classes]\n",
            "bounds = ",
            "months = ",
            "until = ",
            "files = ",
            "columns = ",
            "dialect = { ",
            "pattern = ",
            "\"\"\"",
            "'''",
            "\\u{110000}",
            "\\uD800",
            "1979-05-27",
            "inf",
            "nan",
            "0x",
            "true",
            "[[[[[[",
            "{ a = ",
            "a.b.c = 1",
            "= ",
            "register",
            "services",
            "usage",
            "layout = \"wide\"",
            "header_row = ",
            "error_budget = ",
            "business_year_from = ",
            "areas = ",
            "= \"\u{e4}\"",
        ],
        damage: |damage, input, other| {
            let mut bytes = damage.apply(input, other);
            if damage.one_in(20) {
                let deep = damage.rng.random_range(100..20_000);
                let opening: &[u8] = if damage.one_in(2) { b"[" } else { b"{a=" };
                bytes.extend_from_slice(b"\ndeep = ");
                bytes.extend(opening.repeat(deep));
            }
            bytes
        },
        run: Box::new(move |input| {
            let text = String::from_utf8_lossy(input);
            match Project::parse(&text, &base) {
                Ok(project) => {
                    demand(project.sources.len() >= 2 && (1..=120).contains(&project.months), || {
                        "an impossible project".into()
                    })?;
                    Ok(format!("ok {}", project.sources.len()))
                }
                Err(error) => {
                    demand(error.kind() == ErrorKind::Config, || format!("not of kind Config: {error}"))?;
                    clear(&error)
                }
            }
        }),
    }
}

/// An error with a message in both languages that a person can read; how it begins.
fn clear(error: &Error) -> Verdict {
    for lang in [Lang::De, Lang::En] {
        let message = error.message(lang);
        demand(!message.trim().is_empty(), || "an error without a message".into())?;
        let length = error.hints().iter().map(|hint| hint.get(lang).len()).sum::<usize>() + message.len();
        demand(length <= LONGEST_MESSAGE, || {
            format!("an error of bytes: {}: length {length}", message.chars().take(300).collect::<String>())
        })?;
    }
    demand(error.kind() != ErrorKind::Internal, || format!("an internal error: {error}"))?;
    // What is quoted differs from input to input.
    let said: String = error.to_string().split(['`', '"']).step_by(2).collect();
    Ok(said.chars().filter(|c| c.is_ascii_lowercase() || *c == ' ').take(60).collect())
}

// --- Files ---------------------------------------------------------------------------------------

const HEAD: &str = r#"schema_version = 1
[project]
name = "Probe"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", name = "Name", population = "Einwohner" }
[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "OZG-ID", name = "Leistung" }
[[source]]
name = "probe"
error_budget = 1.0
"#;

const REGISTER: &str = "AGS;Name;Einwohner\n99001001;Aheim;4.000\n99001002;Bördorf;0\n01001000;Ceburg;\n";
const SERVICES: &str = "OZG-ID;Leistung\n10124;Wohnsitzmeldung\n10513;Bauantrag\n";

/// A folder with a register, a catalogue and a file under test. The first byte of an input chooses
/// among the routes, the rest is the file.
struct Bench {
    projects: Vec<(Project, std::path::PathBuf)>,
    round: u64,
}

impl Bench {
    fn new(folder: &Path, name: &str, routes: &[Route]) -> Self {
        let base = folder.join(name);
        fs::create_dir_all(&base).unwrap();
        fs::write(base.join("register.csv"), REGISTER).unwrap();
        fs::write(base.join("leistungen.csv"), SERVICES).unwrap();
        let project = |route: &Route| {
            let alone = route.settings.contains("kind = \"register\"");
            // Two registers with one town are an error: the one under test then stands alone.
            let head = if alone { HEAD.replace("register.csv", "other.csv") } else { HEAD.to_owned() };
            let text = format!("{head}files = \"{}\"\n{}", route.file, route.settings);
            let project = Project::parse(&text, &base).unwrap_or_else(|error| panic!("{error}\n{text}"));
            (project, base.join(route.file))
        };
        fs::write(base.join("other.csv"), "AGS;Name;Einwohner\n77777777;Anderswo;10\n").unwrap();
        Self { projects: routes.iter().map(project).collect(), round: 0 }
    }

    fn run(&mut self, input: &[u8]) -> Verdict {
        let (&route, bytes) = input.split_first().unwrap_or((&0, &[]));
        let route = usize::from(route) % self.projects.len();
        let (project, file) = &self.projects[route];
        fs::write(file, bytes).unwrap();
        self.round += 1;
        match resonanz::run::read(project) {
            Err(error) => Ok(format!("{route} {}", clear(&error)?)),
            Ok(read) => {
                let how = sound(&read)?;
                if self.round.is_multiple_of(32) {
                    let again = resonanz::run::read(project).map_err(|error| error.to_string())?;
                    let same = again.findings.kept == read.findings.kept && again.records.facts == read.records.facts;
                    demand(same, || "reading twice gives two results".into())?;
                }
                evaluated(project, &read)?;
                Ok(format!("{route} {how}"))
            }
        }
    }
}

/// What must hold of everything that was read; the codes found.
fn sound(read: &Ingested) -> Verdict {
    for (name, balance) in &read.findings.balances {
        demand(balance.holds(), || format!("the sums of {name} do not balance: {balance:?}"))?;
        demand(balance.errors <= balance.quarantined, || format!("errors of {name}: {balance:?}"))?;
    }
    let quarantined: u64 = read.findings.balances.iter().map(|(_, balance)| balance.quarantined).sum();
    let listed = read.findings.quarantine.len() as u64;
    demand(listed <= quarantined, || format!("{listed} records are in quarantine, {quarantined} counted"))?;
    for finding in &read.findings.kept {
        for lang in [Lang::De, Lang::En] {
            let said = !finding.message(lang).is_empty() && !finding.place_text(lang).is_empty();
            demand(said, || format!("a finding without words: {:?}", finding.code))?;
        }
    }
    let mut codes: Vec<(Code, u32)> = Vec::new();
    for (&(_, code), &count) in &read.findings.counts {
        demand(count > 0, || format!("{code:?} is counted 0 times"))?;
        codes.push((code, count.ilog2()));
    }
    Ok(codes.iter().map(|(code, count)| format!("{}:{count} ", code.id())).collect())
}

/// The panel and every key figure of what was read.
fn evaluated(project: &Project, read: &Ingested) -> Result<(), String> {
    let records = &read.records;
    let panel = match Panel::build(records) {
        Ok(panel) => panel,
        Err(error) => return clear(&error).map(drop),
    };
    for finding in panel.findings(records) {
        demand(!finding.message(Lang::De).is_empty(), || "a finding without words".into())?;
    }
    let units = match Units::build(&records.register, &project.size_classes, &project.groups, project.lang) {
        Ok(units) => units,
        Err(error) => return clear(&error).map(drop),
    };
    let Some((first, last)): Option<(Month, Month)> = panel.span else { return Ok(()) };
    let periods = Periods::new(last, project.months, first);
    let evaluation = kpi::evaluate(&panel, &records.register, &units, &periods);
    drop(evaluation);
    Ok(())
}

/// Routes with a seed each; the first byte of a seed is its route.
fn with_routes(seeds: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    seeds.into_iter().enumerate().map(|(at, seed)| [vec![u8::try_from(at).unwrap()], seed].concat()).collect()
}

const CSV_WORDS: &[&str] = &[
    "99001001",
    "99001002",
    "1001000",
    "010010000000",
    "10124",
    "10513",
    "9,90500121E+13",
    "2025-03",
    "März 2025",
    "31.02.2025",
    "0001-01-01",
    "31.12.9999",
    "online",
    "Papier",
    "counter",
    "form_submit",
    "visit",
    "case_total",
    "Summe",
    "k. A.",
    "x",
    "*",
    "-",
    "1.234",
    "1,5",
    "\"\"",
    "\"\n\"",
    "sep=;\n",
    "\u{feff}",
    "No data available",
    "Error: ",
    "ja",
    "nein",
    "AGS;",
    "Anzahl",
    "9223372036854775807",
    "=1+1",
    "binary",
    "stars",
    "page",
    "participation",
    "unique_visitor",
];

fn tables(folder: &Path) -> Vec<Target> {
    let table = |name: &'static str, routes: &[Route], seeds: Vec<Vec<u8>>, words, damage| {
        let mut bench = Bench::new(folder, name, routes);
        Target { name, seeds: with_routes(seeds), words, damage, run: Box::new(move |input| bench.run(input)) }
    };
    let csv = |name, routes: &[(Route, Vec<u8>)]| {
        let seeds = routes.iter().map(|(_, seed)| seed.clone()).collect();
        let routes: Vec<Route> = routes.iter().map(|(route, _)| Route { ..*route }).collect();
        table(name, &routes, seeds, CSV_WORDS, plainly)
    };
    vec![
        csv("csv_dialects", &dialects()),
        csv("csv_kinds", &kinds()),
        csv("wide_headers", &wide()),
        csv("gv100ad", &registers()),
        table(
            "xlsx",
            &[XLSX, XLSX],
            vec![packed::workbook(false), packed::workbook(true)],
            packed::XML_WORDS,
            packed::damage_workbook,
        ),
        table("parquet", &[PARQUET], vec![parquet()], &["PAR1", "\u{15}\u{4}", "count"], damage_parquet),
        table("gzip", &[GZIP], vec![packed::gzip(LONG_SEED.as_bytes())], CSV_WORDS, packed::damage_gzip),
        table("json", &JSON, texts(JSON_SEEDS), JSON_WORDS, damage_json),
    ]
}

/// Populations and counts at the limits of what numbers hold, through panel and key figures. Above
/// the line of dashes stands the register, below it the cases.
fn figures(folder: &Path) -> Target {
    const LINE: &str = "\n----\n";
    let settings = "kind = \"usage\"\nabsent = \"zero\"\ncolumns = { area = \"a\", service = \"s\", period = \"p\", channel = \"c\", \
                    stage = \"st\", count = \"n\" }\n";
    let mut bench = Bench::new(folder, "figures", &[Route { file: "probe.csv", settings }]);
    let register = folder.join("figures").join("register.csv");
    let small = "AGS;Name;Einwohner\n01001001;Aheim;4000\n01001002;Bdorf;0\n01001003;Ceburg;12\n01002004;Deheim;7";
    let cases = "a,s,p,c,st,n\n01001001,10124,2025-01,online,form_submit,5\n01001001,10124,2025-01,paper,form_submit,7\n\
                 01001002,10124,2025-01,online,form_submit,9\n01001003,10124,2025-02,all,case_total,4\n\
                 01001003,10124,2025-02,online,form_submit,4\n01001001,10124,2025-03,online,form_start,9\n\
                 01002004,10513,2024,online,visit,100\n01001001,10124,2025-03,online,completed,2\n";
    let most = i64::MAX.to_string();
    let huge = cases
        .replace(",5\n", &format!(",{most}\n"))
        .replace(",7\n", &format!(",{most}\n"))
        .replace(",9\n", &format!(",{most}\n"));
    let crowded = small.replace("4000", &most).replace(";12", &format!(";{most}")).replace(";7", &format!(";{most}"));
    Target {
        name: "figures",
        seeds: [(small, cases), (&crowded, cases), (small, &huge)]
            .iter()
            .map(|(register, cases)| [register, LINE, cases].concat().into_bytes())
            .collect(),
        words: CSV_WORDS,
        damage: plainly,
        run: Box::new(move |input| {
            let at = input.windows(LINE.len()).position(|part| part == LINE.as_bytes());
            let (above, below) =
                at.map_or((REGISTER.as_bytes(), input), |at| (&input[..at], &input[at + LINE.len()..]));
            fs::write(&register, above).unwrap();
            bench.run(&[&[0], below].concat())
        }),
    }
}

const XLSX: Route = Route { file: "probe.xlsx", settings: LONG };
const PARQUET: Route = Route { file: "probe.parquet", settings: LONG };
const GZIP: Route = Route { file: "probe.csv.gz", settings: LONG };

fn parquet() -> Vec<u8> {
    let mut frame = DataFrame::new_infer_height(vec![
        Column::new("AGS".into(), ["99001001", "99001002", "99001001"]),
        Column::new("OZG-ID".into(), ["10124", "10124", "10513"]),
        Column::new("Monat".into(), ["2025-01", "2025-02", "2025-03"]),
        Column::new("Kanal".into(), [Some("online"), None, Some("paper")]),
        Column::new("Anzahl".into(), [Some(5i64), None, Some(7)]),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

/// Half of the damage goes into the footer, which says where everything is.
fn damage_parquet(damage: &mut Damage, input: &[u8], other: &[u8]) -> Vec<u8> {
    if damage.one_in(2) || input.len() < 64 {
        return damage.apply(input, other);
    }
    let footer = input.len() - (input.len() / 2).min(700);
    let (body, end) = input.split_at(footer);
    let mut end = end.to_vec();
    for _ in 0..damage.rng.random_range(1..4) {
        let at = damage.rng.random_range(0..end.len());
        end[at] = if damage.one_in(2) { damage.rng.random() } else { end[at].wrapping_add(1) };
    }
    [body, &end].concat()
}

const JSON: [Route; 4] = [
    Route { file: "probe.json", settings: LONG },
    Route {
        file: "probe.json",
        settings: "kind = \"usage\"\ncolumns = { period = \"period\", count = \"nbVisits\" }\nconstants = { area = \"99001001\", service = \"10124\", stage = \"visit\", channel = \"online\" }\n",
    },
    Route {
        file: "probe.json",
        settings: "kind = \"feedback\"\ncolumns = { id = \"uniqueId\", time = \"date\", value = \"rating\" }\nconstants = { area = \"99001001\", service = \"10124\", place = \"page\", scale = \"stars\" }\n",
    },
    Route {
        file: "probe.json",
        settings: "kind = \"events\"\ncolumns = { area = \"a\", kind = \"k\", from = \"f\" }\n",
    },
];

const JSON_SEEDS: &[&str] = &[
    r#"[{"AGS": "99001001", "OZG-ID": "10124", "Monat": "2025-01", "Kanal": "online", "Anzahl": 5},
        {"AGS": 1001000, "OZG-ID": "10124", "Monat": "2025-02", "Kanal": null, "Anzahl": "1.5e3"}]"#,
    r#"{"uniqueId": "u1", "referencePeriod": {"startDate": "2020-01-01T00:00:00Z", "endDate": "2020-01-31 00:00:00"},
        "transferDate": "2020-02-01", "nbEntries": 1, "sources": [{"source": {"sourceUrl": "https://beispiel.example/a",
        "statistics": [{"nbVisits": 54, "originatingCountry": "EL", "deviceType": "PC"},
        {"nbVisits": 3, "originatingCountry": "DE", "deviceType": "Others"}]}}]}"#,
    r#"{"uniqueId": "u2", "feedbacks": [{"source": "https://beispiel.example/a", "date": "2020-01-31 00:00:00", "rating": 5,
        "category": "information", "foundInformation": "Partly", "uniqueId": "1"}]}"#,
    r#"[{"a": "*", "k": "campaign", "f": "2024-01-01", "deep": {"x": [1, [2, [3]]]}}, {"a": true, "k": [], "f": {}}]"#,
];

const JSON_WORDS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-0",
    "\\ud800",
    "\\u0000",
    "[[[[",
    "{\"a\":",
    "\"sources\":",
    "\"statistics\":",
    "\"feedbacks\":",
    "\"nbVisits\":",
    "\"uniqueId\":",
    "\"date\":",
    "99001001",
    "10124",
    "2025-01",
];

fn damage_json(damage: &mut Damage, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = damage.apply(input, other);
    if damage.one_in(20) {
        let deep = damage.rng.random_range(100..20_000);
        let opening: &[u8] = if damage.one_in(2) { b"[" } else { b"{\"a\":" };
        let at = damage.rng.random_range(1..=bytes.len().max(1)).min(bytes.len());
        bytes.splice(at..at, opening.repeat(deep));
    }
    bytes
}
