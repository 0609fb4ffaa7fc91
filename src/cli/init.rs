use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::Output;
use crate::config::recognise::{Ask, Nobody, Question, draft};
use crate::config::{FILE_NAME, Project, starter};
use crate::domain::{Lang, Text, format_count, say};
use crate::ingest::Findings;
use crate::ingest::spec::SourceKind;
use crate::panel::Panel;
use crate::{Error, Result};

/// Translated in `help`.
pub(super) const AFTER_HELP: &str = "Examples:\n  resonanz init my-town --from numbers.xlsx\n      Recognise your own file; what it does not say is asked\n  resonanz init my-town --from numbers.xlsx feedback.csv\n      Several files, one project\n  resonanz init my-town\n      No file yet: empty templates to fill in";

/// Writes a commented resonanz.toml and an empty template per source, or one recognised from the
/// user's own files. Existing files are never overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// Folder to write to; it is made if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Your own files (Excel, CSV, Parquet, JSON): their layout is recognised and written down with a comment on each guess
    #[arg(long, num_args = 1.., value_name = "FILE")]
    from: Vec<PathBuf>,
    /// The answer to a question, for example decimal=, or usage.stage=form_submit; may be repeated
    #[arg(long, value_name = "QUESTION=ANSWER", requires = "from")]
    answer: Vec<String>,
    /// Ask nothing: what cannot be told stays an open question in resonanz.toml
    #[arg(long, requires = "from")]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    if !arguments.from.is_empty() {
        return from_files(arguments, output);
    }
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

/// `name=answer`; the answer may hold `=`.
fn answers(given: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        text.split_once('=').map(|(name, answer)| (name.trim().to_owned(), answer.to_owned())).ok_or_else(|| {
            Error::config(say!("--answer {text}: Es fehlt das „=“", "--answer {text}: there is no \"=\""))
                .hint(say!("Zum Beispiel: --answer decimal=,", "for example: --answer decimal=,"))
        })
    };
    given.iter().map(pair).collect()
}

fn from_files(arguments: &Arguments, output: &Output) -> Result<()> {
    let (dir, lang) = (&arguments.dir, output.lang());
    let configuration = dir.join(FILE_NAME);
    if configuration.symlink_metadata().is_ok() {
        return Err(starter::in_the_way(&configuration));
    }
    let answers = answers(&arguments.answer)?;
    let ask = !arguments.yes && !output.json() && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let mut terminal = Terminal { lang };
    let who: &mut dyn Ask = if ask { &mut terminal } else { &mut Nobody };
    let draft = draft(dir, &arguments.from, lang, &answers, who)?;
    let written = starter::write_files(dir, &draft.files, lang)?;
    if !output.json() {
        written.iter().for_each(|path| output.line(&path.display().to_string()));
        draft.remarks.iter().for_each(|remark| output.line(remark.get(lang)));
    }
    if !draft.open.is_empty() {
        if output.json() {
            output.value(
                &json!({ "written": written, "open": draft.open.iter().map(|q| as_json(q, lang)).collect::<Vec<_>>() }),
            );
        } else {
            tell_open(&draft.open, &configuration, dir, output);
        }
        return Ok(());
    }
    let project = Project::load(&configuration)?;
    let mut read = crate::run::read(&project)?;
    let panel = Panel::build(&read.records)?;
    panel.findings(&read.records).into_iter().for_each(|finding| read.findings.add(finding));
    if output.json() {
        let sources: Vec<_> = read
            .findings
            .balances
            .iter()
            .map(|(name, b)| {
                json!({"source": name, "read": b.read, "accepted": b.accepted, "quarantined": b.quarantined,
                       "replaced": b.replaced, "errors": b.errors})
            })
            .collect();
        let findings: u64 = read.findings.counts.values().sum();
        output.value(&json!({ "written": written, "open": [], "sources": sources, "findings": findings }));
    } else {
        super::check::balances(&project, &read.findings).iter().for_each(|line| output.line(line));
        let counted = project.sources.iter().any(|source| source.kind == SourceKind::Usage);
        let fit = read.check_budgets(&project.sources).is_ok();
        output.line(&next_command(dir, counted, fit, &read.findings, lang));
    }
    read.check_budgets(&project.sources)
}

fn as_json(question: &Question, lang: Lang) -> serde_json::Value {
    let choices: Vec<_> =
        question.choices.iter().map(|c| json!({"value": c.value, "means": c.label.get(lang)})).collect();
    json!({"source": question.source, "question": question.id, "text": question.text.get(lang), "choices": choices,
           "free": question.free})
}

/// Asks on the terminal; an empty line leaves the question open.
struct Terminal {
    lang: Lang,
}

impl Ask for Terminal {
    fn ask(&mut self, question: &Question) -> Option<String> {
        let mut stderr = anstream::stderr();
        let _ = writeln!(stderr, "\n{}: {}", question.source, question.text.get(self.lang));
        for (choice, number) in question.choices.iter().zip(1..) {
            let _ = writeln!(stderr, "  {number}  {}", choice.label.get(self.lang));
        }
        let prompt = match (question.choices.is_empty(), question.free) {
            (true, _) => Text::new("Antwort (leer: offen lassen)", "answer (empty: leave open)"),
            (false, true) => Text::new("Nummer oder Text (leer: offen lassen)", "number or text (empty: leave open)"),
            (false, false) => Text::new("Nummer (leer: offen lassen)", "number (empty: leave open)"),
        };
        let mut lines = std::io::stdin().lock().lines();
        loop {
            let _ = write!(stderr, "{}: ", prompt.get(self.lang));
            let _ = stderr.flush();
            let line = lines.next()?.ok()?;
            if let Some(answer) = chosen(question, line.trim()) {
                return answer;
            }
        }
    }
}

