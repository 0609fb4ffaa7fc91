//! The templates as data: what each column holds. The notes sheets and the readme are made of it.

mod territory;

use crate::domain::Text;

/// A template of one source kind.
pub(super) struct Template {
    /// File name.
    pub(super) file: Text,
    /// What it is for.
    pub(super) about: Text,
    /// Its columns, in order.
    pub(super) columns: &'static [Column],
    /// The kind of file.
    pub(super) content: Content,
}

/// The kind of file.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// German CSV.
    Csv,
    /// A workbook.
    Workbook {
        /// Name of the data sheet.
        sheet: Text,
        /// What the columns per month and channel are, where it has them.
        months: Option<&'static Column>,
    },
}

/// A column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// The header.
    pub(super) name: Text,
    /// What belongs into it.
    pub(super) what: Text,
    /// Which values are allowed.
    pub(super) allowed: Text,
    /// A fictional value, which can be read as it is.
    pub(super) example: Text,
    /// How Excel shall treat its cells.
    pub(super) cells: Cells,
    /// Whether it stays in view when the sheet is moved.
    pub(super) key: bool,
}

/// How Excel shall treat the cells of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// As typed: keys keep their zeros, months stay months.
    Text,
    /// As a date.
    Date,
    /// As a number.
    Number,
}

const fn column(name: Text, what: Text, allowed: Text, example: Text) -> Column {
    Column { name, what, allowed, example, cells: Cells::Text, key: false }
}

const fn number(name: Text, what: Text, allowed: Text, example: Text) -> Column {
    Column { cells: Cells::Number, ..column(name, what, allowed, example) }
}

const fn date(name: Text, what: Text, allowed: Text, example: Text) -> Column {
    Column { cells: Cells::Date, ..column(name, what, allowed, example) }
}

const fn key(name: Text, what: Text, allowed: Text, example: Text) -> Column {
    Column { key: true, ..column(name, what, allowed, example) }
}

const fn same(text: &'static str) -> Text {
    Text::new(text, text)
}

const AREA_NAME: Text = Text::new("Gemeindeschlüssel", "Area key");
const AREA_EXAMPLE: Text = same("99001001");
const SERVICE_NAME: Text = Text::new("Leistungsschlüssel", "Service key");
const SERVICE_EXAMPLE: Text = same("M0001");
const DATES: Text = Text::new("Tag.Monat.Jahr oder Jahr-Monat-Tag.", "Year-month-day or day.month.year.");

const AREA: Column = key(
    AREA_NAME,
    Text::new("Der Schlüssel des Ortes.", "The key of the place."),
    Text::new("Ein Schlüssel aus dem Register.", "A key from the register."),
    AREA_EXAMPLE,
);
const SERVICE: Column = key(
    SERVICE_NAME,
    Text::new("Der Schlüssel der Leistung.", "The key of the service."),
    Text::new("Ein Schlüssel aus leistungen.xlsx.", "A key from services.xlsx."),
    SERVICE_EXAMPLE,
);
const AREA_OR_ALL: Column = key(
    AREA_NAME,
    Text::new("Der Schlüssel des Ortes.", "The key of the place."),
    Text::new("Ein Schlüssel aus dem Register oder * für alle Orte.", "A key from the register or * for all places."),
    AREA_EXAMPLE,
);
const SERVICE_OR_ALL: Column = key(
    SERVICE_NAME,
    Text::new("Der Schlüssel der Leistung.", "The key of the service."),
    Text::new(
        "Ein Schlüssel aus leistungen.xlsx oder * für alle Leistungen.",
        "A key from services.xlsx or * for all services.",
    ),
    SERVICE_EXAMPLE,
);
const PERIOD: Column = key(
    Text::new("Monat", "Month"),
    Text::new("Der Zeitraum, in dem gezählt wurde.", "The period in which was counted."),
    Text::new(
        "Ein Monat wie 2025-01, 01/2025 oder Januar 2025; auch ein Quartal (2025-Q1) oder ein Jahr (2025). \
         Monate und Jahre derselben Reihe nicht mischen.",
        "A month such as 2025-01, 01/2025 or January 2025; also a quarter (2025-Q1) or a year (2025). \
         Do not mix months and years of the same series.",
    ),
    same("2025-01"),
);
const CHANNEL: Column = key(
    Text::new("Zugangsweg", "Channel"),
    Text::new("Der Weg, auf dem der Antrag kam.", "The way by which the application came."),
    Text::new(
        "online, Papier, vor Ort, Telefon, Post, E-Mail, Fax, sonstige. Ist neben den Onlinefällen nur die Summe \
         aller Wege bekannt: gesamt.",
        "online, paper, in person, phone, mail, email, fax, other. If beside the online cases only the sum of all \
         channels is known: all.",
    ),
    same("online"),
);

