//! `--panel`: the numbers that a comparison works on as a file.

use std::path::PathBuf;

use serde_json::json;

use super::Arguments;
use crate::cli::output::Output;
use crate::compare::{ComparisonSpec, MethodAnswer, Rows, tidy};
use crate::config::Project;
use crate::disclosure::{Audience, Protected, Results};
use crate::domain::{Text, say};
use crate::publish::{check_single, csv_bytes, parquet_bytes, write_single};
use crate::{Error, Result, report};

/// A file holds the numbers of one comparison.
pub(super) fn only(comparisons: &[ComparisonSpec]) -> Result<()> {
    if comparisons.len() == 1 {
        return Ok(());
    }
    let names: Vec<&str> = comparisons.iter().map(|c| c.name.as_str()).collect();
    Err(Error::config(say!(
        "--panel schreibt die Zahlen eines Vergleichs; es gibt mehrere",
        "--panel writes the numbers of one comparison; there are several"
    ))
    .hint(say!("Mit --name einen wählen: {}", "choose one with --name: {}", names.join(", "))))
}

/// The file, checked before the work.
pub(super) struct Target {
    path: PathBuf,
    parquet: bool,
}

pub(super) fn target(arguments: &Arguments, project: &Project) -> Result<Option<Target>> {
    let Some(path) = &arguments.panel else { return Ok(None) };
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if !matches!(ending.as_str(), "csv" | "parquet") {
        return Err(Error::config(say!(
            "--panel {}: Die Endung sagt, was geschrieben wird",
            "--panel {}: the ending says what is written",
            path.display()
        ))
        .hint(say!("Möglich: .csv, .parquet", "possible: .csv, .parquet")));
    }
    crate::cli::check::outside_output(path, "--panel", project)?;
    check_single(path, arguments.force)?;
    if arguments.area.is_some() && arguments.rows != Rows::Months {
        return Err(Error::config(say!("--area gibt es nur mit --rows months", "--area is only for --rows months")));
    }
    Ok(Some(Target { path: path.clone(), parquet: ending == "parquet" }))
}

pub(super) fn write(
    target: &Target,
    arguments: &Arguments,
    protected: &Protected<Results>,
    output: &Output,
) -> Result<()> {
    let found = protected.get();
    let spec = found.comparisons.first().ok_or_else(|| Error::internal("no comparison"))?;
    let numbers = tidy(0, spec, arguments.rows, arguments.area.as_deref(), &found.estimated())?;
    let table = report::tables::tidy(&numbers)?;
    let bytes = if target.parquet { parquet_bytes(&table)? } else { csv_bytes(&table)? };
    write_single(&target.path, &bytes, arguments.force)?;
    let path = target.path.display().to_string();
    let commands = || {
        let answers = found.methods.iter().flat_map(|(_, answers)| answers);
        let same = |answer: &&MethodAnswer| answer.rows == arguments.rows && answer.area == arguments.area;
        answers.filter(same).filter(|answer| !answer.arguments.is_empty()).map(|answer| command(answer, &path))
    };
    if output.json() {
        output.value(&json!({
            "written": path,
            "rows": arguments.rows.id(),
            "n": numbers.len(),
            "audience": protected.audience(),
            "commands": commands().collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    let lang = output.lang();
    output.line(&path);
    if protected.audience() == Audience::Internal {
        output.line(Audience::Internal.label(lang));
    }
    if commands().next().is_some() {
        output.line(Text::new("Nachrechnen:", "Check with:").get(lang));
    }
    commands().for_each(|command| output.line(&format!("  {command}")));
    Ok(())
}

/// What asks the same of the file; of a second one it is said which rows it has to have.
fn command(answer: &MethodAnswer, path: &str) -> String {
    let word = |word: &String| {
        let word = match word.split_once('=') {
            Some(("--data", _)) => format!("--data={path}"),
            Some((option @ ("--standard" | "--reference"), rows)) => format!("{option}={rows}.csv"),
            _ => word.clone(),
        };
        if word.contains([' ', '"', '\'', '$', '`', '*', '?', '&', '|', ';', '(', ')', '<', '>', '\\']) {
            format!("'{}'", word.replace('\'', "'\\''"))
        } else {
            word
        }
    };
    format!("resonanz calc {}", answer.arguments.iter().map(word).collect::<Vec<_>>().join(" "))
}
