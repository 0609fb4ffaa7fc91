use super::*;
use crate::domain::{Aggregation, Estimate, EstimateKey, EstimateState, Lang, Month};
use crate::ingest::{Area, Catalogue, Event, Offer, Register, Service};
use crate::kpi;

fn month(text: &str) -> Month {
    let (year, number) = text.split_once('-').unwrap();
    Month::new(year.parse().unwrap(), number.parse().unwrap()).unwrap()
}

/// Four towns and two services, all online since June 2023.
///
/// Albach had a campaign for the first service in March 2024, Calau one before the data begin, Borken and Dahme none.
fn records() -> Records {
    let towns = [("01", "Albach", 1_000), ("02", "Borken", 20_000), ("03", "Calau", 3_000), ("04", "Dahme", 500)];
    let area = |(key, name, population): (&str, &str, u64)| Area {
        key: key.to_owned(),
        name: name.to_owned(),
        population: Some(population),
        land: "99".to_owned(),
        attributes: [("Größe".to_owned(), if population > 2_000 { "groß" } else { "klein" }.to_owned())].into(),
        ..Area::default()
    };
    let service = |key: &str| Service { key: key.to_owned(), name: key.to_owned(), ..Service::default() };
    let offer = |area: u32, service: u32| Offer {
        area,
        service,
        owed: None,
        live_from: Some(month("2023-06").first_day()),
        live_to: None,
        maturity: None,
        maturity_model: None,
        platform: None,
        efa: None,
    };
    let campaign = |area: u32, service: Option<u32>, from: &str| Event {
        area: Some(area),
        service,
        kind: "campaign".to_owned(),
        from: month(from).first_day(),
        to: None,
        cost: None,
        label: String::new(),
    };
    Records {
        register: Register::new(towns.into_iter().map(area).collect()),
        catalogue: Catalogue::new(["S0", "S1"].map(service).to_vec()),
        offers: (0..4).flat_map(|area| [offer(area, 0), offer(area, 1)]).collect(),
        events: vec![campaign(0, Some(0), "2024-03"), campaign(2, None, "2023-12")],
        ..Records::default()
    }
}

/// Own values of the online share: area, service, period, online and all.
fn table(rows: &[(u32, u32, Period, f64, f64)]) -> EstimateTable {
    let row = |&(unit, service, period, online, all): &(u32, u32, Period, f64, f64)| {
        let key =
            EstimateKey { kpi: kpi::number("online_share"), unit, service, period, aggregation: Aggregation::Own };
        let mut estimate = Estimate::absent(EstimateState::Computed);
        (estimate.numerator, estimate.denominator) = (Some(online), Some(all));
        (key, estimate)
    };
    EstimateTable::new(rows.iter().map(row).collect())
}

/// Four months of 10, 20, 30, 40 online cases of 100 in the first and of 50 of 200 in the second service. Dahme did not
/// deliver the second service for February.
fn months() -> EstimateTable {
    let mut rows = Vec::new();
    for area in 0..4 {
        for step in 0..4 {
            let period = Period::month(month("2024-01").plus(step));
            rows.push((area, 0, period, 10.0 * f64::from(step + 1), 100.0));
            if (area, step) != (3, 1) {
                rows.push((area, 1, period, 50.0, 200.0));
            }
        }
    }
    table(&rows)
}

const SPAN: &str = "2024-01";

fn current() -> Period {
    Period::span(month(SPAN), 4)
}

/// The sums of the four months; the second service of Calau is not shown.
fn periods() -> EstimateTable {
    let rows: Vec<_> = (0..4)
        .flat_map(|area| [(area, 0, current(), 100.0, 400.0), (area, 1, current(), 150.0 + f64::from(area), 600.0)])
        .filter(|row| (row.0, row.1) != (2, 1))
        .collect();
    table(&rows)
}

struct World {
    records: Records,
    panel: Panel,
    months: EstimateTable,
    periods: EstimateTable,
    peers: Vec<(PeerSet, Vec<PeerResult>)>,
}

