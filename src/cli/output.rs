use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::Error;
use crate::domain::{Lang, Text};

/// Where results and messages go: results to stdout, all else to stderr.
pub(super) struct Output {
    quiet: bool,
    json: bool,
    lang: Lang,
    bar: ProgressBar,
}

impl Output {
    pub(super) fn new(quiet: bool, json: bool, lang: Lang) -> Self {
        let bar =
            if quiet || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.set_style(ProgressStyle::default_spinner());
        Self { quiet, json, lang, bar }
    }

    /// The language of messages.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether results are wanted as JSON.
    pub(super) fn json(&self) -> bool {
        self.json
    }

    /// One line of result. A closed pipe ends the program quietly.
    pub(super) fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| stop_on_closed_pipe(writeln!(anstream::stdout(), "{}", plain(text))));
        }
    }

    /// A JSON result; it is printed even when quiet, because it was asked for.
    pub(super) fn value(&self, value: &Value) {
        stop_on_closed_pipe(writeln!(anstream::stdout(), "{value:#}"));
    }

    /// Says what begins, on a terminal only.
    pub(super) fn step(&self, step: Text) {
        let text = step.get(self.lang);
        log::info!("{text}");
        self.bar.set_message(text);
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    /// Ends the progress display.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn error(&self, error: &Error) {
        let lang = self.lang;
        self.finish();
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        let mut stderr = anstream::stderr();
        let _ =
            writeln!(stderr, "{red}{}:{red:#} {}", Text::new("Fehler", "error").get(lang), plain(error.message(lang)));
        for hint in error.hints() {
            let _ =
                writeln!(stderr, "{cyan}{}:{cyan:#} {}", Text::new("Hinweis", "hint").get(lang), plain(hint.get(lang)));
        }
    }
}

/// Values of a delivery are quoted: none may steer the terminal or reverse the direction of writing.
fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(steers) { Cow::Owned(text.replace(steers, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn stop_on_closed_pipe(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() == std::io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_do_not_steer_the_terminal() {
        assert_eq!(plain("Größe:\t5\nzwei"), "Größe:\t5\nzwei");
        assert_eq!(plain("a\u{1b}[2Jb\rc\u{202e}d\u{9b}31m"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}31m");
    }
}