/// All templates: first the necessary ones.
pub(super) const TEMPLATES: &[Template] =
    &[REGISTER, SERVICES, USAGE, USAGE_WIDE, OFFER, FEEDBACK, SURVEY, EVENTS, WORK, TARGETS, territory::TERRITORY];

const REGISTER: Template = Template {
    file: same("register.xlsx"),
    about: Text::new(
        "Die Orte. Notwendig, sofern nicht das amtliche Gemeindeverzeichnis verwendet wird.",
        "The places. Necessary unless the official register of municipalities is used.",
    ),
    content: Content::Workbook { sheet: same("Register"), months: None },
    columns: &[
        key(
            AREA_NAME,
            Text::new("Der amtliche Gemeindeschlüssel.", "The official municipality key (AGS)."),
            Text::new(
                "8 Ziffern mit führender Null, jeder Schlüssel nur einmal.",
                "8 digits with the leading zero, each key only once.",
            ),
            AREA_EXAMPLE,
        ),
        column(
            Text::new("Name", "Name"),
            Text::new("Der Name, wie er im Bericht stehen soll.", "The name as it shall stand in the report."),
            Text::new("Text.", "Text."),
            same("Musterau"),
        ),
        number(
            Text::new("Bevölkerung", "Population"),
            Text::new(
                "Die Bevölkerungszahl. Ohne sie gibt es keine Größenklasse und keine Werte je 1.000 Personen.",
                "The number of inhabitants. Without it there is no size class and no value per 1,000 inhabitants.",
            ),
            Text::new("Eine ganze Zahl oder leer.", "A whole number or empty."),
            same("16.000"),
        ),
        number(
            Text::new("Fläche in km²", "Area in km²"),
            Text::new("Die Fläche in Quadratkilometern.", "The area in square kilometres."),
            Text::new("Eine Zahl oder leer.", "A number or empty."),
            same("41,5"),
        ),
        column(
            Text::new("Art", "Type"),
            Text::new("Die Art des Ortes.", "The type of the place."),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Stadt", "town"),
        ),
        column(
            Text::new("Siedlungstyp", "Settlement type"),
            Text::new(
                "Der Grad der Verstädterung; gleiche Texte bilden eine Vergleichsgruppe.",
                "The degree of urbanisation; equal texts form a comparison group.",
            ),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("mittlere Besiedlungsdichte", "intermediate density"),
        ),
    ],
};

