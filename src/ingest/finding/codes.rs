//! The catalogue of findings: for every code what it means, how it comes about, how it is cured,
//! and what the program does. `explain`, the audit workbook and the messages all read it here.

use super::{Fate, Severity};
use crate::domain::Text;

macro_rules! codes {
    ($($variant:ident = $id:literal, $severity:ident, $fate:ident, [$($setting:literal),*], $example:literal:
        title $title_de:literal, $title_en:literal;
        means $means_de:literal, $means_en:literal;
        cause $cause_de:literal, $cause_en:literal;
        cure $cure_de:literal, $cure_en:literal;)*) => {
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

            /// What becomes of the record.
            #[must_use]
            pub fn fate(self) -> Fate {
                match self { $(Self::$variant => Fate::$fate),* }
            }

            /// The settings of a source that decide about it, apart from `error_budget`.
            #[must_use]
            pub fn settings(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($setting),*]),* }
            }

            /// A value with which it is found.
            #[must_use]
            pub fn example(self) -> &'static str {
                match self { $(Self::$variant => $example),* }
            }

            /// Its name, in one line without a full stop.
            #[must_use]
            pub fn title(self) -> Text {
                match self { $(Self::$variant => Text::new($title_de, $title_en)),* }
            }

            /// What it means, in a sentence or two.
            #[must_use]
            pub fn meaning(self) -> Text {
                match self { $(Self::$variant => Text::new($means_de, $means_en)),* }
            }

            /// How it usually comes about at the source.
            #[must_use]
            pub fn cause(self) -> Text {
                match self { $(Self::$variant => Text::new($cause_de, $cause_en)),* }
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
    WrongFieldCount = "wrong_field_count", Error, SetAside, ["dialect", "header_row"], "99001001;10124;2025-03":
        title "Die Zeile hat mehr oder weniger Felder als die Kopfzeile", "The record has more or fewer fields than the header";
        means "Welcher Wert in welche Spalte gehört, ist nicht zu erkennen; deshalb wird kein Wert der Zeile verwendet.",
            "There is no telling which value belongs in which column, so no value of the record is used.";
        cause "Ein Name oder eine Bemerkung enthält das Trennzeichen ohne Anführungszeichen, oder beim Export sind leere Felder am Zeilenende weggefallen.",
            "A name or a remark contains the delimiter without quotes, or the export dropped empty fields at the end of the line.";
        cure "Trennzeichen oder Anführungszeichen im Feld prüfen; Felder mit Trennzeichen gehören in Anführungszeichen.",
            "Check delimiters and quotes inside the field; a field that contains the delimiter must be quoted.";
    EmptyFile = "empty_file", Warning, FileLeftOut, ["files", "header_row", "sheet"], "AGS;OZG-ID;Monat;Anzahl":
        title "Die Datei enthält keine Datenzeile", "The file has no data record";
        means "Die Datei wurde gelesen, unter der Kopfzeile steht aber nichts.",
            "The file was read, but nothing stands below its header.";
        cause "Eine Vorlage ist noch nicht ausgefüllt, der Export hatte einen falschen Filter, oder die Daten stehen auf einem anderen Tabellenblatt.",
            "A template is not filled in yet, the export had the wrong filter, or the data stand on another sheet.";
        cure "Prüfen, ob der Export leer sein durfte; eine Vorlage zuerst ausfüllen.",
            "Check whether the export was meant to be empty; fill a template in first.";
    MissingKey = "missing_key", Error, SetAside, ["columns", "constants", "missing"], "99001001;;2025-03;12":
        title "Ein Pflichtfeld ist leer", "A required field is empty";
        means "Ohne dieses Feld lässt sich die Zahl keinem Ort, keiner Leistung, keinem Zeitraum oder keinem Eingangsweg zuordnen.",
            "Without this field the number belongs to no area, service, period or channel.";
        cause "In Excel steht der Wert nur in der ersten Zeile eines Blocks (verbundene Zellen), oder im Fachverfahren wurde das Feld nicht ausgefüllt.",
            "In Excel the value stands only in the first row of a block (merged cells), or the field was left empty in the source system.";
        cure "Das Feld in der Lieferung ergänzen lassen; gilt überall derselbe Wert, ihn unter constants angeben.",
            "Have the sender fill the field in; if one value holds everywhere, state it under constants.";
    UnknownArea = "unknown_area", Error, SetAside, ["repair", "values"], "99009999":
        title "Der Gebietsschlüssel steht nicht im Register", "The area key is not in the register";
        means "Nur das angegebene Register entscheidet, welche Schlüssel es gibt; ein Ortsname gilt nicht als Schlüssel, weil Namen mehrfach vorkommen.",
            "Only the register in use decides which keys exist; the name of a town is no key, because names occur more than once.";
        cause "Der Schlüssel gehört zu einem anderen Gebietsstand (Eingemeindung), ist vertippt, oder in der Spalte steht ein Name oder eine Summe.",
            "The key belongs to another territorial date (a merger), has a typing error, or the column holds a name or a total.";
        cure "Schlüssel und Gebietsstand prüfen; Summenzeilen aus dem Export entfernen.",
            "Check the key and the territorial date; remove total rows from the export.";
    RepairedAreaKey = "repaired_area_key", Warning, Repaired, ["repair"], "1001000":
        title "Ein Gebietsschlüssel wurde ergänzt oder umgeformt", "An area key was completed or converted";
        means "Der gelieferte Schlüssel steht nicht im Register, mit der führenden Null oder als AGS aus dem zwölfstelligen ARS aber schon.",
            "The key as delivered is not in the register, but it is with its leading zero, or as the AGS within the 12-digit ARS.";
        cause "Excel hat den Schlüssel als Zahl gespeichert und die führende Null entfernt, oder das System liefert den Regionalschlüssel (ARS).",
            "Excel stored the key as a number and took its leading zero away, or the system delivers the regional key (ARS).";
        cure "Die Spalte in Excel als Text formatieren, damit führende Nullen bleiben.",
            "Format the column as text in Excel so that leading zeros stay.";
    UnknownService = "unknown_service", Error, SetAside, ["values"], "10999":
        title "Der Leistungsschlüssel steht nicht im Katalog", "The service key is not in the catalogue";
        means "Nur der angegebene Leistungskatalog entscheidet, welche Schlüssel es gibt.",
            "Only the service catalogue in use decides which keys exist.";
        cause "Der Formularserver liefert eigene Formularnummern, oder eine neue Leistung fehlt noch im Katalog.",
            "The form server delivers numbers of its own, or a new service is not in the catalogue yet.";
        cure "Schlüssel im Leistungskatalog ergänzen oder unter values zuordnen.",
            "Add the key to the catalogue or map it under values.";
    DestroyedKey = "destroyed_key", Error, SetAside, [], "9,90500121E+13":
        title "Excel hat den Schlüssel in eine Gleitkommazahl verwandelt", "Excel turned the key into a floating-point number";
        means "Von dem langen Schlüssel sind nur die ersten Ziffern übrig; mehrere Leistungen haben dann denselben Text.",
            "Only the first digits of the long key are left; several services then share the same text.";
        cause "Eine CSV-Datei wurde in Excel geöffnet und wieder gespeichert: 14-stellige Schlüssel gelten dort als Zahlen.",
            "A CSV file was opened in Excel and saved again: there, keys of 14 digits count as numbers.";
        cure "Aus dem Quellsystem neu ausleiten und die Spalte als Text einlesen; die verlorenen Ziffern sind nicht wiederherstellbar.",
            "Export again and import the column as text; the lost digits cannot be restored.";
    BadPeriod = "bad_period", Error, SetAside, ["grain", "business_year_from", "header_row"], "KW 12":
        title "Der Zeitraum ist nicht lesbar", "The period cannot be read";
        means "Der Text ist kein Tag, Monat, Quartal oder Jahr in einer bekannten Schreibweise oder für diese Angabe zu lang.",
            "The text is no day, month, quarter or year in a known form, or too long a span for this entry.";
        cause "Kalenderwochen, frei getippte Monate oder eine Überschrift in der Spalte des Zeitraums.",
            "Calendar weeks, months typed freely, or a heading in the column of the period.";
        cure "Bekannte Formen: 2025-03, 03/2025, März 2025, 2025-Q1, 1. Quartal 2025, 2025.",
            "Known forms: 2025-03, 03/2025, March 2025, 2025-Q1, 2025.";
    ImpossibleDate = "impossible_date", Error, SetAside, [], "31.02.2025":
        title "Diesen Tag, Monat oder dieses Quartal gibt es nicht", "There is no such day, month or quarter";
        means "Die Schreibweise ist bekannt, den Tag gibt es aber nicht, oder ein Ende liegt vor seinem Anfang.",
            "The notation is known, but the day does not exist, or an end lies before its beginning.";
        cause "Ein Tippfehler, oder Tag und Monat sind vertauscht, weil das Datum in amerikanischer Reihenfolge exportiert wurde.",
            "A typing error, or day and month are swapped because the date was exported in American order.";
        cure "Das Datum im Quellsystem berichtigen.", "Correct the date in the source system.";
    BusinessYear = "business_year", Error, SetAside, ["business_year_from"], "2023-2024":
        title "Ein Wirtschaftsjahr ohne ersten Monat", "A business year without its first month";
        means "Ein Zeitraum wie 2023-2024 beginnt nicht im Januar; wann er beginnt, sagt die Lieferung nicht.",
            "A period such as 2023-2024 does not begin in January; the delivery does not say when it does.";
        cause "Die Zahlen stammen aus einem Bericht nach Wirtschafts- oder Schuljahren.",
            "The numbers come from a report by business or school years.";
        cure "In der Quelle business_year_from = 4 (oder den richtigen Monat) angeben.",
            "State business_year_from = 4 (or the right month) in the source.";
    UnknownValue = "unknown_value", Error, SetAside, ["values"], "E-Antrag":
        title "Der Wert gehört nicht zu den erlaubten Werten dieses Feldes", "The value is none of those allowed in this field";
        means "Das Feld kennt nur bestimmte Werte, etwa online, paper, counter; die Meldung nennt sie, wo es wenige sind.",
            "The field knows certain values only, such as online, paper, counter; the message lists them where they are few.";
        cause "Das Fachverfahren hat eigene Bezeichnungen, oder die Schreibweise wechselt von Zeile zu Zeile.",
            "The source system has names of its own, or the spelling changes from row to row.";
        cure "Den Wert unter values einem erlaubten Wert zuordnen.", "Map the value to an allowed one under values.";
    BadNumber = "bad_number", Error, SetAside, ["dialect", "missing", "not_applicable", "suppressed"], "k. A.":
        title "Der Wert ist keine Zahl in der angegebenen Schreibweise", "The value is no number in the declared notation";
        means "Was ein Punkt oder Komma bedeutet, entscheidet die angegebene Schreibweise und nie die einzelne Zelle; geraten wird nicht.",
            "What a point or comma means is decided by the declared notation and never by a single cell; nothing is guessed.";
        cause "Ein Kürzel für fehlende Werte, eine Einheit hinter der Zahl, oder die Datei wurde mit anderen Ländereinstellungen gespeichert.",
            "An abbreviation for missing values, a unit behind the number, or the file was saved under other regional settings.";
        cure "dialect.decimal prüfen; Kürzel für fehlende Werte unter missing nennen.",
            "Check dialect.decimal; list abbreviations for missing values under missing.";
    NotAnInteger = "not_an_integer", Error, SetAside, ["dialect"], "12,5":
        title "Eine Anzahl hat Nachkommastellen", "A count has decimals";
        means "Fälle, Anträge und Aufrufe sind ganze Zahlen; ein halber Fall ist ein Zeichen für eine falsche Spalte oder Schreibweise.",
            "Cases, applications and views are whole numbers; half a case points to a wrong column or notation.";
        cause "Ein Durchschnitt statt einer Anzahl wurde geliefert, oder der Tausenderpunkt gilt als Dezimalzeichen.",
            "An average was delivered instead of a count, or the point between thousands is taken for a decimal sign.";
        cure "Anzahlen sind ganze Zahlen; ist der Punkt ein Tausenderzeichen, decimal = \",\" angeben.",
            "Counts are whole numbers; if the point separates thousands, state decimal = \",\".";
    NegativeCount = "negative_count", Error, SetAside, [], "-3":
        title "Eine Anzahl ist kleiner als null", "A count is below zero";
        means "Weniger als null Fälle gibt es nicht; eine 0 wäre ein gültiger Wert.",
            "There are no fewer than zero cases; a 0 would be a valid value.";
        cause "Stornierungen oder Korrekturen sind als eigene Zeile gebucht.",
            "Cancellations or corrections are booked as rows of their own.";
        cure "Korrekturbuchungen im Quellsystem verrechnen und neu liefern.",
            "Settle corrections in the source system and deliver again.";
    CountTooLarge = "count_too_large", Error, SetAside, [], "99999999999999999999":
        title "Die Zahl ist zu groß", "The number is too large";
        means "So viele Fälle kann es nicht geben: Die Zahl hat mehr als 18 Stellen.",
            "There cannot be so many cases: the number has more than 18 digits.";
        cause "Ein Schlüssel oder ein Zeitstempel steht in der Spalte der Anzahl, oder Zellen sind zusammengelaufen.",
            "A key or a time stamp stands in the column of counts, or cells ran together.";
        cure "Die Zahl im Quellsystem prüfen.", "Check the number in the source system.";
    Duplicate = "duplicate", Error, SetAside, ["on_duplicate"], "99001001 / 10124 / 2025-03 / online":
        title "Für diesen Schlüssel gibt es schon eine Zeile", "There is an earlier record with this key";
        means "Zwei Zeilen sprechen von demselben Ort, derselben Leistung, demselben Zeitraum und demselben Weg; die erste gilt, die Meldung nennt ihren Platz.",
            "Two records speak of the same area, service, period and channel; the first one counts, the message says where it stands.";
        cause "Eine Datei liegt zweimal im Ordner, eine Korrektur kam als weitere Zeile, oder die Lieferung ist feiner gegliedert als zugeordnet.",
            "A file lies in the folder twice, a correction came as another row, or the delivery is divided more finely than it is mapped.";
        cure "Doppelte Lieferung entfernen oder on_duplicate angeben.",
            "Remove the second delivery or declare on_duplicate.";
    DuplicateIgnored = "duplicate_ignored", Notice, PassedOver, ["on_duplicate"], "99001001 / 10124 / 2025-03 / online":
        title "Eine spätere Zeile mit gleichem Schlüssel wurde wie angegeben übergangen", "A later record with the same key was passed over as declared";
        means "Mit on_duplicate = \"first\" gilt die erste Zeile; die Meldung nennt ihren Platz.",
            "With on_duplicate = \"first\" the first record counts; the message says where it stands.";
        cause "Das System liefert mit jedem Export auch die früheren Monate noch einmal.",
            "The system delivers the earlier months again with every export.";
        cure "Nichts zu tun, wenn wiederholte Lieferungen erwartet werden.",
            "Nothing to do if repeated deliveries are expected.";
    Replaced = "replaced", Notice, Replaces, ["on_duplicate"], "99001001 / 10124 / 2025-01 / paper":
        title "Eine spätere Zeile hat eine frühere mit gleichem Schlüssel ersetzt", "A later record replaced an earlier one with the same key";
        means "Die spätere Zeile gilt, die frühere zählt in der Bilanz als ersetzt; die Meldung nennt ihren Platz.",
            "The later record counts, the earlier one is booked as replaced; the message says where it stands.";
        cause "Eine Korrekturlieferung mit on_duplicate = \"replace\", oder dieselbe Rückmeldung wurde mit derselben Kennung noch einmal gesendet.",
            "A correction under on_duplicate = \"replace\", or the same feedback was sent again with the same id.";
        cure "Nichts zu tun: so sind Korrekturlieferungen gemeint.", "Nothing to do: this is how corrections are meant.";
    PeriodOverlap = "period_overlap", Error, SetAside, [], "2025":
        title "Der Zeitraum überschneidet sich mit einem schon gelieferten", "The period overlaps one already delivered";
        means "Dieselbe Reihe wurde für diese Monate schon in anderer Länge geliefert; beide zusammen würden doppelt zählen.",
            "The same series was already delivered for these months in another length; both together would count twice.";
        cause "Eine Jahresauswertung liegt neben den Monatslieferungen im selben Ordner.",
            "A yearly report lies beside the monthly deliveries in the same folder.";
        cure "Monats- und Jahreszahlen derselben Reihe nicht zugleich liefern: sie würden doppelt zählen.",
            "Do not deliver monthly and yearly numbers of the same series: they would count twice.";
    TotalRow = "total_row", Notice, PassedOver, [], "Summe":
        title "Eine Summenzeile wurde übergangen", "A total row was passed over";
        means "Statt eines Gebietsschlüssels steht dort Summe, Gesamt oder Total; als Ort gelesen, würde alles doppelt zählen.",
            "Instead of an area key it says sum or total; read as a town, everything would count twice.";
        cause "Excel-Tabellen und Berichte enden meist mit einer Summe.",
            "Excel tables and reports mostly end with a total.";
        cure "Nichts zu tun; Summen rechnet das Programm selbst.", "Nothing to do; the program adds up itself.";
    NoteRow = "note_row", Notice, PassedOver, [], "Quelle: eigene Erhebung":
        title "Eine Zeile mit nur einem Feld wurde als Fußnote oder Überschrift übergangen", "A record with a single field was passed over as a footnote or heading";
        means "In der Zeile ist nur ein Feld gefüllt, obwohl ein Datensatz mehrere braucht, und es ist kein Gebietsschlüssel.",
            "Only one field of the row is filled although a record needs several, and it is no area key.";
        cause "Fußnoten, Zwischenüberschriften und Hinweise unter oder in der Tabelle.",
            "Footnotes, headings and remarks below or inside the table.";
        cure "Nichts zu tun; Fußnoten künftig außerhalb der Tabelle führen.", "Nothing to do; keep footnotes outside the table.";
    Above100 = "rate_above_100", Warning, Used, [], "512 > 480":
        title "Mehr Onlineanträge als Fälle", "More online applications than cases";
        means "Der Online-Anteil läge über 100 %; er wird nicht gekappt und geht nicht in Vergleichswerte ein.",
            "The online share would be above 100 %; it is not cut off, and it enters no benchmark.";
        cause "Anträge zählen im Monat des Eingangs, Fälle im Monat der Entscheidung, oder die Fallzahl lässt einen Eingangsweg aus.",
            "Applications count in the month they arrive, cases in the month they are decided, or the case number leaves a channel out.";
        cure "Zähler und Nenner stammen vermutlich aus verschiedenen Zeiträumen oder zählen Verschiedenes; beide Quellen prüfen.",
            "Numerator and denominator probably cover different periods or count different things; check both sources.";
    OnlineBeforeLaunch = "online_before_launch", Warning, Used, [], "2024-11: 7":
        title "Onlinefälle vor dem angegebenen Start", "Online cases before the declared launch";
        means "Für einen Monat vor dem Start laut Angebot sind Onlinefälle geliefert; der Verlauf seit dem Start wäre verschoben.",
            "Online cases are delivered for a month before the launch stated in the offer; the course since launch would be shifted.";
        cause "Ein Testbetrieb, ein früherer Dienst gleichen Namens, oder im Angebot steht das Datum der Ankündigung.",
            "A trial run, an earlier service of the same name, or the offer states the date of the announcement.";
        cure "Startdatum im Angebot oder die Fallzahlen prüfen.", "Check the launch date of the offer or the case numbers.";
    PersonalColumn = "personal_column", Notice, ColumnLeftOut, ["columns", "attributes"], "E-Mail":
        title "Eine Spalte mit möglichen Personendaten wurde nicht eingelesen", "A column with possible personal data was not read";
        means "Überschrift oder Zellen deuten auf Namen, Adressen, Rufnummern, IP-Adressen oder Ähnliches; gespeichert wird davon nichts.",
            "The header or the cells point to names, addresses, phone numbers, IP addresses or the like; nothing of it is stored.";
        cause "Formularserver und Rückmeldeknöpfe exportieren alle Felder, auch die nicht gebrauchten.",
            "Form servers and feedback buttons export all fields, also those nobody needs.";
        cure "Die Spalte künftig nicht mitliefern.", "Leave the column out of the export.";
    TargetOutOfRange = "target_out_of_range", Error, SetAside, [], "40":
        title "Der Zielwert eines Anteils liegt nicht zwischen 0 und 1", "The target of a share is not between 0 and 1";
        means "Ein Ziel von 40 wären 4.000 %: Gemeint ist vermutlich 40 %, geraten wird aber nicht.",
            "A target of 40 would be 4,000 %: 40 % is probably meant, but nothing is guessed.";
        cause "Prozentwerte sind ohne Prozentzeichen getippt.", "Percentages were typed without the per cent sign.";
        cure "Anteile als 0,40 oder 40 % schreiben.", "Write shares as 0.40 or 40 %.";
    BadWeight = "bad_weight", Error, SetAside, ["columns", "dialect"], "0":
        title "Das Gewicht ist keine Zahl größer als null", "The weight is no number above zero";
        means "Ohne gültiges Gewicht steht die befragte Person für niemanden oder für unbekannt viele.",
            "Without a valid weight the respondent stands for nobody or for an unknown number of people.";
        cause "Beim Gewichten fehlten Merkmale der Person, oder das Dezimalzeichen ist anders als angegeben.",
            "Attributes of the respondent were missing when weighting, or the decimal sign differs from the declared one.";
        cure "Gewichtung der Befragung prüfen.", "Check the weighting of the survey.";
    UnknownAnswer = "unknown_answer", Warning, Blank, ["question", "missing"], "vielleicht":
        title "Die Antwort steht nicht im Codebuch; sie gilt als nicht beantwortet", "The answer is not in the codebook and counts as unanswered";
        means "Das Codebuch sagt nicht, ob die Antwort ja, nein oder etwas anderes bedeutet; die anderen Antworten der Person zählen.",
            "The codebook does not say whether the answer means yes, no or something else; the respondent's other answers count.";
        cause "Eine Antwortmöglichkeit wurde später ergänzt, oder der Export liefert Texte statt Codes.",
            "An option was added later, or the export delivers texts instead of codes.";
        cure "Die Antwort unter yes, no oder values aufführen.", "List the answer under yes, no or values.";
    RepeatedHeader = "repeated_header", Notice, PassedOver, ["header_row"], "AGS;OZG-ID;Monat;Anzahl":
        title "Die Kopfzeile steht noch einmal mitten in den Daten", "The header stands once more amid the data";
        means "Die Zeile enthält die Spaltennamen und keinen Datensatz.", "The row holds the column names and no record.";
        cause "Mehrere Exporte wurden aneinandergehängt, oder ein Bericht wiederholt die Kopfzeile auf jeder Seite.",
            "Several exports were joined, or a report repeats its header on every page.";
        cure "Nichts zu tun; beim Zusammenfügen von Dateien die weiteren Kopfzeilen weglassen.",
            "Nothing to do; leave the further headers out when files are joined.";
    NoDataReport = "no_data_report", Warning, FileLeftOut, ["absent"], "No data available":
        title "Der Export meldet selbst, dass er keine Daten enthält", "The export itself says that it has no data";
        means "Statt einer Tabelle steht in der Datei eine Meldung; das ist weder eine Null noch ein Fehler im Datensatz.",
            "Instead of a table the file holds a message; that is neither a zero nor a mistake in a record.";
        cause "Im gewählten Zeitraum wurde nichts gezählt, oder der Abruf beim Statistikdienst ist fehlgeschlagen.",
            "Nothing was counted in the period chosen, or the call to the statistics service failed.";
        cure "Zeitraum und Auswahl des Exports prüfen; war wirklich nichts zu zählen, eine 0 liefern.",
            "Check period and selection of the export; where there really was nothing to count, deliver a 0.";
    LookAlike = "look_alike", Warning, Repaired, ["repair"], "1\u{41e}124":
        title "Ein Zeichen, das nur so aussieht wie ein anderes, wurde ersetzt", "A character that only looks like another was replaced";
        means "Ein Buchstabe statt einer Ziffer oder ein Zeichen eines anderen Alphabets stand im Wert; gelesen wurde, was gemeint ist.",
            "A letter instead of a digit, or a character of another alphabet, stood in the value; what is meant was read.";
        cause "Werte wurden aus PDF-Dateien oder Scans kopiert, oder O und 0 wurden beim Tippen verwechselt.",
            "Values were copied from PDF files or scans, or O and 0 were mixed up when typing.";
        cure "Den Wert im Quellsystem neu eintippen, statt ihn aus einem Dokument zu kopieren.",
            "Type the value in the source system instead of copying it from a document.";
    RecordTooLong = "record_too_long", Error, SetAside, ["dialect"], "\"99001001;10124;2025-03;12":
        title "Die Zeile ist zu lang, um eine Datenzeile zu sein", "The line is too long to be a record";
        means "Die Zeile überschreitet die Länge, bis zu der ein Datensatz gelesen wird; ihr Inhalt wird nicht gedeutet.",
            "The line exceeds the length up to which a record is read; its content is not interpreted.";
        cause "Ein Anführungszeichen wird nie geschlossen und zieht den Rest der Datei in ein Feld, oder die Zeilenenden fehlen.",
            "A quote is never closed and draws the rest of the file into one field, or the line ends are missing.";
        cure "Trennzeichen, Anführungszeichen und Zeilenenden der Datei prüfen.",
            "Check delimiter, quotes and line ends of the file.";
    StrayQuote = "stray_quote", Error, SetAside, ["dialect"], "99001001;\"10124;2025-03;12":
        title "In der Zeile steht ein Anführungszeichen zu viel oder zu wenig", "The line has a quote too many or too few";
        means "Das Anführungszeichen hätte die folgenden Zeilen zu einem Teil dieses Feldes gemacht, oder die Datei endet, bevor es geschlossen wird. Folgende Zeilen sind Datenzeilen und werden einzeln gelesen, diese Zeile nicht.",
            "The quote would have made the following lines a part of this field, or the file ends before it is closed. Following lines are records and are read one by one, this line is not.";
        cause "Ein Feld beginnt mit einem Anführungszeichen, das zum Text gehört, das schließende fehlt, oder die Datei wurde abgeschnitten.",
            "A field begins with a quote that belongs to the text, the closing one is missing, or the file was cut off.";
        cure "Das fehlende Anführungszeichen ergänzen oder die Datei noch einmal liefern lassen; ein Anführungszeichen im Feld wird verdoppelt.",
            "Add the missing quote, or have the file delivered again; a quote inside a field is doubled.";
    OutsideWindow = "outside_window", Error, SetAside, ["window"], "31.12.2019":
        title "Der Zeitraum liegt außerhalb der Monate, für die die Quelle gelesen wird", "The period lies outside the months that the source is read for";
        means "Der Datensatz gehört zu einem anderen Zeitraum, als `window` der Quelle angibt; er wird nicht verwendet.",
            "The record belongs to another time than `window` of the source states; it is not used.";
        cause "Ein Datum ist vertippt oder ein Standardwert (1970, 2099), oder die Lieferung reicht weiter als vereinbart.",
            "A date is mistyped or a default (1970, 2099), or the delivery covers more than was agreed.";
        cure "Das Datum an der Quelle berichtigen oder `window` anpassen.",
            "Correct the date at the source, or change `window`.";
    UnreadablePath = "unreadable_path", Warning, FileLeftOut, ["files"], "eingang/alt/faelle.csv":
        title "Ein Pfad, der zum Muster passt, ist nicht lesbar", "A path that fits the pattern cannot be read";
        means "Der Pfad passt zum Dateimuster der Quelle, das System gibt ihn aber nicht heraus; seine Zahlen fehlen.",
            "The path fits the file pattern of the source, but the system does not hand it out; its numbers are missing.";
        cause "Fehlende Zugriffsrechte, eine Verknüpfung ins Leere oder im Kreis, oder ein Netzlaufwerk ist getrennt.",
            "Missing permissions, a link to nowhere or in a circle, or a network drive that is disconnected.";
        cure "Zugriffsrechte und Verknüpfungen des Ordners prüfen oder das Muster enger fassen.",
            "Check permissions and links of the folder, or narrow the pattern.";
    NotAdditive = "not_additive", Error, SetAside, ["values"], "unique_visitors":
        title "Eindeutige Besuche lassen sich nicht über Zeiträume, Leistungen oder Orte addieren", "Unique visitors cannot be added over periods, services or areas";
        means "Wer an zwei Tagen kommt, ist an jedem Tag einmal und im Monat auch nur einmal gezählt; Summen wären zu hoch.",
            "Whoever comes on two days is counted once a day and only once in the month; sums would be too high.";
        cause "Die Webstatistik liefert eindeutige Besucher als Voreinstellung.",
            "The web statistics deliver unique visitors by default.";
        cure "Besuche (visit) statt eindeutiger Besucher liefern.", "Deliver visits instead of unique visitors.";
    ParentAndChild = "parent_and_child", Warning, Used, ["values"], "99050012000000 + 99050012104000":
        title "Eine Leistung und ihre Teilleistung liefern beide Zahlen", "A service and a part of it both deliver numbers";
        means "Fälle der Teilleistung können in der Zahl der oberen Ebene schon enthalten sein.",
            "Cases of the part may be contained in the number of the upper level already.";
        cause "Im Leistungskatalog stehen beide Ebenen, und zwei Systeme zählen auf verschiedenen.",
            "The catalogue holds both levels, and two systems count on different ones.";
        cure "Entscheiden, auf welcher Ebene gezählt wird; in Summen über alle Leistungen zählt hier nur die obere Ebene.",
            "Decide on which level to count; sums over all services use the upper level only.";
    UnknownMaturity = "unknown_maturity", Warning, Used, ["maturity_models", "values"], "7":
        title "Diesen Reifegrad kennt das angegebene Modell nicht", "The stated model has no such maturity level";
        means "Die Stufen sind je Modell verschieden und werden nie über Modelle hinweg verglichen.",
            "Levels differ from model to model and are never compared across models.";
        cause "Die Lieferung nennt kein Modell, oder sie mischt Stufen einer älteren und einer neueren Fassung.",
            "The delivery names no model, or it mixes levels of an older and a newer version.";
        cure "Modell und Stufe prüfen; die Stufen je Modell stehen unter maturity_models der Quelle.",
            "Check model and level; the levels of each model stand under maturity_models of the source.";
    ImplausibleDuration = "implausible_duration", Warning, Used, ["units"], "2700":
        title "Die Dauer je Fall ist unglaubwürdig: Vermutlich stimmt die Einheit nicht", "The duration per case is implausible: the unit is probably wrong";
        means "Umgerechnet auf einen Fall dauert die Bearbeitung länger oder kürzer, als es vorkommt.",
            "Converted to one case, handling takes longer or shorter than it ever does.";
        cause "Das System misst in Sekunden oder Millisekunden, angegeben sind Minuten oder Tage.",
            "The system measures in seconds or milliseconds, but minutes or days are declared.";
        cure "Einheit der Spalte prüfen und unter units der Quelle angeben, etwa seconds, milliseconds, minutes, hours oder days.",
            "Check the unit of the column and state it under units of the source: seconds, milliseconds, minutes, hours or days.";
    CommentMasked = "comment_masked", Notice, Masked, [], "meldestelle@beispiel.example":
        title "Personenbezogene Angaben im Freitext wurden unkenntlich gemacht", "Personal data in free text were masked";
        means "E-Mail-Adressen, Rufnummern, IBAN und IP-Adressen werden ersetzt, bevor der Text gespeichert wird.",
            "E-mail addresses, phone numbers, IBANs and IP addresses are replaced before the text is stored.";
        cause "Menschen bitten im Freitextfeld um Rückruf oder nennen ihr Aktenzeichen.",
            "People ask for a call back or state their file number in the free-text field.";
        cure "Am Formular darauf hinweisen, dass keine persönlichen Angaben erwünscht sind.",
            "Say on the form that no personal data are wanted.";
    BadParent = "bad_parent", Warning, Blank, ["columns", "missing"], "10999":
        title "Die übergeordnete Leistung ist nicht verwendbar", "The parent service cannot be used";
        means "Sie steht nicht im Katalog, oder die Leistungen sind im Kreis übergeordnet; die Leistung gilt als ohne übergeordnete.",
            "It is not in the catalogue, or the services are parents of each other in a circle; the service counts as having none.";
        cause "Der Katalog ist ein Auszug ohne die obere Ebene, oder in der Spalte steht der Name statt des Schlüssels.",
            "The catalogue is an extract without the upper level, or the column holds the name instead of the key.";
        cure "Die übergeordnete Leistung in den Katalog aufnehmen oder das Feld leeren.",
            "Add the parent service to the catalogue or leave the field empty.";
    TerritoryShares = "territory_shares", Error, SetAside, ["columns"], "99001001 → 99001002: 0,6":
        title "Die Anteile eines Gebiets ergeben zusammen nicht 1", "The shares of a unit do not add up to 1";
        means "Von einem aufgeteilten Gebiet muss jeder Teil ein Ziel haben, sonst gingen Zahlen verloren oder zählten doppelt; keine Zeile dieses Gebiets und Tages wird verwendet.",
            "Every part of a divided unit needs a target, or numbers would be lost or counted twice; no row of this unit and day is used.";
        cause "Es fehlt die Zeile für den Teil, den das Gebiet behält (from = to), oder die Anteile sind gerundet.",
            "The row for the part that the unit keeps (from = to) is missing, or the shares are rounded.";
        cure "Die fehlende Zeile ergänzen oder die Anteile mit mehr Stellen angeben; bei einem neuen Schlüssel ist der Anteil 1.",
            "Add the missing row or give the shares with more digits; for a new key the share is 1.";
    TerritoryCycle = "territory_cycle", Error, SetAside, [], "99001001 → 99001002 → 99001001":
        title "Gebietsänderungen führen im Kreis", "Territory changes lead in a circle";
        means "Die Änderungen enden bei einem Gebiet, von dem sie ausgegangen sind, und keines davon steht im Register.",
            "The changes end with a unit that they began with, and none of them is in the register.";
        cause "Alter und neuer Schlüssel sind in einer Zeile vertauscht, oder ein Datum ist falsch.",
            "The old and the new key are swapped in one row, or a date is wrong.";
        cure "Richtung und Datum der Änderungen dieses Gebiets prüfen.",
            "Check the direction and the dates of the changes of this unit.";
    TerritoryTarget = "territory_target", Error, SetAside, ["repair", "values"], "99009999":
        title "Den neuen Schlüssel kennt weder das Register noch eine spätere Änderung", "Neither the register nor a later change knows the new key";
        means "Zahlen des alten Gebiets hätten kein Ziel; keine Zeile dieses Gebiets und Tages wird verwendet.",
            "Numbers of the old unit would have no target; no row of this unit and day is used.";
        cause "Das Register hat einen anderen Gebietsstand als die Liste der Änderungen, oder der Schlüssel ist vertippt.",
            "The register has another territorial date than the list of changes, or the key is mistyped.";
        cure "Register und Änderungen desselben Gebietsstands angeben oder die fehlende Änderung ergänzen.",
            "Declare a register and changes of the same territorial date, or add the change that is missing.";
    TerritoryLater = "territory_later", Notice, PassedOver, [], "01.01.2026":
        title "Die Gebietsänderung liegt nach dem Gebietsstand der Auswertung", "The territory change is later than the territorial date in use";
        means "Umgerechnet wird auf einen Gebietsstand; was sich danach ändert, zählt noch nicht.",
            "Numbers are converted to one territorial date; what changes after it does not count yet.";
        cause "Die Liste der Änderungen reicht weiter als das Register oder als [period] territorial_date.",
            "The list of changes reaches further than the register or than [period] territorial_date.";
        cure "Nichts zu tun; für den neuen Gebietsstand ein neueres Register und territorial_date angeben.",
            "Nothing to do; for the new territory declare a newer register and territorial_date.";
    FormerKey = "former_key", Warning, NumberLeftOut, [], "99001001 / 10124 / 2025-03":
        title "Das Gebiet gab es in diesem Zeitraum nicht mehr", "The unit no longer existed in this period";
        means "Nach der Liste der Änderungen endete das Gebiet vor dem Zeitraum; ob seine Zahl beim neuen Gebiet schon mitzählt, ist nicht zu erkennen.",
            "By the list of changes the unit ended before the period; whether the new unit counts its number already cannot be told.";
        cause "Ein System führt den alten Schlüssel weiter, oder das Datum der Änderung ist zu früh angegeben.",
            "A system goes on using the old key, or the date of the change is too early.";
        cure "Im Quellsystem den neuen Schlüssel eintragen oder das Datum der Änderung berichtigen.",
            "Use the new key in the source system, or correct the date of the change.";
    CountedInSuccessor = "counted_in_successor", Warning, NumberLeftOut, [], "99001001 / 10124 / 2019-03":
        title "Ein neues Gebiet und sein früherer Teil liefern dieselbe Zahl", "A new unit and its former part both deliver the same number";
        means "Die Zahl des neuen Gebiets für die Zeit vor der Änderung enthält die seiner Teile; der Teil zählt deshalb nicht noch einmal.",
            "The number of the new unit for the time before the change contains those of its parts, so the part is not counted again.";
        cause "Das neue Gebiet hat seine Zahlen rückwirkend ermittelt, oder es bestand schon vorher und die Liste sagt das nicht.",
            "The new unit has counted back in time, or it existed before and the list does not say so.";
        cure "Eine der beiden Lieferungen weglassen; bestand das aufnehmende Gebiet schon vorher, eine Zeile from = to mit Anteil 1 ergänzen.",
            "Leave one of the deliveries out; if the receiving unit existed before, add a row from = to with share 1.";
    SilentPart = "silent_part", Warning, Used, [], "99001099 / 99001001":
        title "Ein früherer Teil eines Gebiets hat nie Zahlen geliefert", "A former part of a unit never delivered a number";
        means "Für die Zeit vor der Änderung zählen nur die anderen Teile; die Zahl des heutigen Gebiets kann zu niedrig sein.",
            "For the time before the change only the other parts count; the number of today's unit may be too low.";
        cause "Der Ort hatte die Leistung noch nicht, zählte nicht, oder seine alten Zahlen liegen einem anderen System vor.",
            "The town did not have the service yet, did not count, or another system holds its old numbers.";
        cure "Die alten Zahlen nachliefern oder Vergleiche mit der Zeit vor der Änderung mit Vorsicht lesen.",
            "Deliver the old numbers, or read comparisons with the time before the change with care.";
}
