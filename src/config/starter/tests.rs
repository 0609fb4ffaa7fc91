use std::collections::BTreeSet;
use std::time::Duration;

use rust_xlsxwriter::{ExcelDateTime, Format};
use tempfile::TempDir;

use super::templates::{Cells, Column};
use super::*;
use crate::ErrorKind;
use crate::config::Project;
use crate::domain::parse_date;
use crate::ingest::spec::{Layout, SourceKind, SourceSpec};
use crate::ingest::{Code, Ingested, ingest, parse_decimal};

const LANGS: [Lang; 2] = [Lang::De, Lang::En];
const TOWNS: [&str; 2] = ["99001001", "99001002"];
const MONTHS: [&str; 3] = ["2025-01", "2025-02", "2025-03"];

/// The configuration with every setting switched on that is switched off.
fn switched_on(lang: Lang) -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => rest.to_owned(),
        _ => line.to_owned(),
    };
    PROJECT.get(lang).lines().map(|line| on(line) + "\n").collect()
}

fn project(text: &str) -> Project {
    Project::parse(text, Path::new(".")).unwrap_or_else(|error| panic!("{error} {:?}", error.hints()))
}

fn source_of<'a>(project: &'a Project, template: &Template, lang: Lang) -> &'a SourceSpec {
    let file = format!("{}/{}", INPUT.get(lang), template.file.get(lang));
    project.sources.iter().find(|s| s.files.patterns() == [file.clone()]).unwrap_or_else(|| panic!("{file}"))
}

#[test]
fn the_configuration_parses_as_written_and_with_everything_switched_on() {
    for lang in LANGS {
        let small = project(PROJECT.get(lang));
        let kinds: Vec<SourceKind> = small.sources.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [SourceKind::Register, SourceKind::Services, SourceKind::Usage]);
        assert_eq!((small.lang, small.comparisons.len(), small.groups.len()), (lang, 1, 0));

        let full = project(&switched_on(lang));
        let kinds: BTreeSet<SourceKind> = full.sources.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, SourceKind::ALL.into_iter().collect());
        assert_eq!((full.sources.len(), full.comparisons.len(), full.groups.len()), (TEMPLATES.len() + 1, 3, 1));
        assert_eq!((full.focus.len(), full.until.is_some()), (1, true));
    }
}

#[test]
fn the_territorial_date_is_a_day_and_reaches_the_changes() {
    let text = switched_on(Lang::De);
    let dates: Vec<_> = project(&text).sources.into_iter().map(|s| (s.kind, s.territorial_date)).collect();
    let territory = (SourceKind::Territory, Some(parse_date("2025-01-01").unwrap()));
    assert_eq!(dates.iter().filter(|(_, date)| date.is_some()).collect::<Vec<_>>(), [&territory]);
    let year = text.replace("territorial_date = \"2025-01-01\"", "territorial_date = \"2025\"");
    let error = Project::parse(&year, Path::new(".")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.to_string(), "period.territorial_date = \"2025\" is not a day");
}

#[test]
fn both_languages_say_the_same() {
    let settings = |lang| {
        let lines: Vec<String> = switched_on(lang)
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.split(" = ").next().unwrap_or_default().split("  ").next().unwrap_or_default().to_owned())
            .filter(|line| line != "values")
            .collect();
        lines
    };
    assert_eq!(settings(Lang::De), settings(Lang::En));
}

#[test]
fn the_headers_are_the_columns_that_the_configuration_names() {
    for lang in LANGS {
        let full = project(&switched_on(lang));
        for template in TEMPLATES {
            let source = source_of(&full, template, lang);
            let named: BTreeSet<&str> = source
                .columns
                .values()
                .map(String::as_str)
                .chain(source.question.iter().map(|question| question.column.as_str()))
                .collect();
            let headers: BTreeSet<&str> = template.columns.iter().map(|column| column.name.get(lang)).collect();
            assert_eq!(headers, named, "{}", template.file.get(lang));
            assert_eq!(headers.len(), template.columns.len());
        }
    }
}

#[test]
fn the_allowed_words_are_those_that_the_configuration_maps() {
    let full = project(&switched_on(Lang::De));
    let kinds = &source_of(&full, &TEMPLATES[7], Lang::De).values["kind"];
    let allowed = TEMPLATES[7].columns[2].allowed.de.trim_end_matches('.');
    assert_eq!(allowed.split(", ").collect::<BTreeSet<_>>(), kinds.keys().map(String::as_str).collect());
    let ids: BTreeSet<&str> = TEMPLATES[7].columns[2].allowed.en.trim_end_matches('.').split(", ").collect();
    assert_eq!(ids, kinds.values().map(String::as_str).collect());
}