impl World {
    fn new() -> Self {
        let records = records();
        let panel = Panel::build(&records).unwrap();
        Self { panel, records, months: months(), periods: periods(), peers: Vec::new() }
    }

    fn estimated(&self) -> Estimated<'_> {
        Estimated {
            records: &self.records,
            panel: &self.panel,
            kpi: kpi::number("online_share"),
            months: &self.months,
            periods: &self.periods,
            current: current(),
            peers: &self.peers,
        }
    }

    fn with_peers(mut self, spec: &ComparisonSpec) -> Self {
        let classes = crate::panel::SizeClasses::new(vec![5_000]).unwrap();
        let set = PeerSet::build(0, spec, &self.records.register, &self.panel, &classes).unwrap().unwrap();
        self.peers = vec![(set, Vec::new())];
        self
    }

    fn tidy(&self, spec: &ComparisonSpec, rows: Rows) -> Tidy {
        tidy(0, spec, rows, None, &self.estimated()).unwrap()
    }
}

fn spec(text: &str) -> ComparisonSpec {
    toml::from_str(&format!("name = \"v\"\ntitle = \"V\"\n{text}")).unwrap()
}

const LIVE: &str =
    "event = \"campaign\"\ntiming = \"live\"\nmatch_on = [\"population\", \"land\", \"attribute:Größe\"]\n";

/// The table as lines of text.
fn lines(tidy: &Tidy) -> Vec<String> {
    let cell = |column: &TidyColumn, row: usize| match &column.cells {
        Cells::Text(cells) => cells[row].clone(),
        Cells::Number(cells) => cells[row].map_or_else(String::new, |n| format!("{}", (n * 1e6).round() / 1e6)),
    };
    let row = |row| tidy.columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join(" ");
    std::iter::once(tidy.names().join(" ")).chain((0..tidy.len()).map(row)).collect()
}

#[test]
fn the_panel_holds_the_services_that_the_event_concerns() {
    // Calau met the event before the data begin and is on neither side; the second service nobody's event concerned.
    // Borken and Dahme have no event, so that their time after it begins with the first of all. ln(1000) = 6.907755.
    let found = World::new().tidy(&spec(LIVE), Rows::Panel);
    assert_eq!(
        lines(&found),
        [
            "area name treated month online all share services post event_treated cohort population log_population land attribute_groesse",
            "01 Albach 1 2024-01 10 100 0.1 1 0 0 2024-03 1000 6.907755 99 klein",
            "01 Albach 1 2024-02 20 100 0.2 1 0 0 2024-03 1000 6.907755 99 klein",
            "01 Albach 1 2024-03 30 100 0.3 1 1 1 2024-03 1000 6.907755 99 klein",
            "01 Albach 1 2024-04 40 100 0.4 1 1 1 2024-03 1000 6.907755 99 klein",
            "02 Borken 0 2024-01 10 100 0.1 1 0 0 0 20000 9.903488 99 groß",
            "02 Borken 0 2024-02 20 100 0.2 1 0 0 0 20000 9.903488 99 groß",
            "02 Borken 0 2024-03 30 100 0.3 1 1 0 0 20000 9.903488 99 groß",
            "02 Borken 0 2024-04 40 100 0.4 1 1 0 0 20000 9.903488 99 groß",
            "04 Dahme 0 2024-01 10 100 0.1 1 0 0 0 500 6.214608 99 klein",
            "04 Dahme 0 2024-02 20 100 0.2 1 0 0 0 500 6.214608 99 klein",
            "04 Dahme 0 2024-03 30 100 0.3 1 1 0 0 500 6.214608 99 klein",
            "04 Dahme 0 2024-04 40 100 0.4 1 1 0 0 500 6.214608 99 klein",
        ]
    );
    assert!(found.notes.is_empty() && found.dropped.is_empty());
}

