use std::path::PathBuf;

use super::output::Output;
use super::run::tell;
use crate::Result;
use crate::config::Project;
use crate::demo::{DemoSize, write};
use crate::domain::Text;
use crate::run::run as run_project;

/// Writes the fictional example project and runs it: a Land with towns, services, launches, focus
/// groups and campaigns. All places and numbers are invented.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder to write to; it must be empty or an earlier demo
    #[arg(default_value = "resonanz-demo")]
    dir: PathBuf,
    /// Number of towns
    #[arg(long, default_value_t = DemoSize::default().municipalities)]
    municipalities: u32,
    /// Number of services
    #[arg(long, default_value_t = DemoSize::default().services)]
    services: u32,
    /// Number of months
    #[arg(long, default_value_t = DemoSize::default().months)]
    months: u32,
    /// About how many usage rows
    #[arg(long)]
    rows: Option<u64>,
    /// Seed of the random numbers: the same seed writes the same files
    #[arg(long, default_value_t = DemoSize::default().seed)]
    seed: u64,
    /// Write the project, do not run it
    #[arg(long)]
    no_run: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let size = DemoSize {
        municipalities: arguments.municipalities,
        services: arguments.services,
        months: arguments.months,
        rows: arguments.rows,
        seed: arguments.seed,
    };
    output.step(Text::new("Demoprojekt schreiben", "writing the demo project"));
    write(&arguments.dir, &size)?;
    let project = Project::load(&arguments.dir)?;
    if arguments.no_run {
        output.finish();
        output.line(&format!("{}", arguments.dir.display()));
        return Ok(());
    }
    let summary = run_project(&project, &|step| output.step(step))?;
    output.finish();
    tell(&project, &summary, output);
    Ok(())
}
