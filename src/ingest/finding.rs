//! What is wrong with a delivery, where, and how to cure it.

use serde::Serialize;

use crate::domain::{Lang, Text};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing was lost.
    Notice,
    /// A value was repaired or is suspicious; it is used.
    Warning,
    /// The record is not used and stands in the quarantine.
    Error,
}

impl Severity {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The name a reader sees.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Notice => Text::new("Hinweis", "notice"),
            Self::Warning => Text::new("Warnung", "warning"),
            Self::Error => Text::new("Fehler", "error"),
        }
        .get(lang)
    }
}

macro_rules! codes {
    ($($variant:ident = $id:literal, $severity:ident,
        $title_de:literal, $title_en:literal,
        $cure_de:literal, $cure_en:literal;)*) => {
        /// Every kind of finding. The ids are frozen: scripts of users refer to them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the texts below say what each one means")]
        pub enum Code { $($variant),* }

        impl Code {
            /// All codes in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The frozen id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What it means, in one line.
            #[must_use]
            pub fn title(self) -> Text {
                match self { $(Self::$variant => Text::new($title_de, $title_en)),* }
            }

            /// How to cure it at the source.
            #[must_use]
            pub fn cure(self) -> Text {
                match self { $(Self::$variant => Text::new($cure_de, $cure_en)),* }
            }
        }
    };
}