const SERVICES: Template = Template {
    file: Text::new("leistungen.xlsx", "services.xlsx"),
    about: Text::new("Die Leistungen, um die es geht. Notwendig.", "The services in question. Necessary."),
    content: Content::Workbook { sheet: Text::new("Leistungen", "Services"), months: None },
    columns: &[
        key(
            SERVICE_NAME,
            Text::new("Der Schlüssel der Leistung.", "The key of the service."),
            Text::new(
                "OZG-Kennung (5 Ziffern), LeiKa-Schlüssel (14 Ziffern) oder ein eigener Schlüssel; jeder nur einmal.",
                "OZG id (5 digits), LeiKa key (14 digits) or a key of your own; each only once.",
            ),
            SERVICE_EXAMPLE,
        ),
        column(
            Text::new("Bezeichnung", "Service"),
            Text::new("Der Name, wie er im Bericht stehen soll.", "The name as it shall stand in the report."),
            Text::new("Text.", "Text."),
            Text::new("Musterausweis beantragen", "Apply for a specimen card"),
        ),
        column(
            Text::new("Themenfeld", "Field"),
            Text::new("Das Themenfeld.", "The field the service belongs to."),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Musterwesen", "Specimens"),
        ),
    ],
};

const USAGE: Template = Template {
    file: Text::new("fallzahlen.xlsx", "usage.xlsx"),
    about: Text::new(
        "Die Fallzahlen: eine Zeile je Ort, Leistung, Monat und Zugangsweg. Notwendig.",
        "The case numbers: one row per place, service, month and channel. Necessary.",
    ),
    content: Content::Workbook { sheet: Text::new("Fallzahlen", "Usage"), months: None },
    columns: &[
        AREA,
        SERVICE,
        PERIOD,
        CHANNEL,
        number(
            Text::new("Anzahl", "Count"),
            Text::new(
                "Wie oft es vorkam. Für den Onlineanteil werden auch die Fälle gebraucht, die nicht online kamen.",
                "How often it happened. The online share needs the cases that did not come online, too.",
            ),
            Text::new(
                "Eine ganze Zahl; 0 heißt: gezählt, kein Fall. Leer oder k. A.: nicht geliefert; x: gibt es hier \
                 nicht; *: geheim gehalten.",
                "A whole number; 0 means: counted, no case. Empty or n/a: not delivered; x: does not exist here; \
                 *: kept secret.",
            ),
            same("17"),
        ),
    ],
};

const MONTH_COLUMN: Column = number(
    Text::new("Januar 2025 online usw.", "January 2025 online etc."),
    Text::new(
        "Je Monat und Zugangsweg eine Spalte mit der Anzahl. Ändern Sie die Monate in der Kopfzeile; weitere Spalten \
         sind erlaubt. Löschen Sie die Spalten von Zugangswegen, die Sie nicht zählen, und von Monaten, die noch nicht \
         gezählt sind: Eine leere Zelle heißt, dass eine Zahl fehlt, und ohne sie gibt es für den Monat keinen \
         Onlineanteil.",
        "One column with the count per month and channel. Change the months in the header line; further columns are \
         allowed. Delete the columns of channels that you do not count and of months that are not counted yet: an \
         empty cell means that a number is missing, and without it there is no online share for that month.",
    ),
    Text::new(
        "Überschrift: Monat, Leerzeichen, Zugangsweg (online, Papier, vor Ort, Telefon, Post, E-Mail, Fax, sonstige, \
         gesamt). Zelle: eine ganze Zahl; leer oder k. A.: nicht geliefert; x: gibt es hier nicht; *: geheim gehalten.",
        "Header: month, blank, channel (online, paper, in person, phone, mail, email, fax, other, all). Cell: a whole \
         number; empty or n/a: not delivered; x: does not exist here; *: kept secret.",
    ),
    same("17"),
);

const USAGE_WIDE: Template = Template {
    file: Text::new("fallzahlen-breit.xlsx", "usage-wide.xlsx"),
    about: Text::new(
        "Statt fallzahlen.xlsx: eine Zeile je Ort und Leistung, eine Spalte je Monat und Zugangsweg.",
        "Instead of usage.xlsx: one row per place and service, one column per month and channel.",
    ),
    content: Content::Workbook { sheet: Text::new("Fallzahlen", "Usage"), months: Some(&MONTH_COLUMN) },
    columns: &[AREA, SERVICE],
};

