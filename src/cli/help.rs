//! The help in German: clap writes it in English, a table says every text of it in German.

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use crate::domain::Lang;

/// Every text of the help, English and German.
const TEXTS: [(&str, &str); 54] = [
    (
        "Shows public administration whether its online services are used, by whom, compared with whom",
        "Zeigt der Verwaltung, ob ihre Online-Dienste genutzt werden, von wem und im Vergleich mit wem",
    ),
    (
        "First success:  resonanz demo\nYour own data:  resonanz init my-town --from numbers.xlsx\n                resonanz check my-town\n                resonanz run my-town\n\nExit codes: 0 done, 1 stopped by an error budget or refused by a method, 2 usage or configuration, 3 input unreadable, 4 internal",
        "Erster Erfolg:  resonanz demo\nEigene Daten:   resonanz init meine-stadt --from zahlen.xlsx\n                resonanz check meine-stadt\n                resonanz run meine-stadt\n\nRückgabewerte: 0 erledigt, 1 zu viele fehlerhafte Datensätze oder kein Ergebnis möglich, 2 Aufruf oder Konfiguration, 3 Eingabe nicht lesbar, 4 interner Fehler",
    ),
    ("Write the fictional example project and run it", "Das erfundene Beispielprojekt schreiben und auswerten"),
    (
        "Write a commented resonanz.toml: from your own files with --from FILE, else with empty templates",
        "Eine kommentierte resonanz.toml schreiben: mit --from DATEI aus eigenen Dateien, sonst mit leeren Vorlagen",
    ),
    ("Read and validate everything, no analysis", "Alles einlesen und prüfen, ohne Auswertung"),
    ("The main job: from the sources to the report", "Die Hauptaufgabe: von den Quellen zum Bericht"),
    (
        "Towns with and without an event: how far the comparison carries, and whether a claim holds",
        "Orte mit und ohne Ereignis: wie weit der Vergleich trägt und ob eine Aussage stimmt",
    ),
    ("Only the comparison of this name", "Nur der Vergleich mit diesem Namen"),
    (
        "Hold \"at least so many times as high\" against the data, for example 2",
        "„Mindestens so viel Mal so hoch“ an den Daten prüfen, zum Beispiel 2",
    ),
    (
        "Hold \"at least so much higher\" against the data, as a share: 0.05 is five percentage points",
        "„Mindestens so viel höher“ an den Daten prüfen, als Anteil: 0.05 sind fünf Prozentpunkte",
    ),
    (
        "Write the numbers of the comparison to a file, .csv or .parquet, so that other software can check a figure",
        "Die Zahlen des Vergleichs in eine Datei schreiben, .csv oder .parquet, damit andere Software nachrechnen kann",
    ),
    ("What one row of the file of --panel is", "Wofür eine Zeile der Datei von --panel steht"),
    (
        "Key of the only area in the file of --panel where a row is a month",
        "Schlüssel des einzigen Gebiets in der Datei von --panel, wenn eine Zeile ein Monat ist",
    ),
    ("Overwrite the file of --panel if it exists", "Die Datei von --panel überschreiben, wenn es sie gibt"),
    ("A town in a month", "Ein Ort in einem Monat"),
    (
        "A town in a month, only towns with a number in every month",
        "Ein Ort in einem Monat, nur Orte mit einer Zahl in jedem Monat",
    ),
    (
        "A town in the reference period, only towns of which every characteristic is known",
        "Ein Ort im Berichtszeitraum, nur Orte, von denen jedes Merkmal bekannt ist",
    ),
    ("A town in the reference period", "Ein Ort im Berichtszeitraum"),
    ("A month, all towns or one", "Ein Monat, alle Orte zusammen oder einer"),
    ("A service of a town in the reference period", "Eine Leistung eines Ortes im Berichtszeitraum"),
    ("The towns with, and those without the event", "Die Orte mit und die Orte ohne das Ereignis"),
    (
        "A service of the towns with, and of those without the event",
        "Eine Leistung der Orte mit und der Orte ohne das Ereignis",
    ),
    ("A service of all towns", "Eine Leistung aller Orte"),
    (
        "Any one method on any tidy table (CSV, Parquet, Excel)",
        "Ein einzelnes Verfahren auf eine beliebige Tabelle anwenden",
    ),
    ("What a key figure, a finding or a method means", "Was eine Kennzahl, ein Befund oder ein Verfahren bedeutet"),
    (
        "Print this message or the help of the given subcommand(s)",
        "Diese Übersicht oder die Hilfe zu einem Befehl anzeigen",
    ),
    ("Print help", "Hilfe anzeigen"),
    ("Print help (see a summary with '-h')", "Hilfe anzeigen (kürzer mit „-h“)"),
    ("Print help (see more with '--help')", "Hilfe anzeigen (mehr mit „--help“)"),
    ("Print version", "Version anzeigen"),
    ("Say nothing but errors", "Nur Fehler melden"),
    ("Results as JSON on stdout", "Ergebnisse als JSON auf der Standardausgabe"),
    (
        "Language of messages, de or en; default: the language of the environment (LANG), else de",
        "Sprache der Meldungen, de oder en; ohne Angabe die Sprache der Umgebung (LANG), sonst de",
    ),
    ("Colours in messages", "Farben in Meldungen"),
    (
        "How much the program tells about its work on stderr: error, warn, info, debug",
        "Wie viel das Programm auf der Fehlerausgabe über seine Arbeit sagt: error, warn, info, debug",
    ),
    (
        "Folder to write to; it must be empty or an earlier demo",
        "Zielordner; er muss leer sein oder ein früheres Beispiel enthalten",
    ),
    ("Number of towns", "Anzahl der Orte"),
    ("Number of services", "Anzahl der Leistungen"),
    ("Number of months", "Anzahl der Monate"),
    ("About how many usage rows", "Ungefähre Anzahl der Zeilen mit Nutzungszahlen"),
    (
        "Seed of the random numbers: the same seed writes the same files",
        "Startwert der Zufallszahlen: derselbe Wert schreibt dieselben Dateien",
    ),
    ("Write the project, do not run it", "Das Projekt nur schreiben, nicht auswerten"),
    ("Folder to write to; it is made if it does not exist", "Zielordner; er wird angelegt, wenn es ihn nicht gibt"),
    (
        "Your own files (Excel, CSV, Parquet, JSON): their layout is recognised and written down with a comment on each guess",
        "Eigene Dateien (Excel, CSV, Parquet, JSON): Ihr Aufbau wird erkannt und mit einem Kommentar zu jeder Annahme aufgeschrieben",
    ),
    (
        "The answer to a question, for example decimal=, or usage.stage=form_submit; may be repeated",
        "Die Antwort auf eine Frage, etwa decimal=, oder fallzahlen.stage=form_submit; mehrfach möglich",
    ),
    (
        "Ask nothing: what cannot be told stays an open question in resonanz.toml",
        "Nichts fragen: Was nicht zu erkennen ist, bleibt als offene Frage in resonanz.toml",
    ),
    ("Folder with resonanz.toml, or the file itself", "Ordner mit resonanz.toml oder die Datei selbst"),
    (
        "Do not tell by size and time whether a file has changed: hash every one again",
        "Nicht an Größe und Zeit erkennen, ob eine Datei geändert ist: von jeder die Prüfsumme neu bilden",
    ),
    ("Examples shown per kind of finding and source", "Anzahl der gezeigten Beispiele je Art von Befund und Quelle"),
    (
        "Also write the findings to a file: .csv or .parquet for machines, .xlsx for the audit workbook",
        "Die Befunde auch in eine Datei schreiben: .csv oder .parquet für Maschinen, .xlsx als Prüfbericht",
    ),
    ("Overwrite the file of --table if it exists", "Die Datei von --table überschreiben, wenn es sie gibt"),
    ("For example online_share, unknown_area, wilson", "Zum Beispiel online_share, unknown_area, wilson"),
    (
        super::init::AFTER_HELP,
        "Beispiele:\n  resonanz init meine-stadt --from zahlen.xlsx\n      Die eigene Datei erkennen; was nicht daraus hervorgeht, wird gefragt\n  resonanz init meine-stadt --from zahlen.xlsx feedback.csv\n      Mehrere Dateien, ein Projekt\n  resonanz init meine-stadt\n      Noch keine Datei: leere Vorlagen zum Ausfüllen",
    ),
    ("Print help for the subcommand(s)", "Hilfe zu einem Befehl anzeigen"),
];

