use std::fmt;

use crate::domain::{Label, Lang, say};

/// What kind of failure ended the work; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Findings exceed the error budget: nothing was published.
    Budget,
    /// The data do not carry what a method needs: it gives no number.
    Refused,
    /// The command line or the configuration is wrong.
    Config,
    /// An input cannot be read.
    Input,
    /// The program failed, or the machine did (a full disk).
    Internal,
}

/// The one error that reaches the edge of the program: a message and hints that cure it, in both languages.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: Label,
    hints: Vec<Label>,
}

/// A result with the program's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind`. The message names file, place and value where there are any.
    pub fn new(kind: ErrorKind, message: impl Into<Label>) -> Self {
        Self { kind, message: shortened(message.into()), hints: Vec::new() }
    }

    /// A wrong command line or configuration.
    pub fn config(message: impl Into<Label>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// An input that cannot be read.
    pub fn input(message: impl Into<Label>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// A method that gives no number.
    pub fn refused(message: impl Into<Label>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// A failure of the program or the machine.
    pub fn internal(message: impl Into<Label>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// What went wrong, in `lang`.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        self.message.get(lang)
    }

    /// The same error with its place in front of the message.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.message = Label::new(format!("{place}: {}", self.message.de), format!("{place}: {}", self.message.en));
        self
    }

    /// Adds a hint that cures the error.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Label>) -> Self {
        self.hints.push(shortened(hint.into()));
        self
    }

    /// Adds what was probably meant as a hint.
    #[must_use]
    pub fn did_you_mean(self, similar: &str) -> Self {
        self.hint(say!("Gemeint ist vielleicht „{similar}“.", "did you mean \"{similar}\"?"))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The hints, in the order given.
    #[must_use]
    pub fn hints(&self) -> &[Label] {
        &self.hints
    }

    /// The process exit code of this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Budget | ErrorKind::Refused => 1,
            ErrorKind::Config => 2,
            ErrorKind::Input => 3,
            ErrorKind::Internal => 4,
        }
    }
}

/// A damaged file has column names of thousands of characters; a message that repeats them says nothing.
fn shortened(label: Label) -> Label {
    Label { de: middle_out(label.de), en: middle_out(label.en) }
}

fn middle_out(text: String) -> String {
    const HEAD: usize = 700;
    const TAIL: usize = 200;
    let count = text.chars().count();
    if count <= HEAD + TAIL + 3 {
        return text;
    }
    let head = text.chars().take(HEAD);
    head.chain(" … ".chars()).chain(text.chars().skip(count - TAIL)).collect()
}

/// English, for logs; the command line picks the reader's language.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.en)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Project;

    #[test]
    fn a_message_stays_short_whatever_it_quotes() {
        let long = "ä".repeat(70_000);
        let error = Error::input(format!("a.csv: no column {long} in source \"x\"")).hint(long.clone());
        assert_eq!(error.message(Lang::En).chars().count(), 903);
        assert!(error.message(Lang::De).starts_with("a.csv: no column ä"));
        assert!(error.message(Lang::De).ends_with("ä in source \"x\""));
        assert_eq!(error.hints()[0].de.chars().count(), 903);
        let fits = "ö".repeat(903);
        assert_eq!(Error::input(fits.clone()).message(Lang::De), fits);
    }

    #[test]
    fn messages_and_hints_speak_both_languages() {
        let said = [
            Project::parse("", Path::new(".")).unwrap_err(),
            Project::parse("schema_version = 9", Path::new(".")).unwrap_err(),
            Project::parse("schema_version = 1\n[project]\nnmae = \"T\"", Path::new(".")).unwrap_err().at("a.toml"),
            Project::parse("schema_version = 1\n[project]\nname = \"T\"", Path::new(".")).unwrap_err(),
            Project::load(Path::new("/no/such/folder")).unwrap_err(),
        ];
        for error in &said {
            assert_ne!(error.message(Lang::De), error.message(Lang::En));
            assert!(!error.hints().is_empty());
            assert!(error.hints().iter().all(|hint| hint.de != hint.en), "{error}");
        }
        assert_eq!(said[0].message(Lang::De), "schema_version fehlt");
        assert!(said[2].message(Lang::De).starts_with("a.toml: Zeile 3"));
        assert_eq!(said[2].hints()[0], Label::new("Gemeint ist vielleicht „name“.", "did you mean \"name\"?"));
    }
}