#[test]
fn sides_add_up_and_services_on_one_side_are_left_out() {
    let world = World::new();
    let any = spec("event = \"campaign\"");
    // At any time: Calau counts with the event, for both services; so both are compared. Albach met it for the first
    // service only. With: 400 + 400 cases of S0 (S1 of Calau is not shown). Without: Borken and Dahme, both services.
    let sides = world.tidy(&any, Rows::Sides);
    assert_eq!(
        lines(&sides),
        ["treated online all share areas services", "1 200 800 0.25 2 1", "0 504 2000 0.252 2 2"]
    );
    let services = world.tidy(&any, Rows::ServiceSides);
    assert_eq!(
        lines(&services),
        ["treated service online all share areas", "1 S0 200 800 0.25 2", "0 S0 200 800 0.25 2"]
    );
    assert_eq!((services.dropped[0].why, services.dropped[0].n), ("on_one_side_only", 1));
    let error = tidy(0, &spec("by = \"all\""), Rows::Sides, None, &world.estimated()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
}

#[test]
fn a_series_adds_up_only_what_has_every_month() {
    let all = spec("by = \"all\"");
    let world = World::new().with_peers(&all);
    // Seven of eight services of towns have all four months: 4 x 10 + 3 x 50 = 190 of 4 x 100 + 3 x 200 = 1000.
    let series = world.tidy(&all, Rows::Months);
    assert_eq!(
        lines(&series),
        [
            "month online all share areas services",
            "2024-01 190 1000 0.19 4 2",
            "2024-02 230 1000 0.23 4 2",
            "2024-03 270 1000 0.27 4 2",
            "2024-04 310 1000 0.31 4 2",
        ]
    );
    assert_eq!((series.dropped[0].what, series.dropped[0].n), ("services", 1));
    let one = tidy(0, &all, Rows::Months, Some("04"), &world.estimated()).unwrap();
    // From March on both services of Dahme have every number, two months of two; since January one of them has four.
    // As many numbers stay either way, and the longer series is taken.
    assert_eq!(
        lines(&one)[1..],
        ["2024-01 10 100 0.1 1 1", "2024-02 20 100 0.2 1 1", "2024-03 30 100 0.3 1 1", "2024-04 40 100 0.4 1 1"]
    );
    let error = tidy(0, &all, Rows::Months, Some("05"), &world.estimated()).unwrap_err();
    assert!(error.message(Lang::En).contains("\"05\""), "{error}");
    // The panel keeps the month, and says that it adds up something else.
    let panel = world.tidy(&all, Rows::Panel);
    assert_eq!((panel.len(), panel.notes.len()), (16, 1));
    assert!(panel.notes[0].text.en.contains("(column services): 1."), "{:?}", panel.notes);
    assert_eq!(world.tidy(&all, Rows::BalancedPanel).len(), 16);
}

#[test]
fn missing_is_a_row_without_numbers() {
    let all = spec("by = \"all\"");
    let world = World::new().with_peers(&all);
    let found = world.tidy(&all, Rows::TownServices);
    assert_eq!(found.len(), 8);
    let calau: Vec<String> = lines(&found).into_iter().filter(|line| line.starts_with("03")).collect();
    assert!(calau[0].starts_with("03 Calau S0 100 400 0.25 ") && calau[1].starts_with("03 Calau S1    "), "{calau:?}");
    assert_eq!(
        lines(&world.tidy(&all, Rows::Services)),
        ["service online all share areas", "S0 400 1600 0.25 4", "S1 454 1800 0.252222 3"]
    );
    let read = found.table();
    assert_eq!(read.numbers("online").unwrap()[5], None);
    assert_eq!(read.labels("service").unwrap()[5], "S1");
}

#[test]
fn no_case_is_a_number_but_no_share() {
    let all = spec("by = \"all\"");
    let (january, february) = (Period::month(month("2024-01")), Period::month(month("2024-02")));
    // In February Albach had no case of the second service, and Borken none at all.
    let numbers = [
        (0, 0, january, 1.0, 4.0),
        (0, 1, january, 2.0, 4.0),
        (0, 0, february, 3.0, 4.0),
        (0, 1, february, 0.0, 0.0),
        (1, 0, january, 1.0, 2.0),
        (1, 0, february, 0.0, 0.0),
    ];
    let sums = [(0, 0, current(), 4.0, 8.0), (0, 1, current(), 0.0, 0.0), (1, 0, current(), 1.0, 2.0)];
    let mut world = World { months: table(&numbers), periods: table(&sums), ..World::new() }.with_peers(&all);
    let estimated = Estimated { current: Period::span(month("2024-01"), 2), ..world.estimated() };
    let series = tidy(0, &all, Rows::Months, None, &estimated).unwrap();
    assert_eq!(lines(&series)[1..], ["2024-01 4 10 0.4 2 2", "2024-02 3 4 0.75 2 2"]);
    assert!(series.dropped.is_empty());
    let panel = tidy(0, &all, Rows::Panel, None, &estimated).unwrap();
    assert_eq!((panel.len(), panel.dropped[0].why, panel.dropped[0].n), (3, "no_cases", 1));
    assert!(panel.notes.is_empty(), "the same two services in both months");
    let balanced = tidy(0, &all, Rows::BalancedPanel, None, &estimated).unwrap();
    assert_eq!((balanced.len(), balanced.dropped[0].what, balanced.dropped[0].n), (2, "units", 1));
    assert!(balanced.notes.is_empty());
    let services = lines(&world.tidy(&all, Rows::TownServices));
    assert!(services[2].starts_with("01 Albach S1 0 0  "), "{services:?}");
    assert!(services[4].starts_with("02 Borken S1    "), "{services:?}");
    world.periods = table(&[]);
    assert!(tidy(0, &all, Rows::Towns, None, &world.estimated()).is_err());
}

#[test]
fn before_launch_only_months_online_count() {
    let mut world = World::new();
    for offer in &mut world.records.offers {
        // The first service went online in Albach in March 2024, elsewhere long before.
        if (offer.area, offer.service) == (0, 0) {
            offer.live_from = Some(month("2024-03").first_day());
        }
    }
    world.records.events = vec![Event { from: month("2024-02").first_day(), ..world.records.events[0].clone() }];
    world.panel = Panel::build(&world.records).unwrap();
    let before = spec("event = \"campaign\"\ntiming = \"before_launch\"\nmatch_on = [\"population\"]");
    let panel = world.tidy(&before, Rows::Panel);
    let albach: Vec<String> = lines(&panel).into_iter().filter(|line| line.starts_with("01")).collect();
    assert_eq!(
        albach,
        [
            "01 Albach 1 2024-03 30 100 0.3 1 1 1 2024-02 1000 6.907755",
            "01 Albach 1 2024-04 40 100 0.4 1 1 1 2024-02 1000 6.907755"
        ]
    );
    // Launched within the reference period, its share of the period is partly of a time before: left out.
    let towns = world.tidy(&before, Rows::Towns);
    assert_eq!((towns.len(), towns.dropped[0].why, towns.dropped[0].n), (3, "launched_within_period", 1));
}

#[test]
fn columns_have_safe_names() {
    assert_eq!(towns::column_name("attribute:Größe (km²)"), "attribute_groesse__km__");
    assert_eq!(towns::column_name("population"), "log_population");
    assert_eq!(towns::column_name("baseline"), "baseline");
}

/// The words that a method of the comparison gets.
fn words(comparison: &str, method: &str) -> Vec<String> {
    let spec = spec(&format!("{comparison}[[method]]\n{method}"));
    let method = &spec.methods[0];
    let traits = towns::possible_columns(&spec);
    let rows = method.rows(&spec);
    let columns = tidy::possible_columns(rows, &spec, &traits);
    arguments::parse(method, rows, &columns, &traits).unwrap().1
}

#[test]
fn what_is_not_stated_comes_from_the_panel() {
    assert_eq!(
        words(
            LIVE,
            "use = \"did\"\noptions = { control = \"notyet\", bootstrap = 999, covariates = [\"population\"] }"
        ),
        [
            "did",
            "--data=panel",
            "--bootstrap=999",
            "--control=notyet",
            "--covariates=population",
            "--unit=area",
            "--time=month",
            "--outcome=share",
            "--cohort=cohort"
        ]
    );
    let spc = |options: &str| words("by = \"all\"\n", &format!("use = \"spc\"\noptions = {{ {options} }}"));
    assert_eq!(spc("")[2..], ["--time=month", "--numerator=online", "--denominator=all"]);
    assert_eq!(spc("value = \"share\"")[2..], ["--value=share", "--time=month"]);
    assert_eq!(spc("chart = \"c\", denominator = false")[2..], ["--chart=c", "--time=month", "--numerator=online"]);
    assert_eq!(spc("no-screening = true").iter().filter(|w| *w == "--no-screening").count(), 1);
    let twfe = |options: &str| words(LIVE, &format!("use = \"twfe\"\noptions = {{ {options} }}"));
    assert_eq!(twfe("")[2..], ["--unit=area", "--time=month", "--outcome=share", "--treatment=event_treated"]);
    assert_eq!(
        twfe("sunab = true")[2..],
        ["--sunab", "--unit=area", "--time=month", "--outcome=share", "--cohort=cohort"]
    );
    assert_eq!(words(LIVE, "use = \"rate\"")[2..], ["--numerator=online", "--denominator=population"]);
    assert_eq!(
        words(LIVE, "use = \"match\"\noptions = { exact = [\"attribute:Größe\"] }")[1..],
        [
            "--data=complete_towns",
            "--exact=attribute_groesse",
            "--unit=area",
            "--outcome=share",
            "--treatment=treated",
            "--covariates=log_population,land,attribute_groesse,baseline"
        ]
    );
    assert_eq!(
        words(LIVE, "use = \"dsr\"")[1..],
        [
            "--data=service_sides",
            "--standard=services",
            "--unit=treated",
            "--events=online",
            "--population=all",
            "--stratum=service",
            "--multiplier=1"
        ]
    );
    assert_eq!(
        words("by = \"all\"\n", "use = \"smr\"")[1..4],
        ["--data=town_services", "--reference=services", "--unit=area"]
    );
}

#[test]
fn every_method_of_calc_works_on_a_panel() {
    use clap::Subcommand as _;
    let command = Method::augment_subcommands(clap::Command::new("calc"));
    for method in command.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help") {
        // What only a person can know.
        let options = match method {
            "peers" => "of = \"01\"",
            "its" => "event = \"2024-03\"",
            "synth" | "sdid" => "treated_unit = \"01\", start = \"2024-03\"",
            "trend" => "adjust = \"stl\"",
            _ => "",
        };
        let before = if method == "adjust" { "[[method]]\nuse = \"randinf\"\n" } else { "" };
        let spec = spec(&format!("{LIVE}{before}[[method]]\nuse = \"{method}\"\noptions = {{ {options} }}"));
        assert!(spec.check().is_ok(), "{method}: {:?}", spec.check());
        let answers = methods(&[spec], &World::new().estimated());
        let [(0, answers)] = answers.as_slice() else { panic!("{method}: {answers:?}") };
        let last = answers.last().unwrap();
        assert_eq!(last.method, method);
        // Three towns and four months are too few for most methods: they say so in both languages.
        match &last.outcome {
            Ok(answer) => assert!(!answer.estimates.is_empty() && answer.method == method, "{method}"),
            Err(refused) => assert!(!refused.message.de.is_empty() && !refused.message.en.is_empty(), "{method}"),
        }
        assert!(last.arguments.len() > 1, "{method}: {:?}", last.outcome);
    }
}

