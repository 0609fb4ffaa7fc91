use std::fs;

use tempfile::TempDir;

use super::spec::Absent;
use super::*;

#[derive(serde::Deserialize)]
struct Sources {
    source: Vec<SourceSpec>,
}

const BASE: &str = r#"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "key", name = "name" }

[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }
"#;

fn specs(more: &str) -> Vec<SourceSpec> {
    toml::from_str::<Sources>(&format!("{BASE}{more}")).unwrap().source
}

/// Reads `content` as the file `in.csv` of the source `more`.
fn read(more: &str, content: &str) -> Result<Ingested> {
    let dir = TempDir::new().unwrap();
    for (file, text) in [("register.csv", "key,name\nA,Anstadt\n"), ("services.csv", "key,name\nS,Pass\n")] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    fs::write(dir.path().join("in.csv"), content).unwrap();
    ingest(dir.path(), &specs(more))
}

/// Lines and codes of the findings.
fn found(read: &Ingested) -> Vec<(u64, Code)> {
    assert!(read.findings.balances.iter().all(|(_, balance)| balance.holds()));
    read.findings.kept.iter().map(|finding| (finding.place.line, finding.code)).collect()
}

/// What a fixed interface leaves empty is not there; only a count must say so.
#[test]
fn an_empty_cell_of_a_fixed_interface_is_missing_and_an_empty_count_an_error() {
    let events = r#"
[[source]]
name = "events"
kind = "events"
files = "in.csv"
columns = { area = "area", kind = "kind", from = "from", to = "to", cost = "cost" }
exact = true
"#;
    let out = read(events, "area,kind,from,to,cost\nA,campaign,2025-01-01,,\n").unwrap();
    assert_eq!(found(&out), []);
    assert_eq!((out.records.events[0].to, out.records.events[0].cost), (None, None));
    let usage = r#"
[[source]]
name = "usage"
kind = "usage"
files = "in.csv"
columns = { area = "area", service = "service", period = "month", count = "n" }
constants = { stage = "completed", channel = "online" }
exact = true
"#;
    let content = "area,service,month,n\nA,S,2025-01,\nA,S,2025-02,4\n";
    assert_eq!(found(&read(usage, content).unwrap()), [(2, Code::BadNumber)]);
    assert_eq!(found(&read(&format!("{usage}missing = [\"\"]\n"), content).unwrap()), []);
    let error = read(&format!("{usage}window = {{ from = \"2025-02\", until = \"2025-01\" }}\n"), content).unwrap_err();
    assert_eq!(error.to_string(), "source \"usage\": window ends with 2025-01 before its first month 2025-02");
}

const EVENTS: &str = r#"
[[source]]
name = "events"
kind = "events"
files = "in.csv"
columns = { area = "area", service = "service", kind = "kind", from = "from" }
values = { area = { "alle" = "*" } }
"#;

#[test]
fn an_empty_cell_is_not_all_areas_or_services() {
    let content = "area,service,kind,from\n*,*,campaign,2025-01-01\nA,S,campaign,2025-01-01\n\
                   ,S,campaign,2025-01-01\nA,,campaign,2025-01-01\nalle,S,campaign,2025-01-01\n";
    let out = read(EVENTS, content).unwrap();
    assert_eq!(found(&out), [(4, Code::MissingKey), (5, Code::MissingKey)]);
    let seen: Vec<_> = out.records.events.iter().map(|event| (event.area, event.service)).collect();
    assert_eq!(seen, [(None, None), (Some(0), Some(0)), (None, Some(0))]);

    let one_area = "[[source]]\nname = \"events\"\nkind = \"events\"\nfiles = \"in.csv\"\n\
                    columns = { kind = \"kind\", from = \"from\" }\nconstants = { area = \"A\" }\n";
    let out = read(one_area, "kind,from,note\ncampaign,2025-01-01,x\n").unwrap();
    assert_eq!((out.records.events[0].area, out.records.events[0].service), (Some(0), None), "service is not mapped");
    let nothing = one_area.replace("\"A\"", "\"\"");
    assert_eq!(found(&read(&nothing, "kind,from,note\ncampaign,2025-01-01,x\n").unwrap()), [(2, Code::MissingKey)]);
}

const TARGETS: &str = r#"
[[source]]
name = "targets"
kind = "targets"
files = "in.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "area", measure = "measure", date = "date", value = "value" }
"#;