codes! {
    WrongFieldCount = "wrong_field_count", Error,
        "Die Zeile hat mehr oder weniger Felder als die Kopfzeile", "The record has more or fewer fields than the header",
        "Trennzeichen oder Anführungszeichen im Feld prüfen; Felder mit Trennzeichen gehören in Anführungszeichen.",
        "Check delimiters and quotes inside the field; a field that contains the delimiter must be quoted.";
    EmptyFile = "empty_file", Warning,
        "Die Datei enthält keine Datenzeile", "The file has no data record",
        "Prüfen, ob der Export leer sein durfte; eine Vorlage zuerst ausfüllen.",
        "Check whether the export was meant to be empty; fill a template in first.";
    MissingKey = "missing_key", Error,
        "Ein Pflichtfeld ist leer", "A required field is empty",
        "Das Feld in der Lieferung ergänzen lassen.", "Have the sender fill the field in.";
    UnknownArea = "unknown_area", Error,
        "Der Gebietsschlüssel steht nicht im Register", "The area key is not in the register",
        "Schlüssel und Gebietsstand prüfen; Summenzeilen aus dem Export entfernen.",
        "Check the key and the territorial date; remove total rows from the export.";
    RepairedAreaKey = "repaired_area_key", Warning,
        "Ein Gebietsschlüssel wurde ergänzt oder umgeformt", "An area key was completed or converted",
        "Die Spalte in Excel als Text formatieren, damit führende Nullen bleiben.",
        "Format the column as text in Excel so that leading zeros stay.";
    UnknownService = "unknown_service", Error,
        "Der Leistungsschlüssel steht nicht im Katalog", "The service key is not in the catalogue",
        "Schlüssel im Leistungskatalog ergänzen oder unter values zuordnen.",
        "Add the key to the catalogue or map it under values.";
    DestroyedKey = "destroyed_key", Error,
        "Excel hat den Schlüssel in eine Gleitkommazahl verwandelt", "Excel turned the key into a floating-point number",
        "Aus dem Quellsystem neu ausleiten und die Spalte als Text einlesen; die verlorenen Ziffern sind nicht wiederherstellbar.",
        "Export again and import the column as text; the lost digits cannot be restored.";
    BadPeriod = "bad_period", Error,
        "Der Zeitraum ist nicht lesbar", "The period cannot be read",
        "Bekannte Formen: 2025-03, 03/2025, März 2025, 2025-Q1, 1. Quartal 2025, 2025.",
        "Known forms: 2025-03, 03/2025, March 2025, 2025-Q1, 2025.";
    ImpossibleDate = "impossible_date", Error,
        "Diesen Tag, Monat oder dieses Quartal gibt es nicht", "There is no such day, month or quarter",
        "Das Datum im Quellsystem berichtigen.", "Correct the date in the source system.";
    BusinessYear = "business_year", Error,
        "Ein Wirtschaftsjahr ohne ersten Monat", "A business year without its first month",
        "In der Quelle business_year_from = 4 (oder den richtigen Monat) angeben.",
        "State business_year_from = 4 (or the right month) in the source.";
    UnknownValue = "unknown_value", Error,
        "Der Wert gehört nicht zu den erlaubten Werten dieses Feldes", "The value is none of those allowed in this field",
        "Den Wert unter values einem erlaubten Wert zuordnen.", "Map the value to an allowed one under values.";
    BadNumber = "bad_number", Error,
        "Der Wert ist keine Zahl in der angegebenen Schreibweise", "The value is no number in the declared notation",
        "dialect.decimal prüfen; Kürzel für fehlende Werte unter missing nennen.",
        "Check dialect.decimal; list abbreviations for missing values under missing.";
    NotAnInteger = "not_an_integer", Error,
        "Eine Anzahl hat Nachkommastellen", "A count has decimals",
        "Anzahlen sind ganze Zahlen; ist der Punkt ein Tausenderzeichen, decimal = \",\" angeben.",
        "Counts are whole numbers; if the point separates thousands, state decimal = \",\".";
    NegativeCount = "negative_count", Error,
        "Eine Anzahl ist kleiner als null", "A count is below zero",
        "Korrekturbuchungen im Quellsystem verrechnen und neu liefern.",
        "Settle corrections in the source system and deliver again.";
    CountTooLarge = "count_too_large", Error,
        "Die Zahl ist zu groß", "The number is too large",
        "Die Zahl im Quellsystem prüfen.", "Check the number in the source system.";
    Duplicate = "duplicate", Error,
        "Für diesen Schlüssel gibt es schon eine Zeile", "There is an earlier record with this key",
        "Doppelte Lieferung entfernen oder on_duplicate angeben.",
        "Remove the second delivery or declare on_duplicate.";
    DuplicateIgnored = "duplicate_ignored", Notice,
        "Eine spätere Zeile mit gleichem Schlüssel wurde wie angegeben übergangen", "A later record with the same key was passed over as declared",
        "Nichts zu tun, wenn wiederholte Lieferungen erwartet werden.",
        "Nothing to do if repeated deliveries are expected.";
    Replaced = "replaced", Notice,
        "Eine spätere Zeile hat eine frühere mit gleichem Schlüssel ersetzt", "A later record replaced an earlier one with the same key",
        "Nichts zu tun: so sind Korrekturlieferungen gemeint.", "Nothing to do: this is how corrections are meant.";
    PeriodOverlap = "period_overlap", Error,
        "Der Zeitraum überschneidet sich mit einem schon gelieferten", "The period overlaps one already delivered",
        "Monats- und Jahreszahlen derselben Reihe nicht zugleich liefern: sie würden doppelt zählen.",
        "Do not deliver monthly and yearly numbers of the same series: they would count twice.";
    TotalRow = "total_row", Notice,
        "Eine Summenzeile wurde übergangen", "A total row was passed over",
        "Nichts zu tun; Summen rechnet das Programm selbst.", "Nothing to do; the program adds up itself.";
    NoteRow = "note_row", Notice,
        "Eine Zeile mit nur einem Feld wurde als Fußnote oder Überschrift übergangen", "A record with a single field was passed over as a footnote or heading",
        "Nichts zu tun; Fußnoten künftig außerhalb der Tabelle führen.", "Nothing to do; keep footnotes outside the table.";
    Above100 = "rate_above_100", Warning,
        "Mehr Onlineanträge als Fälle", "More online applications than cases",
        "Zähler und Nenner stammen vermutlich aus verschiedenen Zeiträumen oder zählen Verschiedenes; beide Quellen prüfen.",
        "Numerator and denominator probably cover different periods or count different things; check both sources.";
    OnlineBeforeLaunch = "online_before_launch", Warning,
        "Onlinefälle vor dem angegebenen Start", "Online cases before the declared launch",
        "Startdatum im Angebot oder die Fallzahlen prüfen.", "Check the launch date of the offer or the case numbers.";
    PersonalColumn = "personal_column", Notice,
        "Eine Spalte mit möglichen Personendaten wurde nicht eingelesen", "A column with possible personal data was not read",
        "Die Spalte künftig nicht mitliefern.", "Leave the column out of the export.";
    TargetOutOfRange = "target_out_of_range", Error,
        "Der Zielwert eines Anteils liegt nicht zwischen 0 und 1", "The target of a share is not between 0 and 1",
        "Anteile als 0,40 oder 40 % schreiben.", "Write shares as 0.40 or 40 %.";
    BadWeight = "bad_weight", Error,
        "Das Gewicht ist keine Zahl größer als null", "The weight is no number above zero",
        "Gewichtung der Befragung prüfen.", "Check the weighting of the survey.";
    UnknownAnswer = "unknown_answer", Warning,
        "Die Antwort steht nicht im Codebuch; sie gilt als nicht beantwortet", "The answer is not in the codebook and counts as unanswered",
        "Die Antwort unter yes, no oder values aufführen.", "List the answer under yes, no or values.";
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Place {
    /// The file, relative to the configuration, with `/`.
    pub file: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The record, from 1, the header not counted; 0 for the whole file.
    pub record: u64,
    /// The line (or sheet row) on which the record begins, from 1; 0 if unknown.
    pub line: u64,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// The source's name.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The column header, or the field's name where there is no column.
    pub column: String,
    /// The value as delivered; free text is never here.
    pub value: String,
    /// What was probably meant, or what was done.
    pub suggestion: Option<Suggestion>,
}

/// The helpful half of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion {
    /// A similar allowed value.
    DidYouMean(String),
    /// The value that is used instead.
    UsedInstead(String),
    /// The earlier record with the same key: file and record number.
    EarlierRecord(String, u64),
    /// The values that are allowed.
    Allowed(String),
}

