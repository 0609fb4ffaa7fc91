//! The job without an engine: one that takes number after number stands in for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use proptest::prelude::*;

use super::super::settle as settle_with;
use super::super::tests::{Collect, ON_DUPLICATE, Said, facts, said, sums};
use super::*;
use crate::domain::{Channel, Month, Period, Stage};
use crate::ingest::{Measure, Shelf, Split};

fn folder(parent: &tempfile::TempDir) -> Folder {
    Folder::create(Some(parent.path())).unwrap()
}

#[test]
fn the_job_for_postgresql() {
    let parent = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(job::script(Dialect::Postgresql, &folder(&parent)).unwrap(), @r#"
\set ON_ERROR_STOP on
CREATE TEMPORARY TABLE resonanz_facts (
  area integer, service integer, month integer, day integer, measure integer,
  adds integer, replaces integer, source integer, value bigint, turn bigint
);
\copy resonanz_facts FROM 'facts.csv' WITH (FORMAT csv)
ANALYZE resonanz_facts;
CREATE TEMPORARY TABLE resonanz_crossed AS
SELECT DISTINCT area, service
FROM (
  SELECT area, service
  FROM resonanz_facts
  WHERE adds = 0
  GROUP BY area, service, month, measure
  HAVING MIN(day) = 0 AND MAX(day) > 0
) mixed;
CREATE TEMPORARY TABLE resonanz_judged AS
SELECT area, service, month, measure, source, value, turn,
  MIN(turn) OVER (PARTITION BY area, service, month, measure, day) AS opening,
  MAX(CASE WHEN replaces = 1 THEN turn END) OVER (
    PARTITION BY area, service, month, measure, day
  ) AS last_claim,
  MAX(CASE WHEN replaces = 1 THEN turn END) OVER (
    PARTITION BY area, service, month, measure, day
    ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS claim_before
FROM resonanz_facts f
WHERE adds = 0
  AND NOT EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service);
CREATE TEMPORARY TABLE resonanz_sums AS
SELECT area, service, month, measure, source, CAST(SUM(value) AS BIGINT) AS value, COUNT(*) AS numbers
FROM (
  SELECT area, service, month, measure, source, value
  FROM resonanz_judged
  WHERE turn = COALESCE(last_claim, opening)
  UNION ALL
  SELECT area, service, month, measure, source, value
  FROM resonanz_facts f
  WHERE adds = 1
    AND NOT EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service)
) counted
GROUP BY area, service, month, measure, source;
CREATE TEMPORARY TABLE resonanz_losers AS
SELECT area, turn, COALESCE(claim_before, opening) AS other
FROM resonanz_judged
WHERE turn > opening;
CREATE TEMPORARY TABLE resonanz_control AS
SELECT 'facts' AS part, COUNT(*) AS numbers, COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0) AS total
FROM resonanz_facts
UNION ALL
SELECT 'sums', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_sums
UNION ALL
SELECT 'losers', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_judged
WHERE turn <> COALESCE(last_claim, opening)
UNION ALL
SELECT 'crossed', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_facts f
WHERE EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service)
UNION ALL
SELECT 'pairs', COUNT(*), CAST(0 AS DECIMAL(28, 0))
FROM resonanz_crossed;
\copy (SELECT * FROM resonanz_sums) TO 'sums.csv' WITH (FORMAT csv)
\copy (SELECT * FROM resonanz_losers) TO 'losers.csv' WITH (FORMAT csv)
\copy (SELECT * FROM resonanz_crossed) TO 'crossed.csv' WITH (FORMAT csv)
\copy (SELECT * FROM resonanz_control) TO 'control.csv' WITH (FORMAT csv)
"#);
}