#[test]
fn empty_templates_give_findings_and_no_failure() {
    for (lang, text) in
        LANGS.into_iter().flat_map(|lang| [(lang, PROJECT.get(lang).to_owned()), (lang, switched_on(lang))])
    {
        let dir = TempDir::new().unwrap();
        write(dir.path(), lang).unwrap();
        let sources: Vec<SourceSpec> = project(&text).sources.into_iter().filter(|s| s.format.is_none()).collect();
        let mut read = ingest(dir.path(), &sources).unwrap();
        crate::panel::engine::settle_records(&crate::panel::engine::Local, &mut read, &sources).unwrap();
        let codes: Vec<Code> = read.findings.kept.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, vec![Code::EmptyFile; sources.len()], "{lang:?}");
        read.check_budgets(&sources).unwrap();
    }
}

#[test]
fn filled_templates_are_read_without_a_finding() {
    for lang in LANGS {
        let dir = TempDir::new().unwrap();
        write(dir.path(), lang).unwrap();
        TEMPLATES.iter().for_each(|template| fill(dir.path(), template, lang));
        fs::write(dir.path().join(INPUT.get(lang)).join("GV100AD_301123.txt"), official_register()).unwrap();
        let small = project(PROJECT.get(lang)).sources;
        let full = project(&switched_on(lang)).sources;
        // One of the two templates for case numbers, as their comment asks.
        for (sources, not) in [(&small, None), (&full, Some(Layout::Wide)), (&full, Some(Layout::Long))] {
            let one_of = |s: &&SourceSpec| s.kind != SourceKind::Usage || Some(s.layout) != not;
            let sources: Vec<SourceSpec> = sources.iter().filter(one_of).cloned().collect();
            let mut read = ingest(dir.path(), &sources).unwrap();
            crate::panel::engine::settle_records(&crate::panel::engine::Local, &mut read, &sources).unwrap();
            assert_eq!(read.findings.kept, [], "{lang:?}");
            assert_eq!(read.findings.balances.len(), sources.len());
            for (name, balance) in &read.findings.balances {
                assert!(balance.read > 0 && balance.accepted == balance.read, "{name}: {balance:?}");
            }
            check_values(&read, sources.len() > small.len());
        }
    }
}

/// The numbers and dates that were filled in are those that are read.
fn check_values(read: &Ingested, everything: bool) {
    let records = &read.records;
    let town = records.register.area(records.register.find(TOWNS[0]).unwrap());
    assert_eq!((town.population, town.area_km2, town.land.as_str()), (Some(16_000), Some(41.5), "99"));
    let months: BTreeSet<String> = records.facts.iter().map(|fact| fact.period.id()).collect();
    assert!(MONTHS.iter().all(|month| months.contains(*month)), "{months:?}");
    if everything {
        assert_eq!(records.register.areas().len(), 3);
        assert_eq!(records.offers[0].live_from.unwrap().to_string(), "2025-02-03");
        assert_eq!((records.events[0].kind.as_str(), records.events[0].cost), ("participation", Some(1200.0)));
        assert!(Some(records.events[0].from) < records.offers[0].live_from);
        assert_eq!(records.targets[0].value, 0.4);
        assert_eq!(records.surveys[0].respondents[0].weight, 1.25);
    }
}

/// Writes the template once more with the examples of its columns for two towns.
fn fill(dir: &Path, template: &Template, lang: Lang) {
    let path = dir.join(INPUT.get(lang)).join(template.file.get(lang));
    let headers = workbook::headers(template, lang);
    let rows = rows(template, lang);
    if matches!(template.content, Content::Csv) {
        let lines: String = rows.iter().map(|row| row.join(";") + "\r\n").collect();
        let before = fs::read_to_string(&path).unwrap();
        return fs::write(&path, before + &lines).unwrap();
    }
    let mut book = workbook::workbook(template, lang).unwrap();
    let sheet = book.worksheet_from_index(0).unwrap();
    for (row, texts) in (1u32..).zip(&rows) {
        for (at, text) in (0u16..).zip(texts) {
            match template.columns[usize::from(at)].cells {
                Cells::Text => sheet.write(row, at, text).unwrap(),
                Cells::Number => sheet.write(row, at, parse_decimal(text, ',').unwrap()).unwrap(),
                Cells::Date => {
                    let day = ExcelDateTime::parse_from_str(&parse_date(text).unwrap().to_string()).unwrap();
                    sheet.write_with_format(row, at, &day, &Format::new().set_num_format("dd.mm.yyyy")).unwrap()
                }
            };
        }
        // Three months of the wide template; the others stay empty.
        for at in template.columns.len()..headers.len().min(template.columns.len() + 9) {
            sheet.write(row, at as u16, (at * 3) as f64).unwrap();
        }
    }
    book.save(&path).unwrap();
}

