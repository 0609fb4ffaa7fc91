//! Columns with personal data among those that no field reads: told by their names and by the first
//! cells, listed as dropped. Whatever is found here, no column that is not mapped is ever stored.
//!
//! A name such as `E-Mail` means an address in a list of cases and a count in a table of channels:
//! there the cells decide. A name that means a person everywhere, such as `Nachname`, is listed
//! whatever stands below it.

use super::mapping::ColumnMap;
use super::read::Fields;
use super::spec::{Layout, SourceKind, SourceSpec};
use super::value::trimmed;
use crate::text::mask;

/// Records whose cells are looked at.
const SAMPLE: u32 = 50;
/// Digits of the longest cell that can still be a count of applications.
const COUNT_DIGITS: usize = 6;

/// What a column name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// Personal data.
    Surely,
    /// Personal data unless the cells are counts.
    Perhaps,
    /// Nothing.
    None,
}

/// The columns of one file that nothing reads.
#[derive(Default)]
pub(super) struct Watch {
    columns: Vec<Watched>,
    records: u32,
}

struct Watched {
    at: usize,
    header: String,
    hint: Hint,
    filled: u32,
    counts: u32,
    personal: u32,
}

impl Watch {
    /// Watches the columns of `map` that neither a field nor `also_used` reads.
    pub(super) fn new(spec: &SourceSpec, map: &ColumnMap, also_used: &[usize]) -> Self {
        let per_person = matches!(spec.kind, SourceKind::Feedback | SourceKind::Survey)
            || (spec.kind == SourceKind::Usage && spec.layout == Layout::OneRowPerCase);
        let watched = |(at, header): (usize, &str)| Watched {
            at,
            header: header.to_owned(),
            hint: hint(header, per_person),
            filled: 0,
            counts: 0,
            personal: 0,
        };
        Self { columns: map.unused(also_used).map(watched).collect(), records: 0 }
    }

    /// Looks at the cells of one of the first records.
    pub(super) fn record(&mut self, fields: &dyn Fields) {
        if self.records == SAMPLE {
            return;
        }
        self.records += 1;
        for column in &mut self.columns {
            let text = trimmed(fields.text(column.at));
            if text.is_empty() {
                continue;
            }
            column.filled += 1;
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}' | '-'));
            if plain && (1..=COUNT_DIGITS).contains(&digits) {
                column.counts += 1;
            } else if mask(text).changed() {
                column.personal += 1;
            }
        }
    }

    /// The records that follow are not looked at.
    pub(super) fn has_seen_enough(&mut self) {
        self.records = SAMPLE;
    }

    /// The names of the columns with personal data, left to right.
    pub(super) fn personal(self) -> impl Iterator<Item = String> {
        let personal = |column: &Watched| match column.hint {
            Hint::Surely => true,
            Hint::Perhaps => column.filled == 0 || column.counts < column.filled,
            Hint::None => column.personal > 0 && 2 * column.personal > column.filled,
        };
        self.columns.into_iter().filter(personal).map(|column| column.header)
    }
}