#[test]
fn the_job_for_spark() {
    let parent = tempfile::tempdir().unwrap();
    let folder = folder(&parent);
    insta::assert_snapshot!(job::script(Dialect::Spark, &folder).unwrap().replace(&folder.uri().unwrap(), "[folder]"), @r#"
SET spark.sql.ansi.enabled = true;
CREATE OR REPLACE TEMPORARY VIEW resonanz_facts USING parquet OPTIONS (path '[folder]/facts.parquet');
CACHE TABLE resonanz_crossed AS
SELECT DISTINCT area, service
FROM (
  SELECT area, service
  FROM resonanz_facts
  WHERE adds = 0
  GROUP BY area, service, month, measure
  HAVING MIN(day) = 0 AND MAX(day) > 0
) mixed;
CACHE TABLE resonanz_judged AS
SELECT area, service, month, measure, source, value, turn,
  MIN(turn) OVER (PARTITION BY area, service, month, measure, day) AS opening,
  MAX(CASE WHEN replaces = 1 THEN turn END) OVER (
    PARTITION BY area, service, month, measure, day
  ) AS last_claim,
  MAX(CASE WHEN replaces = 1 THEN turn END) OVER (
    PARTITION BY area, service, month, measure, day
    ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS claim_before
FROM resonanz_facts f
WHERE adds = 0
  AND NOT EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service);
CACHE TABLE resonanz_sums AS
SELECT area, service, month, measure, source, CAST(SUM(value) AS BIGINT) AS value, COUNT(*) AS numbers
FROM (
  SELECT area, service, month, measure, source, value
  FROM resonanz_judged
  WHERE turn = COALESCE(last_claim, opening)
  UNION ALL
  SELECT area, service, month, measure, source, value
  FROM resonanz_facts f
  WHERE adds = 1
    AND NOT EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service)
) counted
GROUP BY area, service, month, measure, source;
CACHE TABLE resonanz_losers AS
SELECT area, turn, COALESCE(claim_before, opening) AS other
FROM resonanz_judged
WHERE turn > opening;
CACHE TABLE resonanz_control AS
SELECT 'facts' AS part, COUNT(*) AS numbers, COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0) AS total
FROM resonanz_facts
UNION ALL
SELECT 'sums', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_sums
UNION ALL
SELECT 'losers', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_judged
WHERE turn <> COALESCE(last_claim, opening)
UNION ALL
SELECT 'crossed', COUNT(*), COALESCE(SUM(CAST(value AS DECIMAL(28, 0))), 0)
FROM resonanz_facts f
WHERE EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service)
UNION ALL
SELECT 'pairs', COUNT(*), CAST(0 AS DECIMAL(28, 0))
FROM resonanz_crossed;
INSERT OVERWRITE DIRECTORY '[folder]/sums.csv' USING csv
OPTIONS (header 'false', compression 'none') SELECT * FROM resonanz_sums;
INSERT OVERWRITE DIRECTORY '[folder]/losers.csv' USING csv
OPTIONS (header 'false', compression 'none') SELECT * FROM resonanz_losers;
INSERT OVERWRITE DIRECTORY '[folder]/crossed.csv' USING csv
OPTIONS (header 'false', compression 'none') SELECT * FROM resonanz_crossed;
INSERT OVERWRITE DIRECTORY '[folder]/control.csv' USING csv
OPTIONS (header 'false', compression 'none') SELECT * FROM resonanz_control;
"#);
}

/// Facts as an engine sees them: area, service, month, day, measure, adds, replaces, source, value, turn.
type Row = [i64; 10];

fn rows_of(folder: &Path) -> Vec<Row> {
    let text = fs::read_to_string(folder.join("facts.csv")).unwrap();
    let row = |line: &str| -> Row {
        let numbers: Vec<i64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    };
    text.lines().map(row).collect()
}

/// The results of a job by their names, without an engine: each number is held against the one in force.
fn worked_out(mut rows: Vec<Row>) -> BTreeMap<&'static str, Vec<Vec<i64>>> {
    rows.sort_by_key(|row| row[9]);
    let mut grains: BTreeMap<[i64; 4], BTreeSet<bool>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row[5] == 0) {
        grains.entry([row[0], row[1], row[2], row[4]]).or_default().insert(row[3] > 0);
    }
    let crossed: BTreeSet<[i64; 2]> = grains.iter().filter(|(_, g)| g.len() == 2).map(|(k, _)| [k[0], k[1]]).collect();
    let mut in_force: BTreeMap<[i64; 5], Row> = BTreeMap::new();
    let (mut counted, mut losers, mut beaten) = (Vec::new(), Vec::new(), 0);
    let is_crossed = |row: &Row| crossed.contains(&[row[0], row[1]]);
    for row in rows.iter().filter(|row| !is_crossed(row)) {
        let key = [row[0], row[1], row[2], row[3], row[4]];
        match in_force.get(&key) {
            _ if row[5] == 1 => counted.push(*row),
            None => {
                in_force.insert(key, *row);
            }
            Some(earlier) => {
                losers.push(vec![row[0], row[9], earlier[9]]);
                beaten += if row[6] == 1 { earlier[8] } else { row[8] };
                if row[6] == 1 {
                    in_force.insert(key, *row);
                }
            }
        }
    }
    counted.extend(in_force.into_values());
    let mut sums: BTreeMap<[i64; 5], (i64, i64)> = BTreeMap::new();
    for row in counted {
        let sum = sums.entry([row[0], row[1], row[2], row[4], row[7]]).or_default();
        *sum = (sum.0 + row[8], sum.1 + 1);
    }
    let total = |rows: &mut dyn Iterator<Item = &Row>| rows.fold((0, 0), |(n, sum), row| (n + 1, sum + row[8]));
    let (all, of_crossed) = (total(&mut rows.iter()), total(&mut rows.iter().filter(|row| is_crossed(row))));
    let control = vec![
        vec![all.0, all.1],
        vec![sums.len() as i64, sums.values().map(|sum| sum.0).sum()],
        vec![losers.len() as i64, beaten],
        vec![of_crossed.0, of_crossed.1],
        vec![crossed.len() as i64, 0],
    ];
    // Neither engine promises an order.
    let sums = sums.iter().rev().map(|(k, sum)| [&k[..], &[sum.0, sum.1]].concat()).collect();
    let crossed = crossed.iter().map(|pair| pair.to_vec()).collect();
    BTreeMap::from([("sums", sums), ("losers", losers), ("crossed", crossed), ("control", control)])
}