/// The names of values in the usage lines.
const VALUES: [(&str, &str); 35] = [
    ("DIR", "ORDNER"),
    ("PATH", "PFAD"),
    ("TOPIC", "THEMA"),
    ("COMMAND", "BEFEHL"),
    ("LANG", "SPRACHE"),
    ("WHEN", "WANN"),
    ("LEVEL", "STUFE"),
    ("MUNICIPALITIES", "ORTE"),
    ("SERVICES", "LEISTUNGEN"),
    ("MONTHS", "MONATE"),
    ("ROWS", "ZEILEN"),
    ("SEED", "STARTWERT"),
    ("EXAMPLES", "ANZAHL"),
    ("FILE", "DATEI"),
    ("QUESTION=ANSWER", "FRAGE=ANTWORT"),
    ("METHOD", "VERFAHREN"),
    ("NAME", "NAME"),
    ("RATIO", "VERHÄLTNIS"),
    ("DIFFERENCE", "UNTERSCHIED"),
    ("AREA", "GEBIET"),
    ("DISTANCE", "ABSTAND"),
    ("COLUMN", "SPALTE"),
    ("COLUMNS", "SPALTEN"),
    ("SIGN", "ZEICHEN"),
    ("NUMBER", "ZAHL"),
    ("DRAWS", "ZIEHUNGEN"),
    ("LEVELS", "NIVEAUS"),
    ("CUTS", "SCHNITTE"),
    ("UNIT", "EINHEIT"),
    ("TIME", "ZEITPUNKT"),
    ("MEASURE", "GRÖSSE"),
    ("KIND", "ART"),
    ("WEIGHTS", "GEWICHTE"),
    ("WINDOW", "FENSTER"),
    ("SHARE", "ANTEIL"),
];