const OFFER: Template = Template {
    file: Text::new("angebot.xlsx", "offer.xlsx"),
    about: Text::new(
        "Freigestellt: Wer bietet welche Leistung seit wann online an?",
        "Optional: who offers which service online since when?",
    ),
    content: Content::Workbook { sheet: Text::new("Angebot", "Offer"), months: None },
    columns: &[
        AREA,
        SERVICE,
        column(
            Text::new("geschuldet", "Owed"),
            Text::new("Muss der Ort die Leistung online anbieten?", "Must the place offer the service online?"),
            Text::new("ja, nein oder leer.", "yes, no or empty."),
            Text::new("ja", "yes"),
        ),
        date(
            Text::new("online seit", "Online from"),
            Text::new(
                "Der Tag, an dem der Onlinedienst begann. Leer heißt: nicht online.",
                "The day on which the online service began. Empty means: not online.",
            ),
            DATES,
            Text::new("03.02.2025", "2025-02-03"),
        ),
        date(
            Text::new("online bis", "Online to"),
            Text::new(
                "Der letzte Tag, falls der Onlinedienst beendet ist.",
                "The last day if the online service has ended.",
            ),
            DATES,
            Text::new("31.12.2026", "2026-12-31"),
        ),
        column(
            Text::new("Reifegrad", "Maturity"),
            Text::new(
                "Die Stufe nach dem Modell, das in resonanz.toml steht.",
                "The level in the model that stands in resonanz.toml.",
            ),
            Text::new(
                "Eine Stufe, im Modell 1.1 eine Zahl von 0 bis 4, oder leer.",
                "A level, in model 1.1 a number from 0 to 4, or empty.",
            ),
            same("3"),
        ),
        column(
            Text::new("Plattform", "Platform"),
            Text::new(
                "Worauf der Onlinedienst läuft; gleiche Texte bilden eine Vergleichsgruppe.",
                "What the online service runs on; equal texts form a comparison group.",
            ),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Musterportal", "Specimen portal"),
        ),
        column(
            same("EfA"),
            Text::new(
                "Ist es ein Dienst nach dem Prinzip \"Einer für Alle\"?",
                "Is it a service shared by the principle \"Einer für Alle\" (one for all)?",
            ),
            Text::new("ja, nein oder leer.", "yes, no or empty."),
            Text::new("nein", "no"),
        ),
    ],
};

const FEEDBACK: Template = Template {
    file: Text::new("rueckmeldungen.csv", "feedback.csv"),
    about: Text::new(
        "Freigestellt: eine Zeile je Rückmeldung. Liefern Sie keine Namen, Adressen oder IP-Adressen mit.",
        "Optional: one row per feedback. Do not deliver names, addresses or IP addresses.",
    ),
    content: Content::Csv,
    columns: &[
        column(
            Text::new("Nummer", "Number"),
            Text::new("Die Nummer der Rückmeldung.", "The number of the feedback."),
            Text::new("Text oder leer.", "Text or empty."),
            same("R1"),
        ),
        column(
            Text::new("Zeit", "Time"),
            Text::new("Wann sie abgegeben wurde.", "When it was given."),
            Text::new("Ein Tag, auch mit Uhrzeit, oder ein Monat.", "A day, with or without a time, or a month."),
            Text::new("14.03.2025 09:30", "2025-03-14 09:30"),
        ),
        AREA,
        SERVICE,
        column(
            Text::new("Hilfreich", "Helpful"),
            Text::new("Die Antwort.", "The answer."),
            Text::new(
                "ja, nein; je nach scale in resonanz.toml auch teilweise oder 1 bis 5.",
                "yes, no; depending on scale in resonanz.toml also partly or 1 to 5.",
            ),
            Text::new("ja", "yes"),
        ),
        column(
            Text::new("Kommentar", "Comment"),
            Text::new(
                "Der freie Text. Er wird nur gezählt, nicht gespeichert.",
                "The free text. It is only counted, not stored.",
            ),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Ging schnell.", "That was quick."),
        ),
    ],
};

