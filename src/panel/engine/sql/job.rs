//! The job as SQL: the same queries for every engine, and around them how one loads and unloads.

use serde::Deserialize;

use super::client::Folder;
use crate::Result;

/// How an engine loads facts, keeps a table for the rest of the session, and unloads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Dialect {
    /// PostgreSQL through `psql`: CSV, which the client itself reads and writes.
    Postgresql,
    /// Spark through `spark-sql`: Parquet in, CSV out, both by all workers.
    Spark,
}

/// The tables that come back, each as a CSV file, or a folder of such, without header.
pub(super) const RESULTS: [&str; 4] = ["sums", "losers", "crossed", "control"];

/// The order of columns of `facts`.
pub(super) const COLUMNS: [&str; 10] =
    ["area", "service", "month", "day", "measure", "adds", "replaces", "source", "value", "turn"];

/// Pairs in which days and months of one count meet. A number of a month has day 0.
const CROSSED: &str = "\
SELECT DISTINCT area, service
FROM (
  SELECT area, service
  FROM resonanz_facts
  WHERE adds = 0
  GROUP BY area, service, month, measure
  HAVING MIN(day) = 0 AND MAX(day) > 0
) mixed";

/// Every count beside those with the same key: which was read first, and which claims the key because its source
/// replaces; before it, and of all.
const JUDGED: &str = "\
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
  AND NOT EXISTS (SELECT 1 FROM resonanz_crossed c WHERE c.area = f.area AND c.service = f.service)";

/// What counts: of every key one count, and all votes. A sum beyond 64 bits is an error in the cast or, before it,
/// in the sum.
const SUMS: &str = "\
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
GROUP BY area, service, month, measure, source";

/// Every count that was read after another one of its key, and which of those was in force then.
const LOSERS: &str = "\
SELECT area, turn, COALESCE(claim_before, opening) AS other
FROM resonanz_judged
WHERE turn > opening";

/// What the engine has seen and made, to be compared with what was sent and what came back.
const CONTROL: &str = "\
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
FROM resonanz_crossed";

/// A table of PostgreSQL exists for the session, and paths are those of the client, which works in the folder. Without
/// statistics the plan would be one for a small table.
const POSTGRESQL: Words = Words {
    load: r"\set ON_ERROR_STOP on
CREATE TEMPORARY TABLE resonanz_facts (
  area integer, service integer, month integer, day integer, measure integer,
  adds integer, replaces integer, source integer, value bigint, turn bigint
);
\copy resonanz_facts FROM 'facts.csv' WITH (FORMAT csv)
ANALYZE resonanz_facts;
",
    table: "CREATE TEMPORARY TABLE resonanz_{name} AS\n{query};\n",
    unload: "\\copy (SELECT * FROM resonanz_{name}) TO '{name}.csv' WITH (FORMAT csv)\n",
};

/// A cached table of Spark is computed once. Without ANSI mode a sum beyond 64 bits would wrap around.
const SPARK: Words = Words {
    load: "SET spark.sql.ansi.enabled = true;
CREATE OR REPLACE TEMPORARY VIEW resonanz_facts USING parquet OPTIONS (path '{folder}/facts.parquet');
",
    table: "CACHE TABLE resonanz_{name} AS\n{query};\n",
    unload: "INSERT OVERWRITE DIRECTORY '{folder}/{name}.csv' USING csv
OPTIONS (header 'false', compression 'none') SELECT * FROM resonanz_{name};\n",
};

/// What engines say differently.
struct Words {
    load: &'static str,
    table: &'static str,
    unload: &'static str,
}

impl Dialect {
    fn words(self) -> &'static Words {
        match self {
            Self::Postgresql => &POSTGRESQL,
            Self::Spark => &SPARK,
        }
    }

    /// The name of the file with the facts.
    pub(super) fn facts(self) -> &'static str {
        match self {
            Self::Postgresql => "facts.csv",
            Self::Spark => "facts.parquet",
        }
    }

    /// A command for the configuration.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Postgresql => r#"["psql", "--no-psqlrc", "--no-password", "--dbname", "service=statistik"]"#,
            Self::Spark => r#"["spark-sql", "--master", "yarn"]"#,
        }
    }
}

/// The whole job for the facts in `folder`.
///
/// # Errors
/// If the engine needs the path of the folder, and cannot take it.
pub(super) fn script(dialect: Dialect, folder: &Folder) -> Result<String> {
    let words = dialect.words();
    let mut out = words.load.to_owned();
    let queries = [CROSSED, JUDGED, SUMS, LOSERS, CONTROL];
    for (name, query) in ["crossed", "judged", "sums", "losers", "control"].into_iter().zip(queries) {
        out += &words.table.replace("{name}", name).replace("{query}", query);
    }
    for name in RESULTS {
        out += &words.unload.replace("{name}", name);
    }
    match dialect {
        Dialect::Postgresql => Ok(out),
        Dialect::Spark => Ok(out.replace("{folder}", &folder.uri()?)),
    }
}