#[test]
fn what_is_wrong_is_said_when_the_configuration_is_read() {
    let said = |comparison: &str, method: &str| {
        let spec = spec(&format!("{comparison}[[method]]\n{method}"));
        let error = spec.check().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Config, "{method}");
        let hints: Vec<&str> = error.hints().iter().map(|hint| hint.get(Lang::En)).collect();
        assert_ne!(error.message(Lang::De), error.message(Lang::En), "{method}");
        format!("{} | {}", error.message(Lang::En), hints.join(" | "))
    };
    let all = "by = \"all\"\n";
    for (comparison, method, wanted) in [
        (
            LIVE,
            "use = \"diid\"",
            "v: [[comparison.method]] 1, use = \"diid\": there is no method \"diid\" | did you mean \"did\"?",
        ),
        (
            LIVE,
            "use = \"did\"\noptions = { contrl = \"never\" }",
            "there is no option \"contrl\" | did you mean \"control\"?",
        ),
        (
            LIVE,
            "use = \"did\"\noptions = { control = \"nevr\" }",
            "control = \"nevr\": there is no such value | did you mean \"never\"?",
        ),
        (
            LIVE,
            "use = \"did\"\noptions = { outcome = \"sharre\" }",
            "outcome = \"sharre\": the table of the comparison has no such column | did you mean \"share\"?",
        ),
        (LIVE, "use = \"did\"\noptions = { bootstrap = \"many\" }", "bootstrap = \"many\": there is no such value"),
        (LIVE, "use = \"did\"\noptions = { unbalanced = \"yes\" }", "the option unbalanced is true or false"),
        (LIVE, "use = \"did\"\noptions = { seed = [1, 2] }", "the option seed has one value only"),
        (LIVE, "use = \"did\"\noptions = { seed = true }", "the option seed needs a value"),
        (LIVE, "use = \"did\"\noptions = { level = 1.5 }", "level"),
        (LIVE, "use = \"did\"\noptions = { data = \"x.csv\" }", "there is no option data here"),
        (LIVE, "use = \"dsr\"\noptions = { standard = \"x.csv\" }", "there is no option standard here"),
        (LIVE, "use = \"did\"\noptions = { unbalanced = true, repeated_cross_sections = true }", "exclude each other"),
        (LIVE, "use = \"its\"", "not stated, but needed: event"),
        (LIVE, "use = \"did\"\narea = \"01\"", "area is only for methods for a series"),
        (LIVE, "use = \"adjust\"", "no other method stands above this one"),
        (all, "use = \"randinf\"", "not stated, but needed: treatment | the columns treated, cohort, post"),
        (all, "use = \"ratio\"", "two sides are only in comparisons with event"),
        ("event = \"campaign\"\ntiming = \"before_launch\"\n", "use = \"did\"", "before against after proves nothing"),
    ] {
        let said = said(comparison, method);
        assert!(said.contains(wanted), "{method}\n  said:   {said}\n  wanted: {wanted}");
    }
}