const SURVEY: Template = Template {
    file: Text::new("befragung.csv", "survey.csv"),
    about: Text::new("Freigestellt: eine Zeile je befragte Person.", "Optional: one row per respondent."),
    content: Content::Csv,
    columns: &[
        column(
            Text::new("Nummer", "Number"),
            Text::new("Eine Nummer ohne Bezug zum Namen.", "A number without relation to the name."),
            Text::new("Text, je Welle nur einmal.", "Text, only once per wave."),
            same("B1"),
        ),
        column(
            Text::new("Welle", "Wave"),
            Text::new("Die Befragungswelle.", "The wave of the survey."),
            Text::new("Text oder leer.", "Text or empty."),
            same("2025"),
        ),
        AREA,
        number(
            Text::new("Gewicht", "Weight"),
            Text::new("Das Gewicht der Person.", "The weight of the respondent."),
            Text::new(
                "Eine Zahl über 0; ohne Gewichtung überall 1.",
                "A number above 0; without weighting 1 everywhere.",
            ),
            same("1,25"),
        ),
        column(
            Text::new("Schicht", "Stratum"),
            Text::new(
                "Die Schicht, aus der die Stichprobe gezogen wurde.",
                "The stratum from which the sample was drawn.",
            ),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("kleine Orte", "small places"),
        ),
        column(
            Text::new("F1", "Q1"),
            Text::new(
                "Hatten Sie in den letzten zwölf Monaten Bedarf?",
                "Did you need the service in the last twelve months?",
            ),
            Text::new("Ja, Nein oder leer.", "Yes, No or empty."),
            Text::new("Ja", "Yes"),
        ),
        column(
            Text::new("F2", "Q2"),
            Text::new("Wissen Sie, dass es online geht?", "Do you know that it can be done online?"),
            Text::new("Ja, Nein oder leer.", "Yes, No or empty."),
            Text::new("Ja", "Yes"),
        ),
        column(
            Text::new("F3", "Q3"),
            Text::new("Haben Sie es online erledigt?", "Did you do it online?"),
            Text::new("Ja, Nein oder leer.", "Yes, No or empty."),
            Text::new("Nein", "No"),
        ),
        column(
            Text::new("F4", "Q4"),
            Text::new("Warum nicht online?", "Why not online?"),
            Text::new(
                "Eine der Antworten, die in resonanz.toml stehen, oder leer.",
                "One of the answers that stand in resonanz.toml, or empty.",
            ),
            Text::new("Gewohnheit", "Habit"),
        ),
    ],
};

const EVENTS: Template = Template {
    file: Text::new("ereignisse.csv", "events.csv"),
    about: Text::new(
        "Freigestellt: Was könnte die Nutzung bewegt haben? Eine Zeile je Ereignis.",
        "Optional: what may have moved the use? One row per event.",
    ),
    content: Content::Csv,
    columns: &[
        AREA_OR_ALL,
        SERVICE_OR_ALL,
        column(
            Text::new("Art", "Kind"),
            Text::new("Die Art des Ereignisses.", "The kind of the event."),
            Text::new(
                "Beteiligung, Start, Kampagne, Schulung, Beratung, Störung, Meilenstein.",
                "participation, launch, campaign, training, advice, outage, milestone.",
            ),
            Text::new("Beteiligung", "participation"),
        ),
        date(
            Text::new("von", "From"),
            Text::new("Der erste Tag.", "The first day."),
            DATES,
            Text::new("18.11.2024", "2024-11-18"),
        ),
        date(
            Text::new("bis", "To"),
            Text::new("Der letzte Tag; leer, wenn es nur ein Tag war.", "The last day; empty if it was only one day."),
            DATES,
            Text::new("19.11.2024", "2024-11-19"),
        ),
        number(
            Text::new("Kosten", "Cost"),
            Text::new("Die Kosten in Euro.", "The cost in euros."),
            Text::new("Eine Zahl oder leer.", "A number or empty."),
            same("1.200,00"),
        ),
        column(
            Text::new("Bezeichnung", "Label"),
            Text::new("Ein kurzer Name für den Bericht.", "A short name for the report."),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Fokusgruppe mit zwölf Personen", "Focus group of twelve"),
        ),
    ],
};