fn german(table: &[(&'static str, &'static str)], english: &str) -> Option<&'static str> {
    table.iter().find(|(en, _)| *en == english).map(|(_, de)| *de)
}

/// A text of the help in German: of a verb here, of a method where the method is.
fn text(english: &str) -> Option<&'static str> {
    german(&TEXTS, english).or_else(|| crate::calc::GERMAN.iter().find_map(|table| german(table, english)))
}

/// The command with its help in `lang`.
pub(super) fn in_language(mut command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::De => {
            // Before this the help of clap itself is not there yet.
            command.build();
            translated(command)
        }
    }
}

fn translated(mut command: Command) -> Command {
    let usage = command.render_usage().ansi().to_string();
    // Coloured or not: behind the heading stands what is to be kept.
    let usage = usage.split_once("Usage:").map_or("", |(_, rest)| rest).trim_start_matches("\u{1b}[0m").trim();
    let usage = VALUES
        .iter()
        .flat_map(|(en, de)| [(format!("[{en}]"), format!("[{de}]")), (format!("<{en}>"), format!("<{de}>"))])
        .fold(usage.replace("[OPTIONS]", "[OPTIONEN]"), |text, (en, de)| text.replace(&en, &de));
    let heading = command.get_styles().get_usage();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{heading}Aufruf:{heading:#} {{usage}}\n\n{{all-args}}{{after-help}}"
    );
    if let Some(de) = command.get_about().and_then(|en| text(&en.to_string())) {
        command = command.about(de);
    }
    if let Some(de) = command.get_after_help().and_then(|en| text(&en.to_string())) {
        command = command.after_help(de);
    }
    command
        .help_template(template)
        .override_usage(usage)
        .subcommand_help_heading("Befehle")
        .subcommand_value_name("BEFEHL")
        .mut_args(argument)
        .mut_subcommands(translated)
}