#[test]
fn adjust_takes_the_p_values_above_it() {
    let spec = spec(&format!(
        "{LIVE}[[method]]\nuse = \"randinf\"\noptions = {{ outcome = \"population\" }}\n[[method]]\nuse = \"randinf\"\noptions = {{ outcome = \"online\" }}\n[[method]]\nuse = \"adjust\"\noptions = {{ method = \"holm\" }}\n"
    ));
    let world = World {
        periods: table(&[(0, 0, current(), 10.0, 90.0), (1, 0, current(), 20.0, 90.0), (3, 0, current(), 40.0, 90.0)]),
        ..World::new()
    };
    let answers = methods(&[spec], &world.estimated()).remove(0).1;
    // Population 1,000 against a mean of 10,250: of the three choices of one town the differences in size are 9,250,
    // 19,250 and 10,000, so p = 3/3. Online 10 against 30: differences 20, 5, 25, so p = 2/3. Holm: min(1, 2 x 2/3) = 1.
    let p = |at: usize| answers[at].outcome.as_ref().unwrap().estimates[0].p.unwrap();
    assert!((p(0) - 1.0).abs() < 1e-12 && (p(1) - 2.0 / 3.0).abs() < 1e-12, "{} {}", p(0), p(1));
    let adjusted = answers[2].outcome.as_ref().unwrap();
    assert_eq!(adjusted.estimates.iter().map(|e| e.value).collect::<Vec<_>>(), [Some(1.0), Some(1.0)]);
    assert!(adjusted.estimates[1].name().contains("method randinf"), "{}", adjusted.estimates[1].name());
}
