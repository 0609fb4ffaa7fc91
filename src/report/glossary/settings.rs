//! The settings of a source that decide what becomes of a record, and the order of the rules.

use crate::domain::Text;

/// A setting of a `[[source]]`.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in `resonanz.toml`.
    pub id: &'static str,
    /// What it is.
    pub name: Text,
    /// What it does and when to use it.
    pub text: Text,
    /// What may be written, and what holds where nothing is.
    pub values: Text,
    /// A line for `resonanz.toml`.
    pub example: &'static str,
}

macro_rules! settings {
    ($($id:literal: $name_de:literal, $name_en:literal; $text_de:literal, $text_en:literal;
        $values_de:literal, $values_en:literal; $example:literal;)*) => {
        &[$(Setting {
            id: $id,
            name: Text::new($name_de, $name_en),
            text: Text::new($text_de, $text_en),
            values: Text::new($values_de, $values_en),
            example: $example,
        }),*]
    };
}

/// The settings that findings refer to.
pub const SETTINGS: &[Setting] = settings! {
    "error_budget":
        "Fehlerbudget", "Error budget";
        "Der Anteil der gelesenen Angaben einer Quelle, der fehlerhaft sein darf. Gezählt werden nur Befunde der Schwere „Fehler“; Warnungen und Hinweise, auch übergangene Summenzeilen, zählen nicht. Der Nenner sind alle gelesenen Angaben der Quelle; in breiten Tabellen ist jede Zahl eine Angabe. Liegt eine Quelle darüber, endet der Lauf mit Rückgabewert 1 vor dem Veröffentlichen: Der Ordner „publish“ bleibt unberührt, „internal“ enthält die Befunde und den Prüfbericht.",
        "The share of the entries read from a source that may have errors. Only findings of severity \"error\" count; warnings and notices, total rows passed over included, do not. The denominator is every entry read from the source; in wide tables each number is an entry. Where a source is above it, the run ends with exit code 1 before publishing: the folder \"publish\" stays untouched, \"internal\" holds the findings and the audit workbook.";
        "0 bis 1; ohne Angabe 0.05 (5 %). 0 hält beim ersten Fehler an, 1 nie.",
        "0 to 1; 0.05 (5 %) if absent. 0 stops at the first error, 1 never does.";
        "error_budget = 0.02";
    "on_duplicate":
        "Zweite Zeile mit gleichem Schlüssel", "Second record with the same key";
        "Was mit einer weiteren Zeile geschieht, die denselben Ort, dieselbe Leistung, denselben Zeitraum und denselben Weg meint. Eine Rückmeldung mit schon bekannter Kennung (id) ersetzt die frühere immer.",
        "What happens to another record that means the same area, service, period and channel. Feedback with an id already known always replaces the earlier one.";
        "\"reject\" (ohne Angabe): die erste gilt, die weitere ist ein Fehler. \"first\": die erste gilt, die weitere wird übergangen. \"replace\": die weitere ersetzt die erste.",
        "\"reject\" (if absent): the first counts, the other is an error. \"first\": the first counts, the other is passed over. \"replace\": the other replaces the first.";
        "on_duplicate = \"replace\"";
    "absent":
        "Fehlende Monate", "Absent months";
        "Was ein Monat bedeutet, zu dem eine sonst gelieferte Reihe keine Zeile hat. Formularserver lassen Monate ohne Eingang oft weg; dann ist die Zahl null und nicht unbekannt.",
        "What a month means for which a series has no record. Form servers often leave months without an application out; the number is then zero and not unknown.";
        "\"missing\" (ohne Angabe): die Zahl fehlt. \"zero\": es gab keinen Fall.",
        "\"missing\" (if absent): the number is missing. \"zero\": there was no case.";
        "absent = \"zero\"";
    "window":
        "Monate, für die eine Quelle gelesen wird", "Months that a source is read for";
        "Datensätze anderer Monate werden zurückgestellt, etwa solche mit dem Datum 1970-01-01. Ohne Angabe gilt jeder Monat.",
        "Records of other months are set aside, such as those dated 1970-01-01. Without it every month is read.";
        "Der erste und der letzte Monat.",
        "The first and the last month.";
        "window = { from = \"2024-01\", until = \"2025-12\" }";
    "date_format":
        "Schreibweise der Zeitangaben", "Form of dates";
        "Ohne Angabe wird jede bekannte Schreibweise gelesen. Mit ihr ist jede andere ein Fehler; das empfiehlt sich für Lieferungen über eine feste Schnittstelle.",
        "Without it every known form is read. With it any other form is an error; recommended for deliveries through a fixed interface.";
        "\"YYYY-MM-DD\", \"YYYY-MM\", \"DD.MM.YYYY\", \"YYYY-MM-DDTHH:MM:SS\" oder \"YYYY-MM-DD HH:MM:SS\".",
        "\"YYYY-MM-DD\", \"YYYY-MM\", \"DD.MM.YYYY\", \"YYYY-MM-DDTHH:MM:SS\" or \"YYYY-MM-DD HH:MM:SS\".";
        "date_format = \"YYYY-MM-DD\"";
    "exact":
        "Feste Schnittstelle", "Fixed interface";
        "Jeder Text gilt, wie er dasteht: Leerzeichen werden nicht entfernt, Kopf-, Summen- und Fußzeilen nicht übergangen, und ein Feld mit `values` hat keine anderen Werte. Eine leere Zahl ist ein Fehler, wenn sie nicht unter `missing` steht.",
        "Every text counts as it stands: blanks are not trimmed, headings, totals and footnotes not passed over, and a field with `values` has no other values. An empty number is an error unless `missing` lists it.";
        "true oder false (ohne Angabe).",
        "true or false (if absent).";
        "exact = true";
    "keep_comments":
        "Kommentare aufbewahren", "Keep comments";
        "Ob Kommentare maskiert im internen Ordner stehen oder nur gezählt werden.",
        "Whether comments are kept, masked, in the internal folder or only counted.";
        "true (ohne Angabe) oder false.",
        "true (if absent) or false.";
        "keep_comments = false";
    "repair":
        "Reparatur von Schlüsseln", "Repair of keys";
        "Ob bekannte Schäden behoben werden: die verlorene führende Null eines Gebietsschlüssels, der AGS im zwölfstelligen ARS. Jede Reparatur ist ein Befund, und nur das Register bestätigt sie.",
        "Whether known damage is cured: the lost leading zero of an area key, the AGS within a 12-digit ARS. Every repair is a finding, and only the register confirms it.";
        "true (ohne Angabe) oder false: Dann ist ein beschädigter Schlüssel ein Fehler.",
        "true (if absent) or false: a damaged key is then an error.";
        "repair = false";
    "missing":
        "Kürzel für „nicht geliefert“", "Abbreviations for \"not provided\"";
        "Texte, die für eine fehlende Zahl stehen. Eine leere Zelle bedeutet das immer; eine 0 ist eine Zahl.",
        "Texts that stand for a missing number. An empty cell always does; a 0 is a number.";
        "Liste von Texten; ohne Angabe leer.", "A list of texts; empty if absent.";
        "missing = [\"k. A.\", \"-\"]";
    "not_applicable":
        "Kürzel für „gibt es hier nicht“", "Abbreviations for \"not applicable\"";
        "Texte, die sagen, dass es diesen Eingangsweg oder diese Leistung dort nicht gibt.",
        "Texts that say that this channel or service does not exist there.";
        "Liste von Texten; ohne Angabe leer.", "A list of texts; empty if absent.";
        "not_applicable = [\"x\"]";
    "suppressed":
        "Kürzel für „an der Quelle geheim gehalten“", "Abbreviations for \"hidden by the deliverer\"";
        "Texte, die für eine Zahl stehen, die es gibt, die aber nicht genannt wird.",
        "Texts that stand for a number that exists but is not told.";
        "Liste von Texten; ohne Angabe leer.", "A list of texts; empty if absent.";
        "suppressed = [\"*\"]";
    "columns":
        "Zuordnung der Spalten", "Mapping of columns";
        "Welche Spalte der Datei welches Feld enthält. Nicht zugeordnete Spalten werden nicht eingelesen.",
        "Which column of the file holds which field. Columns that are not mapped are not read.";
        "Feld = \"Spaltenname\".", "field = \"column name\".";
        "columns = { area = \"AGS\", period = \"Monat\", count = \"Anzahl\" }";
    "constants":
        "Feste Werte", "Constants";
        "Werte, die für jede Zeile gelten, weil die Datei sie nicht nennt.",
        "Values that hold for every record because the file does not state them.";
        "Feld = \"Wert\".", "field = \"value\".";
        "constants = { stage = \"form_submit\", channel = \"online\" }";
    "values":
        "Zuordnung von Werten", "Mapping of values";
        "Übersetzt Bezeichnungen der Lieferung in die Werte des Programms, zum Beispiel „E-Antrag“ in online.",
        "Translates names of the delivery into the program's values, for example \"E-Antrag\" into online.";
        "Feld = { \"gelieferter Wert\" = \"Wert\" }.", "field = { \"value as delivered\" = \"value\" }.";
        "values = { channel = { \"E-Antrag\" = \"online\" } }";
    "dialect":
        "Schreibweise der Datei", "Notation of the file";
        "Zeichensatz, Trennzeichen, Dezimalzeichen und Anführungszeichen. Sie gelten für die ganze Datei; für einzelne Zellen wird nichts geraten.",
        "Encoding, delimiter, decimal sign and quote. They hold for the whole file; nothing is guessed for single cells.";
        "Ohne Angabe UTF-8, Komma, Dezimalpunkt, \".", "If absent UTF-8, comma, decimal point, \".";
        "dialect = { encoding = \"windows-1252\", delimiter = \";\", decimal = \",\" }";
    "header_row":
        "Zeile der Spaltennamen", "Row of the column names";
        "In welcher Zeile die Spaltennamen stehen, wenn darüber noch Überschriften sind.",
        "On which row the column names stand where there are headings above.";
        "Zeilennummer ab 1; ohne Angabe 1.", "A row number from 1; 1 if absent.";
        "header_row = 3";
    "sheet":
        "Tabellenblatt", "Sheet";
        "Welches Blatt einer Arbeitsmappe gelesen wird.", "Which sheet of a workbook is read.";
        "Name des Blatts; ohne Angabe das erste.", "The sheet's name; the first if absent.";
        "sheet = \"Fallzahlen\"";
    "files":
        "Dateien der Quelle", "Files of the source";
        "Pfade oder Muster, ausgehend von resonanz.toml.", "Paths or patterns, starting from resonanz.toml.";
        "Ein Text oder eine Liste; * und ? sind erlaubt.", "A text or a list; * and ? are allowed.";
        "files = \"eingang/faelle-*.csv\"";
    "grain":
        "Bedeutung von Tagesdaten", "Meaning of dates";
        "Ob ein Datum in der Spalte des Zeitraums den Tag meint oder seinen Monat; Excel speichert „Januar 2025“ als 01.01.2025.",
        "Whether a date in the period column means that day or its month; Excel stores \"January 2025\" as 01.01.2025.";
        "\"day\" (ohne Angabe) oder \"month\".", "\"day\" (if absent) or \"month\".";
        "grain = \"month\"";
    "business_year_from":
        "Erster Monat des Wirtschaftsjahrs", "First month of the business year";
        "Wann ein Zeitraum wie 2023-2024 beginnt.", "When a period such as 2023-2024 begins.";
        "1 bis 12; ohne Angabe sind solche Zeiträume ein Fehler.", "1 to 12; such periods are an error if absent.";
        "business_year_from = 4";
    "question":
        "Codebuch der Befragung", "Codebook of the survey";
        "Ordnet jeder Frage zu, was sie misst, und jeder Antwort, was sie bedeutet. measure sagt, was gemessen wird: Bedarf (need), Bekanntheit (awareness), Nutzung (usage), Hürde (barrier) oder Bewertung (rating). Eine Bewertung ist eine ganze Zahl auf der Skala scale, höher ist besser; eine leere Zelle heißt nicht beantwortet, mit einem anderen Wert wird die Zeile nicht verwendet. Texte ordnet values einer Stufe zu und dreht damit auch Schulnoten um. Mittel und Anteil der beiden höchsten Stufen stehen nur im Ordner „internal“, in der Tabelle survey_ratings: Der Schutz kleiner Zahlen kennt Bewertungen noch nicht.",
        "Says of every question what it measures, and of every answer what it means. measure says what is measured: need, awareness, usage, barrier or rating. A rating is a whole number on the scale, higher is better; an empty cell means not answered, and with another value the record is not used. values maps texts to points, and so turns school marks round where 1 is the best. Mean and share of the two highest points stand in the folder \"internal\" only, in the table survey_ratings: the protection of small numbers does not know ratings yet.";
        "Je Frage ein Abschnitt [[source.question]] mit column, measure, service, yes, no, values; bei Bewertungen scale = [niedrigste, höchste Stufe], ohne Angabe [1, 5].",
        "One section [[source.question]] per question with column, measure, service, yes, no, values; for ratings scale = [lowest, highest point], [1, 5] if absent.";
        "yes = [\"Ja\"]";
    "attributes":
        "Weitere Merkmale der Orte", "Further attributes of areas";
        "Spalten eines Registers, die als Merkmal des Ortes erhalten bleiben.",
        "Columns of a register that are kept as attributes of the area.";
        "Liste von Spaltennamen; ohne Angabe leer.", "A list of column names; empty if absent.";
        "attributes = [\"Verbund\"]";
    "units":
        "Einheiten", "Units";
        "In welcher Einheit eine Spalte gemessen ist, wenn es nicht die des Feldes ist.",
        "In which unit a column is measured, where it is not the field's own.";
        "Feld = seconds, milliseconds, minutes, hours oder days; ohne Angabe die des Feldes.",
        "field = seconds, milliseconds, minutes, hours or days; the field's own if absent.";
        "units = { handling_minutes = \"seconds\" }";
    "maturity_models":
        "Reifegradmodelle", "Maturity models";
        "Welche Stufen ein Modell kennt, die niedrigste zuerst. Stufen verschiedener Modelle werden nie verglichen.",
        "Which levels a model has, the lowest first. Levels of different models are never compared.";
        "Modell = Liste der Stufen.", "model = list of levels.";
        "maturity_models = { \"1.1\" = [\"0\", \"1\", \"2\", \"3\", \"4\"] }";
};