const PARTS: [&str; 5] = ["facts", "sums", "losers", "crossed", "pairs"];

fn write_results(folder: &Path, results: &BTreeMap<&str, Vec<Vec<i64>>>) {
    for (name, rows) in results {
        let line = |(at, row): (usize, &Vec<i64>)| {
            let numbers: Vec<String> = row.iter().map(i64::to_string).collect();
            let part = if *name == "control" { format!("{},", PARTS[at]) } else { String::new() };
            format!("{part}{}\n", numbers.join(","))
        };
        fs::write(folder.join(format!("{name}.csv")), rows.iter().enumerate().map(line).collect::<String>()).unwrap();
    }
}

type Damage = dyn Fn(&mut BTreeMap<&'static str, Vec<Vec<i64>>>) + Sync;

/// The other engine with the stand-in, whose results `damage` may change.
struct StandIn<'d>(&'d Damage);

impl Engine for StandIn<'_> {
    fn settle<'c>(&self, facts: &mut Facts, policy: &Policy<'_>, open: &Open<'c>) -> Result<Settled> {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        settle(Dialect::Postgresql, facts, policy, open, &folder, &|script| {
            assert!(script.is_file());
            let mut results = worked_out(rows_of(folder.path()));
            self.0(&mut results);
            write_results(folder.path(), &results);
            Ok(())
        })
    }
}

/// All plain facts in a file instead of memory.
fn on_shelf(mut facts: Facts, dir: &Path) -> Facts {
    facts.shelf = Arc::new(Shelf::new(dir, Some(0)));
    for block in &mut facts.blocks {
        block.facts = facts.shelf.put(std::mem::take(&mut block.facts)).unwrap();
    }
    facts
}

fn settled(engine: &dyn Engine, facts: &Facts) -> Result<(Settled, Vec<Fact>)> {
    let mut found = Vec::new();
    let policy = Policy::new(&ON_DUPLICATE);
    let settled = settle_with(engine, &mut facts.clone(), &policy, &|_| Collect::default(), &mut |part: Collect| {
        found.extend(part.0);
        Ok(())
    })?;
    Ok((settled, found))
}

/// Each way in which a rejected record can be known: month and measure, neither, one of them.
fn lost() -> impl Strategy<Value = Lost> {
    (0u32..5, 0u32..3, 0i32..4, 0u8..3, 0u8..6, 0u16..3).prop_map(|(area, service, month, day, known, source)| {
        let start = Month::new(2025, 1).unwrap().plus(month);
        let period = Period { start, months: 1, day };
        let measure = Measure::Count(Stage::FormSubmit, if known % 2 == 0 { Channel::Online } else { Channel::Paper });
        let (period, measure) = ((known != 4).then_some(period), (known != 5).then_some(measure));
        Lost { source, area, service, period, measure, partial: false }
    })
}

proptest! {
    #[test]
    fn the_other_engine_settles_as_this_one(
        said in proptest::collection::vec(said(), 0..120),
        lost in proptest::collection::btree_set(lost(), 0..6),
        shares in 1usize..6,
        plain in 0u8..4,
        shelved in any::<bool>(),
    ) {
        let special = |mut said: Said| {
            said.special = if plain > 0 { 13 } else { said.special };
            said
        };
        let said: Vec<Said> = said.into_iter().map(special).collect();
        let facts = Facts { lost: lost.into_iter().collect(), ..facts(&said, &Split::new(5, shares)) };
        let (wanted, wanted_facts) = settled(&Local, &facts).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let facts = if shelved { on_shelf(facts, dir.path()) } else { facts };
        let (found, found_facts) = settled(&StandIn(&|_| {}), &facts).unwrap();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(sums(&found_facts), sums(&wanted_facts));
        let pairs = found_facts.chunk_by(|a, b| (a.area, a.service) == (b.area, b.service));
        let pairs: Vec<Pair> = pairs.map(|pair| (pair[0].area, pair[0].service)).collect();
        prop_assert!(pairs.windows(2).all(|two| two[0] < two[1]), "every pair once, in order: {:?}", pairs);
    }
}

