//! The fictional example project, at any size.
//!
//! [`write()`] makes a folder as a Land would receive it: registers, case numbers in several formats,
//! feedback, a survey, events, with gaps and a few dirty rows, and a `resonanz.toml` that declares
//! them. The same size and seed give the same bytes. The truth behind the numbers is known
//! ([`world`]), so that a method can be tested on whether it finds it.

mod comments;
mod draw;
mod feedback;
mod names;
mod other;
mod out;
mod project;
mod services;
mod survey;
mod usage;
mod workbook;
pub mod world;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::say;
use crate::{Error, Result};

pub use feedback::FEEDBACK_DIRT;
pub use services::Service;
pub use usage::{TOTAL_ROW, USAGE_DIRT};

use out::{INPUT, failed};
use world::World;

/// How large the example becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSize {
    /// Places, 1 to 50,000.
    pub municipalities: u32,
    /// Services, 1 to 9,000.
    pub services: u32,
    /// Months up to June 2025, 1 to 120.
    pub months: u32,
    /// About how many rows the yearly case-number files have together (within 10 % from about
    /// 2,000 on). More than come naturally: counts are split into days. Fewer: some places do not
    /// deliver some services.
    pub rows: Option<u64>,
    /// The seed.
    pub seed: u64,
}

/// At the default seed places with focus groups reach about twice the plateau of those without, as such
/// places report; a factor of 1.5 of it is true effect, the rest is that eager places hold focus groups.
impl Default for DemoSize {
    fn default() -> Self {
        Self { municipalities: 60, services: 12, months: 30, rows: None, seed: 32 }
    }
}

/// A file of the example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFile {
    /// Path inside the project, with `/`.
    pub path: String,
    /// Records without the header, dirty ones included; lines of a text file.
    pub rows: u64,
}

/// Dirty rows that were put into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyRows {
    /// Path inside the project.
    pub file: String,
    /// See [`USAGE_DIRT`], [`FEEDBACK_DIRT`] and [`TOTAL_ROW`].
    pub kind: &'static str,
    /// How many.
    pub rows: u64,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoSummary {
    /// The files in the order written.
    pub files: Vec<DemoFile>,
    /// The dirty rows in them.
    pub dirty: Vec<DirtyRows>,
    /// Feedback rows that replace an earlier one with the same id; not dirty.
    pub replaced: u64,
}

/// How large the small extras become: they grow slower than the world.
#[derive(Debug, Clone, Copy)]
struct Size {
    municipalities: u32,
}

impl Size {
    fn votes(self) -> u32 {
        (self.municipalities * 25).min(60_000)
    }

    fn respondents(self) -> u32 {
        (900.0 * (f64::from(self.municipalities) / 60.0).sqrt().clamp(0.5, 13.0)) as u32
    }
}

/// Writes the example project into `dir`, which is made if it does not exist.
///
/// # Errors
/// If `dir` holds anything but an earlier example, if the size cannot be made, or if writing fails.
pub fn write(dir: &Path, size: &DemoSize) -> Result<DemoSummary> {
    let world = World::new(size)?;
    prepare(dir)?;
    let mut summary = DemoSummary::default();
    // First of all: an example whose writing was interrupted is still recognised as one.
    text(dir, "resonanz.toml", &project::project_file(&world), &mut summary)?;
    text(dir, "LIESMICH.txt", &project::readme(), &mut summary)?;
    let extras = Size { municipalities: size.municipalities };
    other::write(dir, &world, &mut summary)?;
    usage::write(dir, &world, size.rows, &mut summary)?;
    workbook::write_xlsx(dir, &world, &mut summary)?;
    workbook::write_parquet(dir, &world, &mut summary)?;
    feedback::write(dir, &world, extras, &mut summary)?;
    survey::write(dir, &world, extras, &mut summary)?;
    Ok(summary)
}

/// Makes the folders; removes the case numbers of an earlier example, which may cover other years.
fn prepare(dir: &Path) -> Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(Error::config(say!("{} ist eine Datei, kein Ordner", "{} is a file, not a folder", dir.display())));
    }
    let occupied = dir.exists() && fs::read_dir(dir).map_err(failed(dir))?.next().is_some();
    if occupied && !is_example(dir) {
        return Err(Error::config(say!(
            "{} ist nicht leer und enthält kein früheres Beispiel",
            "{} is not empty and holds no earlier example",
            dir.display()
        ))
        .hint(say!(
            "Einen neuen Ordner wählen: resonanz demo beispiel",
            "choose a new folder: resonanz demo beispiel"
        )));
    }
    let input = dir.join(INPUT);
    fs::create_dir_all(&input).map_err(failed(&input))?;
    let mut stale: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&input).map_err(failed(&input))? {
        let path = entry.map_err(failed(&input))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let year = name.strip_prefix("faelle-").and_then(|rest| rest.strip_suffix(".csv"));
        if name == "faelle-kreis.xlsx" || year.is_some_and(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit())) {
            stale.push(path);
        }
    }
    stale.iter().try_for_each(|path| fs::remove_file(path).map_err(failed(path)))
}

fn is_example(dir: &Path) -> bool {
    fs::read_to_string(dir.join("resonanz.toml")).is_ok_and(|text| text.lines().next() == Some(project::MARKER))
}

fn text(dir: &Path, name: &str, text: &str, summary: &mut DemoSummary) -> Result<()> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(failed(&path))?;
    summary.files.push(DemoFile { path: name.to_owned(), rows: text.lines().count() as u64 });
    Ok(())
}

/// The towns of the custom group: the first eight of moderate size that hold focus groups, by key.
fn group(world: &World) -> Vec<usize> {
    let takes_part = |t: &usize| world.towns[*t].participates && world.towns[*t].population < 60_000;
    (0..world.towns.len()).filter(takes_part).take(8).collect()
}