/// The topic of [`RULES`].
pub const RULES_ID: &str = "rules";

/// In which order a record is checked.
pub const RULES: &[Text] = &[
    Text::new(
        "Regeln haben eine Reihenfolge, und die erste verletzte benennt die Angabe: Ein Mangel wird einmal gezählt, und zwar unter seiner Ursache.",
        "Rules have an order, and the first that fails names the entry: one mistake is counted once, and under its cause.",
    ),
    Text::new(
        "1. Ist es ein Datensatz? Fußnoten und wiederholte Kopfzeilen werden übergangen (note_row, repeated_header).",
        "1. Is it a record at all? Footnotes and repeated headers are passed over (note_row, repeated_header).",
    ),
    Text::new(
        "2. Hat er so viele Felder wie die Kopfzeile (wrong_field_count)? Sonst ist kein Wert sicher.",
        "2. Has it as many fields as the header (wrong_field_count)? Otherwise no value is certain.",
    ),
    Text::new(
        "3. Ist es eine Summenzeile? Sie wird übergangen (total_row).",
        "3. Is it a total row? It is passed over (total_row).",
    ),
    Text::new(
        "4. Feld für Feld: Zeitraum, Ort, Leistung, dann was gezählt wird, zuletzt die Zahl. Je Feld zuerst: leer (missing_key), von Excel zerstört (destroyed_key), unbekannt oder unlesbar.",
        "4. Field by field: period, area, service, then what is counted, at last the number. Within a field: empty (missing_key), destroyed by Excel (destroyed_key), unknown or unreadable.",
    ),
    Text::new(
        "5. Neben den anderen: zweite Angabe mit gleichem Schlüssel (duplicate, duplicate_ignored, replaced), überschneidender Zeitraum (period_overlap).",
        "5. Beside the others: a second entry with the same key (duplicate, duplicate_ignored, replaced), an overlapping period (period_overlap).",
    ),
    Text::new(
        "Je Quelle gilt: gelesen = verwendet + Quarantäne + ersetzt.",
        "For every source: read = accepted + quarantined + replaced.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Code;
    use crate::ingest::spec::SourceSpec;

    const SOURCE: &str = "name = \"a\"\nkind = \"usage\"\nfiles = \"a.csv\"\n";

    #[test]
    fn every_setting_exists_and_its_example_is_valid() {
        for setting in SETTINGS {
            let base = if setting.id == "files" { "name = \"a\"\nkind = \"usage\"\n" } else { SOURCE };
            let example = if setting.id == "question" {
                "[[question]]\ncolumn = \"F1\"\nmeasure = \"usage\"\nyes = [\"Ja\"]"
            } else {
                assert!(setting.example.starts_with(&format!("{} = ", setting.id)), "{}", setting.id);
                setting.example
            };
            toml::from_str::<SourceSpec>(&format!("{base}{example}")).unwrap_or_else(|e| panic!("{}: {e}", setting.id));
            for text in [setting.text, setting.values] {
                assert!(text.de.ends_with('.') && text.en.ends_with('.') && text.de != text.en, "{}", setting.id);
            }
        }
    }

    #[test]
    fn every_setting_that_a_finding_names_is_explained() {
        for code in Code::ALL {
            for id in code.settings() {
                assert!(SETTINGS.iter().any(|setting| setting.id == *id), "{}: {id}", code.id());
            }
        }
    }

    #[test]
    fn the_rules_name_findings_that_exist() {
        let known = |word: &str| Code::ALL.iter().any(|code| code.id() == word);
        for rule in RULES {
            for text in [rule.de, rule.en] {
                let ids = text.split(|c: char| !c.is_ascii_lowercase() && c != '_').filter(|word| word.contains('_'));
                assert!(ids.clone().all(known), "{text}");
                assert!(text.ends_with(['.', '?', '!']), "{text}");
            }
        }
    }
}