/// Words that mean a person wherever they stand in a name.
const PERSONAL: [&str; 87] = [
    "vorname",
    "vornamen",
    "nachname",
    "nachnamen",
    "zuname",
    "familienname",
    "familiennamen",
    "geburtsname",
    "rufname",
    "geburtsdatum",
    "geburtstag",
    "geburtsort",
    "gebdatum",
    "gebdat",
    "anschrift",
    "wohnanschrift",
    "meldeanschrift",
    "adresse",
    "wohnadresse",
    "postadresse",
    "strasse",
    "strassenname",
    "hausnummer",
    "hausnr",
    "iban",
    "bic",
    "kontonummer",
    "kontonr",
    "kontoinhaber",
    "kontoinhaberin",
    "kreditkarte",
    "steuerid",
    "steueridnr",
    "steuernummer",
    "steueridentifikationsnummer",
    "ausweisnummer",
    "personalausweisnummer",
    "reisepassnummer",
    "passnummer",
    "sozialversicherungsnummer",
    "versichertennummer",
    "unterschrift",
    "anrede",
    "antragsteller",
    "antragstellerin",
    "antragstellende",
    "antragstellenden",
    "sachbearbeiter",
    "sachbearbeiterin",
    "sachbearbeitung",
    "bearbeiter",
    "bearbeiterin",
    "ansprechpartner",
    "ansprechpartnerin",
    "ansprechperson",
    "telefonnummer",
    "telefonnr",
    "telnr",
    "handynummer",
    "handynr",
    "mobilnummer",
    "mobiltelefon",
    "rufnummer",
    "faxnummer",
    "phonenumber",
    "mailadresse",
    "emailadresse",
    "emailaddress",
    "ip",
    "ipadresse",
    "ipaddr",
    "ipaddress",
    "remoteaddr",
    "useragent",
    "visitorid",
    "userid",
    "username",
    "benutzername",
    "sessionid",
    "fingerprint",
    "refurl",
    "firstname",
    "lastname",
    "surname",
    "birthday",
    "birthdate",
    "signature",
];
/// The same in two words.
const PERSONAL_PAIRS: [[&str; 2]; 18] = [
    ["ip", "adresse"],
    ["mail", "adresse"],
    ["user", "agent"],
    ["user", "id"],
    ["user", "name"],
    ["visitor", "id"],
    ["session", "id"],
    ["client", "ip"],
    ["remote", "addr"],
    ["remote", "host"],
    ["first", "name"],
    ["last", "name"],
    ["full", "name"],
    ["family", "name"],
    ["birth", "date"],
    ["steuer", "id"],
    ["steuer", "nr"],
    ["of", "birth"],
];
/// Names that mean a person where nothing else is said, and a channel or device where counts stand below.
const CHANNELS: [&str; 12] =
    ["mail", "email", "telefon", "tel", "phone", "telephone", "handy", "mobil", "mobile", "fax", "telefax", "browser"];
/// Words that a name of this kind may be completed with.
const FILLERS: [&str; 16] = [
    "e",
    "nr",
    "nummer",
    "number",
    "adresse",
    "address",
    "privat",
    "dienstlich",
    "ihre",
    "ihr",
    "your",
    "der",
    "des",
    "the",
    "für",
    "rückfragen",
];
/// With one of these words a `Name` is that of a person.
const PEOPLE: [&str; 22] = [
    "person",
    "personen",
    "antragsteller",
    "kind",
    "kindes",
    "kinder",
    "vater",
    "mutter",
    "eltern",
    "ehegatte",
    "halter",
    "halterin",
    "inhaber",
    "inhaberin",
    "bürger",
    "bürgerin",
    "kunde",
    "kundin",
    "customer",
    "applicant",
    "citizen",
    "contact",
];
/// With one of these words a column counts, or describes an authority, a service or a page.
const THINGS: [&str; 39] = [
    "anzahl",
    "zahl",
    "anträge",
    "antraege",
    "fälle",
    "faelle",
    "vorgänge",
    "besuche",
    "eingänge",
    "summe",
    "anteil",
    "quote",
    "prozent",
    "count",
    "counts",
    "number",
    "share",
    "applications",
    "cases",
    "visits",
    "per",
    "via",
    "über",
    "gemeinde",
    "url",
    "internet",
    "behörde",
    "amt",
    "amtes",
    "rathaus",
    "leistung",
    "dienst",
    "dienstes",
    "service",
    "formular",
    "seite",
    "webseite",
    "website",
    "organisation",
];

/// Whether `header` means personal data wherever it stands; `per_person` where each record is one person's.
pub(crate) fn looks_personal(header: &str, per_person: bool) -> bool {
    hint(header, per_person) == Hint::Surely
}

/// What `header` says about the column below it; `per_person` where each record is one person's.
fn hint(header: &str, per_person: bool) -> Hint {
    let words = words(header);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(&["ipaddr", "remoteaddr", "useragent", "vorname", "nachname", "firstname", "lastname"]) {
        return Hint::Surely;
    }
    // `Phone number` is an address, `Number of phone calls` a count.
    let counting =
        words.iter().any(|word| THINGS.contains(word) && *word != "number") || words.first() == Some(&"number");
    if counting {
        return Hint::None;
    }
    let pair = words.windows(2).any(|two| PERSONAL_PAIRS.iter().any(|pair| pair == two));
    let named = has(&["name", "namen"]);
    if has(&PERSONAL) || pair || (named && has(&PEOPLE)) {
        return Hint::Surely;
    }
    let only = words.iter().all(|word| CHANNELS.contains(word) || FILLERS.contains(word));
    let alone = ["token", "cookie", "login", "name", "kontakt", "contact", "referrer", "namen"];
    match words.as_slice() {
        _ if only && has(&CHANNELS) => Hint::Perhaps,
        [word] if per_person && alone.contains(word) => Hint::Surely,
        ["ihr" | "your", "name"] => Hint::Surely,
        _ => Hint::None,
    }
}