/// The examples, once per town; case numbers also per month and channel.
fn rows(template: &Template, lang: Lang) -> Vec<Vec<String>> {
    let at = |name: &Text| template.columns.iter().position(|column| column.name == *name);
    let examples = |row: usize, column: &Column| match column.name.de {
        "Nummer" => format!("{}{row}", column.example.get(lang)),
        _ => column.example.get(lang).to_owned(),
    };
    let (area, month, channel) = (
        at(&Text::new("Gemeindeschlüssel", "Area key")),
        at(&Text::new("Monat", "Month")),
        at(&Text::new("Zugangsweg", "Channel")),
    );
    let mut out = Vec::new();
    for (town, key) in TOWNS.iter().enumerate().take(if area.is_some() { 2 } else { 1 }) {
        let mut row: Vec<String> = template.columns.iter().map(|column| examples(town, column)).collect();
        if let Some(area) = area {
            row[area] = (*key).to_owned();
        }
        let (Some(month), Some(channel)) = (month, channel) else {
            out.push(row);
            continue;
        };
        for (period, way) in MONTHS.iter().flat_map(|m| [(m, "online"), (m, Text::new("Papier", "paper").get(lang))]) {
            row[month] = (*period).to_owned();
            row[channel] = way.to_owned();
            out.push(row.clone());
        }
    }
    out
}

/// An official register with one other place.
fn official_register() -> String {
    let head = format!("6020231130990020010000{:<50}{:<50}", "Andersau", "Rathaus");
    let line = format!("{head}{:<6}{:011}{:011}", "64", 1234, 900);
    format!("{line:<220}\n")
}

#[test]
fn existing_files_are_never_overwritten() {
    for lang in LANGS {
        let names: Vec<String> = files(lang).unwrap().into_iter().map(|(name, _)| name).collect();
        for name in [&names[0], &names[5], &names[names.len() - 1]] {
            let dir = TempDir::new().unwrap();
            fs::create_dir(dir.path().join(INPUT.get(lang))).unwrap();
            fs::write(dir.path().join(name), "mine").unwrap();
            let error = write(dir.path(), lang).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Config, 2));
            assert!(error.to_string().contains(&dir.path().join(name).display().to_string()), "{error}");
            let there = names.iter().filter(|name| dir.path().join(name).exists()).count();
            assert_eq!((there, fs::read_to_string(dir.path().join(name)).unwrap().as_str()), (1, "mine"));
        }
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(INPUT.get(lang)), "a file").unwrap();
        assert_eq!(write(dir.path(), lang).unwrap_err().kind(), ErrorKind::Config);
        write(&dir.path().join("new/town"), lang).unwrap();
        assert!(dir.path().join("new/town").join(&names[0]).is_file());
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_time() {
    let first = LANGS.map(|lang| files(lang).unwrap());
    std::thread::sleep(Duration::from_millis(1100));
    assert!(first == LANGS.map(|lang| files(lang).unwrap()));
}

#[test]
fn the_readme_explains_every_csv_column() {
    for lang in LANGS {
        let text = readme(lang);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.trim_end() == line), "{text}");
        for template in TEMPLATES {
            assert!(text.contains(&format!("\n{}: ", template.file.get(lang))));
        }
        for column in TEMPLATES.iter().filter(|t| matches!(t.content, Content::Csv)).flat_map(|t| t.columns) {
            assert!(text.contains(&format!("\n{}  ", column.name.get(lang))), "{}", column.name.get(lang));
        }
    }
}

#[test]
fn a_wide_layout_is_declared_for_the_wide_template() {
    for lang in LANGS {
        let full = project(&switched_on(lang));
        assert_eq!(source_of(&full, &TEMPLATES[3], lang).layout, Layout::Wide);
        assert_eq!(workbook::headers(&TEMPLATES[3], lang).len(), 2 + 36);
    }
}