#[test]
fn targets_are_read_in_per_cent_and_shares_are_shares() {
    let content = "area;measure;date;value\n\
                   A;online_share;2025-12-31;40 %\n\
                   A;online_share;2025-12-31;12,5\u{a0}%\n\
                   A;online_share;2025-12-31;0,4\n\
                   A;online_applications;2025-12-31;1.200\n\
                   A;online_share;2025-12-31;40\n\
                   A;online_share.completed;2025-12-31;40\n\
                   A;completion_rate;2025-12-31;-0,1\n\
                   A;availability;2025-12-31;990 %\n\
                   A;online_share;2025-12-31;vierzig %\n\
                   A;online_share;2025-12-31;\n\
                   ;online_share;2025-12-31;0,4\n";
    let out = read(TARGETS, content).unwrap();
    let values: Vec<f64> = out.records.targets.iter().map(|target| target.value).collect();
    assert_eq!(values, [0.4, 0.125, 0.4, 1200.0]);
    assert!(out.records.targets.iter().all(|target| (target.area, target.service) == (Some(0), None)));
    let out_of_range = [6, 7, 8, 9].map(|line| (line, Code::TargetOutOfRange));
    assert_eq!(found(&out)[..4], out_of_range);
    assert_eq!(found(&out)[4..], [(10, Code::BadNumber), (11, Code::MissingKey), (12, Code::MissingKey)]);
}

#[test]
fn feedback_of_a_quarter_or_year_is_not_booked_to_its_first_month() {
    let spec = "[[source]]\nname = \"feedback\"\nkind = \"feedback\"\nfiles = \"in.csv\"\n\
                columns = { time = \"time\", area = \"area\", service = \"service\", value = \"value\" }\n\
                constants = { place = \"page\", scale = \"binary\" }\n";
    let content = "time,area,service,value\n2025-03-17,A,S,yes\n2025-03,A,S,no\n2025-Q1,A,S,yes\n2025,A,S,yes\n";
    let out = read(spec, content).unwrap();
    assert_eq!(found(&out), [(4, Code::BadPeriod), (5, Code::BadPeriod)]);
    let plain = out.facts.blocks.iter().flat_map(|block| block.facts.iter().map(|fact| fact.key.period()));
    let periods: Vec<_> = plain.chain(out.facts.loose.iter().map(|loose| loose.fact.period)).collect();
    assert!(periods.iter().all(|period| period.id() == "2025-03"));
    assert_eq!(periods.len(), 2);
}

#[test]
fn one_row_per_case_must_say_what_an_absent_month_means() {
    let spec = "[[source]]\nname = \"cases\"\nkind = \"usage\"\nfiles = \"in.csv\"\nlayout = \"one_row_per_case\"\n\
                columns = { area = \"area\", service = \"service\", period = \"day\", channel = \"channel\" }\n\
                constants = { stage = \"form_submit\" }\n";
    let content = "day,area,service,channel\n2025-03-17,A,S,online\n";
    let error = read(spec, content).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.message(Lang::En),
        "source \"cases\": layout = \"one_row_per_case\" needs `absent`: a month without a case has no row"
    );
    assert!(error.hints()[0].get(Lang::De).starts_with("absent = \"zero\" ist richtig, wenn jeder Fall"));

    for (stated, absent) in [("zero", Absent::Zero), ("missing", Absent::Missing)] {
        let out = read(&format!("{spec}absent = \"{stated}\"\n"), content).unwrap();
        assert_eq!(out.records.sources[2], ("cases".to_owned(), absent));
    }
    let long = spec.replace("one_row_per_case", "long");
    assert_eq!(specs(&long)[2].absent(), Absent::Missing, "where numbers are listed, a missing one is missing");
    check_spec(&specs(&long)[2]).unwrap();
}

