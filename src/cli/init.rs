use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::Output;
use crate::Result;
use crate::config::starter;
use crate::domain::{Lang, Text};

/// Writes a commented resonanz.toml and an empty template per source. Existing files are never
/// overwritten.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder to write to; it is made if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let written = starter::write(&arguments.dir, output.lang())?;
    if output.json() {
        output.value(&json!({ "written": written }));
        return Ok(());
    }
    for path in &written {
        output.line(&path.display().to_string());
    }
    output.line(&next_steps(&arguments.dir, output.lang()));
    Ok(())
}

fn next_steps(dir: &Path, lang: Lang) -> String {
    let input = starter::INPUT.get(lang);
    let here = dir == Path::new(".");
    let input = if here { input.to_owned() } else { dir.join(input).display().to_string() };
    let place = match dir.to_string_lossy() {
        _ if here => String::new(),
        name if name.contains(char::is_whitespace) => format!(" \"{name}\""),
        name => format!(" {name}"),
    };
    let text = Text::new(
        "\nSo geht es weiter:\n\
         1. Ausfüllen in {input}: {needed}\n\
         2. Prüfen:    resonanz check{place}\n\
         3. Auswerten: resonanz run{place}",
        "\nNext steps:\n\
         1. Fill in, in {input}: {needed}\n\
         2. Check:    resonanz check{place}\n\
         3. Evaluate: resonanz run{place}",
    );
    text.get(lang).replace("{input}", &input).replace("{needed}", starter::NEEDED.get(lang)).replace("{place}", &place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_steps_name_folder_and_commands() {
        insta::assert_snapshot!(next_steps(Path::new("."), Lang::De), @r"

        So geht es weiter:
        1. Ausfüllen in eingang: register.xlsx, leistungen.xlsx, fallzahlen.xlsx
        2. Prüfen:    resonanz check
        3. Auswerten: resonanz run
        ");
        insta::assert_snapshot!(next_steps(Path::new("my town"), Lang::En), @r#"

        Next steps:
        1. Fill in, in my town/input: register.xlsx, services.xlsx, usage.xlsx
        2. Check:    resonanz check "my town"
        3. Evaluate: resonanz run "my town"
        "#);
    }
}