/// The words of a column name in small letters: split at signs and at capitals within a word, with
/// `ss` for `ß` and without the endings of gender-neutral forms.
fn words(header: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for c in header.chars() {
        let splits = !c.is_alphanumeric() || (after_small && c.is_uppercase());
        if splits && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        match c {
            'ß' | 'ẞ' => word.push_str("ss"),
            _ if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            _ => {}
        }
        after_small = c.is_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        out.push(word);
    }
    // `Antragsteller*in`, `Bearbeiter/innen`
    out.retain(|word| !matches!(word.as_str(), "in" | "innen"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_personal_columns_are_known_as_the_systems_write_them() {
        let surely = [
            "Vorname",
            "Nachname",
            "NACHNAME",
            "Name, Vorname",
            "Vor- und Nachname",
            "Vor-/Familienname",
            "Name der antragstellenden Person",
            "Name des Kindes",
            "Antragsteller*in",
            "AntragstellerIn",
            "Antragsteller:in",
            "Antragsteller/in",
            "Straße",
            "STRASSE",
            "Strasse / Hausnummer",
            "Straße, PLZ, Ort",
            "Hausnr.",
            "Anschrift",
            "Geburtsname",
            "Geburtsdatum",
            "Steuer-ID",
            "steuerId",
            "Ausweisnummer",
            "IBAN",
            "Kontonummer",
            "IP-Adresse",
            "ip",
            "ipaddr",
            "IP address",
            "remote_addr",
            "REMOTE_ADDR",
            "User-Agent",
            "user_agent",
            "userAgent",
            "visitorId",
            "visitorIp",
            "userId",
            "user_id",
            "Unterschrift",
            "Anrede",
            "refurl",
            "firstname",
            "first_name",
            "lastname",
            "Last name",
            "E-Mail-Adresse",
            "Mailadresse",
            "Telefonnummer",
            "Tel.-Nr. Mobiltelefon",
            "Sachbearbeiter/in",
            "date of birth",
            "full name",
            "Ihr Name",
            "attribute_1_firstname",
        ];
        for header in surely {
            assert_eq!(hint(header, false), Hint::Surely, "{header}");
        }
        for header in
            ["E-Mail", "email", "Mail", "Telefon", "Tel.-Nr.", "Mobil", "Fax", "Browser", "Ihre E-Mail", "phone"]
        {
            assert_eq!(hint(header, false), Hint::Perhaps, "{header}");
        }
        for header in ["token", "Name", "Kontakt", "login"] {
            assert_eq!(hint(header, true), Hint::Surely, "{header}");
            assert_eq!(hint(header, false), Hint::None, "{header}");
        }
    }

    #[test]
    fn counts_places_and_services_are_no_people() {
        let not = [
            "Anträge per E-Mail",
            "Anträge E-Mail",
            "Anzahl Telefon",
            "Telefon (Anzahl)",
            "Name der Gemeinde",
            "Leistungsname",
            "Name der Leistung",
            "Gemeindename",
            "Dateiname",
            "PLZ",
            "Ort",
            "Straßenverkehrsamt",
            "Straßenreinigung",
            "Adresse der Seite",
            "Adresse (URL)",
            "Name des Ortes",
            "Telefon der Behörde",
            "applications by phone and e-mail count",
            "Number of phone applications",
            "IP-Telefonie Anträge",
            "Browsergame",
            "Mobilität",
            "Land",
            "Kanal",
            "",
            "Anteil mobil",
            "Beschreibung",
            "ipsum",
            "Übersicht",
        ];
        for header in not {
            assert_eq!(hint(header, true), Hint::None, "{header}");
        }
    }
}