/// What a line typed by the user means: `None` for no possible answer, `Some(None)` for leaving it open.
fn chosen(question: &Question, line: &str) -> Option<Option<String>> {
    if line.is_empty() {
        return Some(None);
    }
    let at = line.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(choice) = at.and_then(|at| question.choices.get(at)) {
        return Some(Some(choice.value.clone()));
    }
    let named = question.choices.iter().any(|choice| choice.value == line);
    (named || question.free).then(|| Some(line.to_owned()))
}

fn tell_open(open: &[Question], configuration: &Path, dir: &Path, output: &Output) {
    let lang = output.lang();
    let n = open.len();
    let head = say!(
        "\nOffene Fragen: {n}. Bis sie beantwortet sind, wird nichts gelesen. In {} das \"?\" ersetzen:",
        "\nOpen questions: {n}. Until they are answered nothing is read. Replace the \"?\" in {}:",
        configuration.display()
    );
    output.line(head.get(lang));
    for (question, number) in open.iter().zip(1..) {
        output.line(&format!("{number}. {} ({}): {}", question.id, question.source, question.text.get(lang)));
        for choice in &question.choices {
            output.line(&format!("     \"{}\"  {}", choice.value, choice.label.get(lang)));
        }
    }
    let place = placed(dir);
    let example = open.first().map_or_else(String::new, |question| {
        let value = question.choices.first().map_or("…", |choice| choice.value.as_str());
        format!("--answer \"{}={value}\"", question.id)
    });
    let next = say!(
        "Danach: resonanz check{place}\nOder in einen neuen Ordner und gleich mit Antworten, etwa: {example}",
        "Then: resonanz check{place}\nOr into a new folder with the answers at once, for example: {example}"
    );
    output.line(next.get(lang));
}

fn next_command(dir: &Path, counted: bool, fit: bool, findings: &Findings, lang: Lang) -> String {
    let place = placed(dir);
    let n = format_count(i64::try_from(findings.counts.values().sum::<u64>()).unwrap_or(i64::MAX), lang);
    let command = if !fit {
        say!(
            "Zuerst die Befunde ansehen und beheben: resonanz check{place}\nDanach auswerten: resonanz run{place}",
            "First see the findings and cure them: resonanz check{place}\nThen evaluate: resonanz run{place}"
        )
    } else if counted {
        say!(
            "Was angenommen wurde, steht in {FILE_NAME} über jeder Einstellung.\nAuswerten: resonanz run{place}",
            "What was assumed stands in {FILE_NAME} above each setting.\nEvaluate:  resonanz run{place}"
        )
    } else {
        say!(
            "Es fehlen noch Nutzungszahlen; Befunde ansehen: resonanz check{place}",
            "counts of use are still missing; see the findings: resonanz check{place}"
        )
    };
    let (de, en) = (command.de, command.en);
    let text = say!(
        "\nBefunde: {n} (Einzelheiten: resonanz check{place})\n{de}",
        "\nFindings: {n} (details: resonanz check{place})\n{en}"
    );
    text.get(lang).to_owned()
}

/// The folder as the argument of a command, nothing for the folder one is in.
fn placed(dir: &Path) -> String {
    match dir.to_string_lossy() {
        _ if dir == Path::new(".") => String::new(),
        name if name.contains(char::is_whitespace) => format!(" \"{name}\""),
        name => format!(" {name}"),
    }
}

fn next_steps(dir: &Path, lang: Lang) -> String {
    let input = starter::INPUT.get(lang);
    let here = dir == Path::new(".");
    let input = if here { input.to_owned() } else { dir.join(input).display().to_string() };
    let place = placed(dir);
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
    use crate::config::recognise::Choice;
    use crate::domain::Label;

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

    #[test]
    fn a_typed_line_is_a_number_a_value_or_where_allowed_any_text() {
        let choice = |value: &str| Choice { value: value.into(), label: Label::from(value) };
        let text = Label::from("Which?");
        let choices = vec![choice(","), choice(".")];
        let mut question = Question { id: "decimal".into(), source: "s".into(), text, choices, free: false };
        assert_eq!(chosen(&question, "2"), Some(Some(".".into())));
        assert_eq!(chosen(&question, ","), Some(Some(",".into())));
        assert_eq!(chosen(&question, ""), Some(None));
        assert_eq!(chosen(&question, "3"), None);
        question.free = true;
        assert_eq!(chosen(&question, "99001001"), Some(Some("99001001".into())));
    }

    #[test]
    fn an_answer_may_hold_an_equals_sign() {
        assert_eq!(answers(&["mark ==0".into()]).unwrap(), [("mark".into(), "=0".into())]);
        assert!(answers(&["decimal".into()]).is_err());
    }
}