fn argument(arg: Arg) -> Arg {
    let heading = if arg.is_positional() { "Argumente" } else { "Optionen" };
    let mut help = arg.get_help().and_then(|en| text(&en.to_string())).unwrap_or_default().to_owned();
    let takes_value = arg.get_action().takes_values();
    let listed = |items: Vec<String>| items.join(", ");
    let default = listed(arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect());
    if takes_value && !default.is_empty() {
        help.push_str(&format!(" [Vorgabe: {default}]"));
    }
    let possible = listed(arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect());
    if takes_value && !possible.is_empty() {
        help.push_str(&format!(" [möglich: {possible}]"));
    }
    let name = arg.get_value_names().and_then(|names| names.first()).and_then(|en| german(&VALUES, en));
    let described = |value: &PossibleValue| {
        let said = text(&value.get_help()?.to_string())?;
        Some(format!("- {}: {said}", value.get_name()))
    };
    let described: Vec<String> = arg.get_possible_values().iter().filter_map(described).collect();
    let long = described.iter().fold(help.clone(), |all, line| format!("{all}\n{line}"));
    let arg = if takes_value && !described.is_empty() { arg.long_help(long) } else { arg };
    let arg = arg.help(help).help_heading(heading).hide_default_value(true).hide_possible_values(true);
    match name {
        Some(name) if takes_value => arg.value_name(name),
        _ => arg,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::super::Arguments;
    use super::*;

    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        let own = [
            command.get_about(),
            command.get_long_about(),
            command.get_before_help(),
            command.get_after_help(),
            command.get_after_long_help(),
        ];
        found.extend(own.into_iter().flatten().map(ToString::to_string));
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{} says nothing", arg.get_id());
            found.extend([arg.get_help(), arg.get_long_help()].into_iter().flatten().map(ToString::to_string));
            let values = arg.get_possible_values();
            found.extend(values.iter().filter_map(PossibleValue::get_help).map(ToString::to_string));
        }
        command.get_subcommands().for_each(|below| texts(below, found));
    }

    fn help(arguments: &[&str], lang: Lang) -> String {
        let command = in_language(Arguments::command(), lang).term_width(100);
        let asked = ["resonanz"].iter().chain(arguments).chain(&["--help"]);
        command.try_get_matches_from(asked).unwrap_err().render().to_string()
    }

    #[test]
    fn every_text_of_the_help_has_a_german_version() {
        let mut command = Arguments::command();
        command.build();
        let mut found = BTreeSet::new();
        texts(&command, &mut found);
        assert!(found.len() > 20);
        for text in &found {
            assert!(super::text(text).is_some(), "no German version of {text:?}");
        }
        for (en, de) in TEXTS.iter().chain(crate::calc::GERMAN.iter().copied().flatten()) {
            assert!(!de.is_empty() && en != de);
            assert!(found.contains(*en) || *en == "Print help for the subcommand(s)", "nothing says {en:?}");
        }
    }

    #[test]
    fn the_german_help_holds_no_english_words() {
        for verb in [&[][..], &["demo"], &["init"], &["check"], &["run"], &["explain"]] {
            let text = help(verb, Lang::De);
            for word in
                ["Usage", "Options", "OPTIONS", "Arguments", "Commands", "COMMAND", "default:", "possible", "Print"]
            {
                assert!(!text.contains(word), "{word} in {text}");
            }
            assert!(text.contains("Aufruf: resonanz"), "{text}");
        }
        assert!(help(&[], Lang::En).contains("Usage: resonanz [OPTIONS] <COMMAND>"));
    }

    #[test]
    fn the_german_help_reads_well() {
        insta::assert_snapshot!(help(&["check"], Lang::De), @r"
        Alles einlesen und prüfen, ohne Auswertung

        Aufruf: resonanz check [OPTIONEN] [PFAD]

        Argumente:
          [PFAD]  Ordner mit resonanz.toml oder die Datei selbst [Vorgabe: .]

        Optionen:
              --examples <ANZAHL>  Anzahl der gezeigten Beispiele je Art von Befund und Quelle [Vorgabe: 3]
              --table <DATEI>      Die Befunde auch in eine Datei schreiben: .csv oder .parquet für
                                   Maschinen, .xlsx als Prüfbericht
              --force              Die Datei von --table überschreiben, wenn es sie gibt
          -q, --quiet              Nur Fehler melden
              --json               Ergebnisse als JSON auf der Standardausgabe
              --lang <SPRACHE>     Sprache der Meldungen, de oder en; ohne Angabe die Sprache der Umgebung
                                   (LANG), sonst de
              --color <WANN>       Farben in Meldungen [Vorgabe: auto] [möglich: auto, always, never]
              --log-level <STUFE>  Wie viel das Programm auf der Fehlerausgabe über seine Arbeit sagt:
                                   error, warn, info, debug [Vorgabe: warn]
          -h, --help               Hilfe anzeigen
        ");
    }
}
