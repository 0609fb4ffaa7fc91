//! When a run has nothing to do: the files, the settings and the program are those of the last finished
//! run, and its output still stands.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use super::Summary;
use crate::Result;
use crate::config::Project;
use crate::domain::say;
use crate::ingest::{Store, digest_of};
use crate::publish::{recover, standing};

/// What the last finished run told, if this one would write the same.
///
/// # Errors
/// If the rest of an interrupted run cannot be cleared away.
pub(super) fn nothing_new(project: &Project, store: &mut Store) -> Result<Option<Summary>> {
    let Some(last) = store.nothing_new(&project.base, &project.sources, &settings(project)) else { return Ok(None) };
    recover(&project.output)?;
    if standing(&project.output).as_ref() != Some(&last.output) {
        return Ok(None);
    }
    let summary = serde_json::from_value::<Summary>(last.summary).ok();
    Ok(summary.map(|summary| Summary { nothing_new: true, ..summary }))
}

/// Remembers a run whose output has just been put in place.
///
/// # Errors
/// If the store cannot be written.
pub(super) fn finish(project: &Project, store: Store, summary: &Summary) -> Result<()> {
    let summary = serde_json::to_value(summary).map_err(|error| crate::Error::internal(error.to_string()))?;
    let output = standing(&project.output).ok_or_else(|| {
        crate::Error::internal(say!(
            "{}: Die Ausgabe wurde verändert, kaum dass sie geschrieben war",
            "{}: the output was changed as soon as it had been written",
            project.output.display()
        ))
    })?;
    store.finish(&settings(project), output, summary)
}

/// All that an output depends on but the files of the sources: the configuration as it is in force, and the
/// program, with the templates, texts and fonts in it. Where the project lies is not a part of it.
fn settings(project: &Project) -> String {
    let project = Project { base: PathBuf::new(), output: PathBuf::new(), store: None, ..project.clone() };
    digest_of(format_args!("{} {:?} {project:?}", env!("CARGO_PKG_VERSION"), executable()))
}

/// Size and time of the program's own file: whoever builds it anew without a new version wants to see what
/// has changed.
fn executable() -> Option<(u64, u128)> {
    let metadata = std::env::current_exe().ok()?.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos()))
}
