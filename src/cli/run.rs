use std::path::PathBuf;

use serde_json::json;

use super::output::Output;
use crate::Result;
use crate::config::Project;
use crate::domain::{Text, format_count};
use crate::run::{Summary, Trust, run_from};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder with resonanz.toml, or the file itself
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Do not tell by size and time whether a file has changed: hash every one again
    #[arg(long)]
    rehash: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let project = Project::load(&arguments.path)?;
    let trust = if arguments.rehash { Trust::Bytes } else { Trust::SizeAndTime };
    let summary = run_from(&project, trust, &|step| output.step(step))?;
    output.finish();
    tell(&project, &summary, output);
    Ok(())
}

pub(super) fn tell(project: &Project, summary: &Summary, output: &Output) {
    if output.json() {
        output.value(&json!({
            "read": summary.read,
            "accepted": summary.accepted,
            "quarantined": summary.quarantined,
            "replaced": summary.replaced,
            "findings": summary.findings,
            "start_page": summary.start_page,
            "nothing_new": summary.nothing_new,
        }));
        return;
    }
    let lang = project.lang;
    let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX), lang);
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    if summary.nothing_new {
        let said = say(
            "Nichts Neues: Dateien und Einstellungen sind wie beim letzten Lauf, die Ausgabe bleibt, wie sie ist.",
            "Nothing new: files and settings are those of the last run, and the output stays as it is.",
        );
        return output.line(&format!("{}: {said}", project.name));
    }
    output.line(&format!(
        "{}: {} {}, {} {}, {} {}, {} {}",
        project.name,
        count(summary.read),
        say("Angaben gelesen", "entries read"),
        count(summary.accepted),
        say("verwendet", "used"),
        count(summary.quarantined),
        say("in Quarantäne", "in quarantine"),
        count(summary.replaced),
        say("ersetzt", "replaced"),
    ));
    if let Some(page) = &summary.start_page {
        output.line(&format!("{}: {}", say("Bericht", "Report"), project.output.join(page).display()));
    }
    output.line(&format!("{}: {}", say("Ausgabe", "Output"), project.output.display()));
}