#[test]
fn beyond_the_budget_the_hints_say_where_the_findings_are() {
    let content = "area,service,kind,from\n,S,campaign,2025-01-01\n";
    let error = read(EVENTS, content).unwrap().check_budgets(&specs(EVENTS)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    assert!(error.hints()[0].get(Lang::De).contains("`resonanz check` listet die Befunde auf"));
    assert!(error.hints()[0].get(Lang::En).contains("`resonanz check` lists the findings"));
}

const SURVEY: &str = r#"
[[source]]
name = "survey"
kind = "survey"
files = "in.csv"
columns = { respondent = "id", wave = "wave", area = "area", weight = "w" }
SETTINGS
[[source.question]]
column = "q1"
measure = "rating"
"#;

/// A survey with the rating question `q1` and `more` questions.
fn survey(settings: &str, more: &str, content: &str) -> Result<Ingested> {
    read(&format!("{}{more}", SURVEY.replace("SETTINGS", settings)), content)
}

#[test]
fn a_rating_is_a_point_of_its_scale_and_anything_else_rejects_the_record() {
    let more = "scale = [1, 5]\n[[source.question]]\ncolumn = \"q2\"\nmeasure = \"rating\"\nscale = [-2, 2]\n\
                values = { \"gut\" = \"2\" }\n\
                [[source.question]]\ncolumn = \"q3\"\nmeasure = \"usage\"\nyes = [\"Ja\"]\n";
    let content = "id,wave,area,w,q1,q2,q3\n1,a,A,1,5,gut,Ja\n2,a,A,1,,k. A.,\n3,a,A,1,4.0,-2,vielleicht\n\
                   4,a,A,1,6,2,vielleicht\n5,a,A,1,3.5,2,Ja\n6,a,A,1,sehr gut,2,Ja\n7,a,A,1,3,3,Ja\n";
    let out = survey("missing = [\"k. A.\"]", more, content).unwrap();
    let answers: Vec<_> = out.records.surveys[0].respondents.iter().map(|person| &person.answers[..]).collect();
    use Answer::{None, Rating, Yes};
    let wanted = [[Rating(5), Rating(2), Yes], [None, None, None], [Rating(4), Rating(-2), None]];
    assert_eq!(answers, wanted.each_ref().map(|answers| &answers[..]));
    let unknown = Code::UnknownValue;
    assert_eq!(found(&out), [(4, Code::UnknownAnswer), (5, unknown), (6, unknown), (7, unknown), (8, unknown)]);
    let said: Vec<_> = out.findings.kept[1..].iter().map(|finding| finding.message(Lang::En)).collect();
    let allowed = "the value is none of those allowed in this field";
    for (said, detail) in said.iter().zip([
        "(q1: \"6\"); allowed: 1, 2, 3, 4, 5",
        "(q1); allowed: 1, 2, 3, 4, 5",
        "(q1); allowed: 1, 2, 3, 4, 5",
        "(q2: \"3\"); allowed: -2, -1, 0, 1, 2",
    ]) {
        assert_eq!(said.to_lowercase(), format!("{allowed} {detail}"));
    }
}

#[test]
fn the_rules_of_a_survey_are_wave_area_weight_answers_duplicate() {
    let exact = "exact = true\nvalues = { wave = { \"1\" = \"spring\", \"2\" = \"autumn\" } }\n";
    let content = "id,wave,area,w,q1\nR,3,X,0,9\nR,1,X,0,9\nR,1,A,0,9\nR,1,A,2,9\nR,1,A,2,4\nR,1,A,1,5\nR,2,A,1,5\n\
                   S,1,A,1,\nT,1,A,1, 3\nU,1,A,1,4.0\nV,1,A,-1,4\nW,1,A,,4\n";
    let unknown = Code::UnknownValue;
    for (setting, duplicate) in [("", Code::Duplicate), ("on_duplicate = \"first\"", Code::DuplicateIgnored)] {
        let out = survey(&format!("{exact}{setting}"), "", content).unwrap();
        let bad_weight = Code::BadWeight;
        let wanted = [
            (2, unknown),
            (3, Code::UnknownArea),
            (4, bad_weight),
            (5, unknown),
            (7, duplicate),
            (10, unknown),
            (11, unknown),
            (12, bad_weight),
            (13, bad_weight),
        ];
        assert_eq!(found(&out), wanted);
        let columns = [0, 3, 4].map(|at| out.findings.kept[at].column.as_str());
        assert_eq!(columns, ["wave", "q1", "id"]);
        assert_eq!(out.findings.kept[0].suggestion, Some(Suggestion::Allowed("1, 2".into())));
        let kept = out.records.surveys[0].respondents.iter();
        let kept: Vec<_> = kept.map(|person| (&*person.wave, person.weight, &person.answers[0])).collect();
        let points = [Answer::Rating(4), Answer::Rating(5), Answer::None];
        assert_eq!(kept, [("spring", 2.0, &points[0]), ("autumn", 1.0, &points[1]), ("spring", 1.0, &points[2])]);
    }
    // Without the fixed interface any wave is one, and the later record may replace the first.
    let out = survey("on_duplicate = \"replace\"", "", "id,wave,area,w,q1\nR,3,A,1,2\nR,3,A,2,3\n").unwrap();
    assert_eq!(found(&out), [(3, Code::Replaced)]);
    assert_eq!(out.records.surveys[0].respondents[0].answers, [Answer::Rating(3)]);
}

#[test]
fn a_scale_that_is_none_is_refused() {
    let second = "[[source.question]]\ncolumn = \"q2\"\nmeasure = \"usage\"\nyes = [\"Ja\"]\nscale = [1, 5]\n";
    for (more, wanted) in [
        ("scale = [5, 1]", "scale = [5, 1] has no three points"),
        ("scale = [0, 1]", "scale = [0, 1] has no three points"),
        ("yes = [\"5\"]", "yes and no do not go with it"),
        ("values = { \"gut\" = \"6\" }", "\"6\" in values is no point of the scale from 1 to 5"),
        (second, "scale goes with measure = \"rating\""),
        ("[[source.question]]\ncolumn = \"q1\"\nmeasure = \"rating\"", "two ratings read the column \"q1\""),
    ] {
        let error = survey("", more, "id,wave,area,w,q1,q2\n1,a,A,1,5,Ja\n").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{more}");
        assert!(error.message(Lang::En).contains(wanted), "{}", error.message(Lang::En));
    }
}