impl Finding {
    /// The finding in one sentence, without its place.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let title = self.code.title().get(lang);
        let mut out = title.to_owned();
        if !self.value.is_empty() {
            let column = if self.column.is_empty() { String::new() } else { format!("{}: ", self.column) };
            out.push_str(&format!(" ({column}\"{}\")", self.value));
        } else if !self.column.is_empty() {
            out.push_str(&format!(" ({})", self.column));
        }
        if let Some(suggestion) = &self.suggestion {
            out.push_str("; ");
            out.push_str(&suggestion.text(lang));
        }
        out
    }

    /// `datei.csv, Blatt Fälle, Zeile 17`.
    #[must_use]
    pub fn place_text(&self, lang: Lang) -> String {
        let mut out = self.place.file.clone();
        if let Some(sheet) = &self.place.sheet {
            out.push_str(&format!(", {} {sheet}", Text::new("Blatt", "sheet").get(lang)));
        }
        if self.place.line > 0 {
            out.push_str(&format!(", {} {}", Text::new("Zeile", "line").get(lang), self.place.line));
        } else if self.place.record > 0 {
            out.push_str(&format!(", {} {}", Text::new("Datensatz", "record").get(lang), self.place.record));
        }
        out
    }
}

impl Suggestion {
    /// The suggestion in words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::DidYouMean(what), Lang::De) => format!("gemeint ist vielleicht \"{what}\""),
            (Self::DidYouMean(what), Lang::En) => format!("did you mean \"{what}\"?"),
            (Self::UsedInstead(what), Lang::De) => format!("verwendet wird \"{what}\""),
            (Self::UsedInstead(what), Lang::En) => format!("\"{what}\" is used instead"),
            (Self::EarlierRecord(file, record), Lang::De) => format!("zuerst in {file}, Datensatz {record}"),
            (Self::EarlierRecord(file, record), Lang::En) => format!("first in {file}, record {record}"),
            (Self::Allowed(what), Lang::De) => format!("erlaubt: {what}"),
            (Self::Allowed(what), Lang::En) => format!("allowed: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_plain() {
        let ids: BTreeSet<_> = Code::ALL.iter().map(|c| c.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')));
    }

    #[test]
    fn a_message_names_column_value_and_cure() {
        let finding = Finding {
            code: Code::UnknownService,
            source: "faelle".into(),
            place: Place { file: "a.csv".into(), sheet: None, record: 3, line: 4 },
            column: "OZG-ID".into(),
            value: "10125".into(),
            suggestion: Some(Suggestion::DidYouMean("10124".into())),
        };
        assert_eq!(
            finding.message(Lang::De),
            "Der Leistungsschlüssel steht nicht im Katalog (OZG-ID: \"10125\"); gemeint ist vielleicht \"10124\""
        );
        assert_eq!(finding.place_text(Lang::De), "a.csv, Zeile 4");
    }
}