const WORK: Template = Template {
    file: Text::new("arbeitszeiten.csv", "work.csv"),
    about: Text::new(
        "Freigestellt: eine Zeile je Ort, Leistung, Monat und Zugangsweg. Jede Angabe ist die Summe über die Fälle der \
         Zeile.",
        "Optional: one row per place, service, month and channel. Each number is the sum over the cases of the row.",
    ),
    content: Content::Csv,
    columns: &[
        AREA,
        SERVICE,
        PERIOD,
        CHANNEL,
        number(
            Text::new("Fälle", "Cases"),
            Text::new("Wie viele Fälle beobachtet wurden.", "How many cases were observed."),
            Text::new("Eine ganze Zahl.", "A whole number."),
            same("20"),
        ),
        number(
            Text::new("Minuten", "Minutes"),
            Text::new("Die Bearbeitungszeit aller Fälle zusammen.", "The handling time of all cases together."),
            Text::new("Eine ganze Zahl oder leer.", "A whole number or empty."),
            same("310"),
        ),
        number(
            Text::new("Tage", "Days"),
            Text::new(
                "Die Tage vom Eingang bis zum Abschluss, alle Fälle zusammen.",
                "The days from receipt to completion, all cases together.",
            ),
            Text::new("Eine ganze Zahl oder leer.", "A whole number or empty."),
            same("95"),
        ),
        number(
            Text::new("Rückfragen", "Queries"),
            Text::new("Wie oft nachgefragt werden musste.", "How often someone had to ask back."),
            Text::new("Eine ganze Zahl oder leer.", "A whole number or empty."),
            same("3"),
        ),
        number(
            Text::new("Doppelerfassungen", "Double entries"),
            Text::new("Wie viele Fälle von Hand übertragen wurden.", "How many cases were typed in again by hand."),
            Text::new("Eine ganze Zahl oder leer.", "A whole number or empty."),
            same("4"),
        ),
    ],
};

const TARGETS: Template = Template {
    file: Text::new("ziele.csv", "targets.csv"),
    about: Text::new(
        "Freigestellt: welcher Wert bis wann erreicht sein soll.",
        "Optional: which value is to be reached by when.",
    ),
    content: Content::Csv,
    columns: &[
        AREA_OR_ALL,
        SERVICE_OR_ALL,
        column(
            Text::new("Kennzahl", "Key figure"),
            Text::new("Der Name der Kennzahl.", "The name of the key figure."),
            Text::new("Ein Name aus der Liste von: resonanz explain.", "A name from the list of: resonanz explain."),
            same("online_share"),
        ),
        date(
            Text::new("Datum", "Date"),
            Text::new(
                "Der Tag, bis zu dem der Wert erreicht sein soll.",
                "The day by which the value is to be reached.",
            ),
            DATES,
            Text::new("31.12.2025", "2025-12-31"),
        ),
        number(
            Text::new("Wert", "Value"),
            Text::new("Der Wert; Anteile als Zahl von 0 bis 1.", "The value; shares as a number from 0 to 1."),
            Text::new("Eine Zahl.", "A number."),
            same("0,4"),
        ),
        column(
            Text::new("Bezeichnung", "Label"),
            Text::new("Ein kurzer Name für den Bericht.", "A short name for the report."),
            Text::new("Text oder leer.", "Text or empty."),
            Text::new("Meilenstein Monat 12", "Milestone of month 12"),
        ),
    ],
};