/// Area 0: service 0 has January 5 and a second 7 of the same source, which rejects. Area 1: 9 of a day and 4 of its
/// month meet. Area 2: 3 votes.
fn small() -> Facts {
    let online = Measure::Count(Stage::FormSubmit, Channel::Online);
    let vote = Measure::Feedback(crate::ingest::FeedbackPlace::Page, crate::ingest::Scale::Binary, 1);
    let fact = |area, day, measure, count, row| {
        let period = Period { start: Month::new(2025, 1).unwrap(), months: 1, day };
        PlainFact { key: FactKey::of(area, 0, period, measure).unwrap(), count, row }
    };
    let plain = [
        fact(0, 0, online, 5, 0),
        fact(0, 0, online, 7, 1),
        fact(1, 2, online, 9, 2),
        fact(1, 0, online, 4, 3),
        fact(2, 0, vote, 1, 4),
        fact(2, 0, vote, 1, 5),
        fact(2, 0, vote, 1, 6),
    ];
    let split = Split::new(3, 2);
    let block = crate::ingest::FactBlock { first_record: 1, facts: Lanes::group(&plain, split), ..Default::default() };
    Facts { split, blocks: vec![block], ..Facts::default() }
}

fn refused(damage: &Damage) -> String {
    let error = settled(&StandIn(damage), &small()).unwrap_err();
    assert_ne!(error.message(crate::domain::Lang::De), error.message(crate::domain::Lang::En));
    assert!(!error.hints().is_empty());
    error.to_string()
}

#[test]
fn accounts_that_do_not_balance_are_refused_with_both_numbers() {
    let (_, found) = settled(&StandIn(&|_| {}), &small()).unwrap();
    assert_eq!(found.iter().map(|fact| fact.value).collect::<Vec<_>>(), [5, 9, 3]);
    let balance = |damage: &Damage| {
        let said = refused(damage);
        said.strip_prefix("[engine]: the accounts do not balance: ").unwrap_or(&said).to_owned()
    };
    // Sums, in descending order: votes 3, online 5.
    assert_eq!(balance(&|r| r.get_mut("control").unwrap()[0][0] = 6), "numbers handed over, rows: 7 here, 6 there");
    assert_eq!(balance(&|r| r.get_mut("control").unwrap()[0][1] += 1), "numbers handed over, total: 28 here, 29 there");
    assert_eq!(balance(&|r| drop(r.get_mut("sums").unwrap().pop())), "sums, rows: 1 here, 2 there");
    assert_eq!(balance(&|r| r.get_mut("sums").unwrap()[0][5] = 4), "sums, total: 9 here, 8 there");
    assert_eq!(balance(&|r| r.get_mut("losers").unwrap().clear()), "duplicate numbers, rows: 0 here, 1 there");
    assert_eq!(balance(&|r| r.get_mut("control").unwrap()[2][1] = 5), "duplicate numbers, total: 7 here, 5 there");
    let overlap = "numbers of which days and months overlap";
    assert_eq!(balance(&|r| r.get_mut("crossed").unwrap().clear()), format!("{overlap}, rows: 0 here, 2 there"));
    assert_eq!(balance(&|r| r.get_mut("control").unwrap()[4][0] = 2), "overlapping series, rows: 1 here, 2 there");
    // The engine agrees with itself, but has lost a vote.
    let fewer = balance(&|r| {
        r.get_mut("sums").unwrap()[0][5..].copy_from_slice(&[2, 2]);
        r.get_mut("control").unwrap()[1][1] = 7;
    });
    assert_eq!(fewer, "counted, duplicate and overlapping numbers, rows: 7 here, 6 there");
    let smaller = balance(&|r| {
        r.get_mut("sums").unwrap()[0][5] = 2;
        r.get_mut("control").unwrap()[1][1] = 7;
    });
    assert_eq!(smaller, "counted, duplicate and overlapping numbers, total: 28 here, 27 there");
}

#[test]
fn rows_about_something_else_are_refused() {
    let row = |damage: &Damage| {
        let said = refused(damage);
        let start = "[engine]: the result ";
        said.strip_prefix(start)
            .unwrap_or(&said)
            .replace(".csv has a row that does not fit the numbers handed over", "")
    };
    assert_eq!(row(&|r| r.get_mut("sums").unwrap()[0][0] = 9), "sums: 9,0,202501,54,0,3,3");
    assert_eq!(row(&|r| r.get_mut("sums").unwrap()[0][1] = 1), "sums: 2,1,202501,54,0,3,3");
    assert_eq!(row(&|r| r.get_mut("sums").unwrap()[0][2] = 202_513), "sums: 2,0,202513,54,0,3,3");
    assert_eq!(row(&|r| r.get_mut("sums").unwrap()[0][3] = 255), "sums: 2,0,202501,255,0,3,3");
    assert_eq!(row(&|r| r.get_mut("sums").unwrap()[0].truncate(6)), "sums: 2,0,202501,54,0,3");
    // Not the same key, not earlier, nowhere.
    assert_eq!(row(&|r| r.get_mut("losers").unwrap()[0][1] = 2), "losers: (0, 2, 0)");
    assert_eq!(row(&|r| r.get_mut("losers").unwrap()[0] = vec![0, 0, 1]), "losers: (0, 0, 1)");
    assert_eq!(row(&|r| r.get_mut("losers").unwrap()[0][1] = 99), "losers: (0, 99, 0)");
    assert_eq!(row(&|r| r.get_mut("crossed").unwrap()[0][0] = -1), "crossed: -1,0");
    assert_eq!(row(&|r| drop(r.get_mut("control").unwrap().pop())), "control: pairs");
}

#[test]
fn parquet_holds_what_csv_does() {
    let (facts, parent) = (small(), tempfile::tempdir().unwrap());
    let folder = folder(&parent);
    let policy = Policy::new(&ON_DUPLICATE[2..]);
    let none = HashSet::new();
    let sent = export::write(&facts, &policy, &none, Dialect::Postgresql, &folder).unwrap();
    assert_eq!(sent, export::write(&facts, &policy, &none, Dialect::Spark, &folder).unwrap());
    assert_eq!((sent.numbers, sent.total, sent.last_service), (7, 28, 0));
    let file = fs::File::open(folder.path().join("facts.parquet")).unwrap();
    let frame: DataFrame = ParquetReader::new(file).finish().unwrap();
    assert_eq!(frame.get_column_names(), job::COLUMNS);
    let of_parquet: Vec<Row> = (0..frame.height())
        .map(|at| {
            let cells: Vec<i64> =
                frame.columns().iter().map(|column| column.get(at).unwrap().try_extract().unwrap()).collect();
            cells.try_into().unwrap()
        })
        .collect();
    let of_csv = rows_of(folder.path());
    assert_eq!(of_parquet, of_csv);
    // Area, service, month, day, measure, adds, replaces, source, value, turn.
    assert_eq!(of_csv[2], [1, 0, 202_501, 2, i64::from(online_code()), 0, 1, 0, 9, 2]);

    let nothing = Facts { blocks: Vec::new(), ..facts };
    let sent = export::write(&nothing, &policy, &none, Dialect::Spark, &folder).unwrap();
    assert_eq!(sent.numbers, 0);
}

fn online_code() -> u8 {
    Measure::Count(Stage::FormSubmit, Channel::Online).code().unwrap()
}

#[test]
fn every_measure_has_a_number_of_its_own() {
    let measures: Vec<Measure> = (0..=u8::MAX).filter_map(Measure::of_code).collect();
    assert!(measures.len() > 40);
    for (measure, code) in measures.iter().zip(0..) {
        assert_eq!(measure.code(), Some(code));
    }
}

#[test]
fn the_table_of_the_configuration_is_checked() {
    let spec = |text: &str| toml::from_str::<EngineSpec>(text).unwrap();
    let base = std::path::absolute("base").unwrap();
    let plain = spec("kind = \"postgresql\"\ncommand = [\"psql\", \"-X\"]").check(&base).unwrap();
    assert_eq!((plain.command, plain.work), (vec!["psql".to_owned(), "-X".to_owned()], None));
    let own = spec("kind = \"spark\"\ncommand = [\"./bin/spark-sql\"]\nwork = \"w\"").check(&base).unwrap();
    assert_eq!(Path::new(&own.command[0]), std::path::absolute(base.join("bin/spark-sql")).unwrap());
    assert_eq!(own.work, Some(base.join("w")));
    for command in ["[]", "[\" \"]"] {
        let error = spec(&format!("kind = \"spark\"\ncommand = {command}")).check(&base).unwrap_err();
        assert_eq!(error.to_string(), "[engine] command is empty");
    }
    assert!(toml::from_str::<EngineSpec>("kind = \"oracle\"\ncommand = [\"x\"]").is_err());
}
