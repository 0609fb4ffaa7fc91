//! What columns are called. A new synonym is one word in one list.

mod columns;

pub(super) use self::columns::{Concept, WORDS};
use crate::domain::{Channel, Stage};

/// Words of a channel within a header or a cell. The longest that fits decides.
const CHANNELS: &[(Channel, &[&str])] = &[
    (
        Channel::Online,
        &[
            "online",
            "digital",
            "elektronisch",
            "web",
            "internet",
            "e antrag",
            "eantrag",
            "online antrag",
            "onlineantrag",
            "online formular",
            "onlinedienst",
            "online dienst",
            "online anträge",
            "onlineanträge",
            "portal",
            "via portal",
            "ozg",
            "ozg dienst",
            "serviceportal",
            "bürgerportal",
            "servicekonto",
            "bürgerkonto",
            "webformular",
            "online service",
        ],
    ),
    (
        Channel::Paper,
        &[
            "papier",
            "schriftlich",
            "papierantrag",
            "papieranträge",
            "paper",
            "formular papier",
            "papierformular",
            "vordruck",
            "analog",
        ],
    ),
    (
        Channel::Counter,
        &[
            "vor ort",
            "schalter",
            "persönlich",
            "bürgerbüro",
            "vorsprache",
            "persönliche vorsprache",
            "counter",
            "in person",
            "präsenz",
            "bürgeramt",
            "termin",
            "theke",
            "vor ort termin",
            "rathaus",
            "dienststelle",
            "persönliche abgabe",
        ],
    ),
    (Channel::Phone, &["telefon", "telefonisch", "fernmündlich", "phone", "anruf", "hotline"]),
    (Channel::Mail, &["post", "postalisch", "brief", "per post", "briefpost", "postweg", "letter"]),
    (Channel::Email, &["e mail", "email", "per e mail", "e mails", "e mail antrag"]),
    (Channel::Fax, &["fax", "telefax"]),
    (Channel::Other, &["sonstige", "sonstiges", "andere", "übrige", "other"]),
];

/// Words that say what was counted. `Fälle`, `Vorgänge` and `Anzahl` do not.
const STAGES: &[(Stage, &[&str])] = &[
    (
        Stage::FormSubmit,
        &[
            "anträge",
            "antrag",
            "antragszahl",
            "antragszahlen",
            "antragseingänge",
            "eingegangene anträge",
            "onlineanträge",
            "papieranträge",
            "applications",
            "submissions",
            "eingänge",
            "form submit",
        ],
    ),
    (Stage::FormStart, &["formularstarts", "begonnene formulare", "form starts", "gestartete formulare", "form start"]),
    (Stage::Visit, &["besuche", "visits", "nb visits", "sitzungen", "sessions", "visit"]),
    (
        Stage::PageView,
        &[
            "seitenaufrufe",
            "seitenansichten",
            "page views",
            "pageviews",
            "nb pageviews",
            "aufrufe",
            "page view",
            "abrufe",
        ],
    ),
    (
        Stage::Completed,
        &[
            "erledigt",
            "abgeschlossen",
            "abgeschlossene fälle",
            "bescheide",
            "completed",
            "entschiedene fälle",
            "erledigte fälle",
        ],
    ),
];

/// Words of a sum over the other columns or rows.
const TOTALS: &[&str] =
    &["summe", "gesamt", "insgesamt", "total", "gesamtergebnis", "gesamtsumme", "alle", "zusammen", "sum", "all"];

/// Endings of words for what is worked out from counts and is none.
const DERIVED_ENDINGS: &[&str] =
    &["quote", "anteil", "anteile", "prozent", "prozentsatz", "durchschnitt", "nutzungsrate"];

/// Words for shares, means, targets and changes.
const DERIVED: &[&str] = &[
    "rate",
    "share",
    "percent",
    "percentage",
    "ratio",
    "ø",
    "mittelwert",
    "average",
    "mean",
    "median",
    "kumuliert",
    "kumulativ",
    "cumulative",
    "ytd",
    "vorjahr",
    "vorjahreswert",
    "vorjahresmonat",
    "vormonat",
    "previous year",
    "ziel",
    "zielwert",
    "soll",
    "target",
    "veränderung",
    "differenz",
    "abweichung",
    "δ",
    "change",
    "je 1",
    "pro 1",
    "per 1",
    "je 100",
    "pro 100",
    "je 1 000",
    "pro 1 000",
    "per 1 000",
    "je 1000",
    "pro 1000",
    "per 1000",
    "je einwohner",
    "pro einwohner",
    "pro kopf",
    "per capita",
];

/// Words that a district begins with.
const DISTRICTS: &[&str] = &[
    "kreis",
    "landkreis",
    "lkr",
    "lk",
    "kreisgebiet",
    "region",
    "regierungsbezirk",
    "bundesland",
    "county",
    "district",
];

/// Words for a kind of event.
const EVENTS: &[(&str, &[&str])] = &[
    (
        "participation",
        &["beteiligung", "fokusgruppe", "workshop", "nutzertest", "focus group", "participation", "interview"],
    ),
    ("launch", &["start", "livegang", "launch", "go live", "freischaltung"]),
    ("campaign", &["kampagne", "werbung", "pressemitteilung", "campaign", "plakat", "anschreiben", "presse"]),
    ("training", &["schulung", "training", "fortbildung"]),
    ("advice", &["beratung", "advice", "sprechstunde"]),
    ("outage", &["störung", "ausfall", "wartung", "outage"]),
    ("milestone", &["meilenstein", "milestone"]),
];

/// Words for the answers of a feedback button.
const ANSWERS: &[(&str, &[&str])] = &[
    ("no", &["nein", "no", "nicht hilfreich", "daumen runter", "n", "👎", "not helpful"]),
    ("partly", &["teilweise", "partly", "teils teils", "partially"]),
    ("yes", &["ja", "yes", "hilfreich", "daumen hoch", "j", "y", "👍", "helpful"]),
];

/// What a question of a survey may ask.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("barrier", &["warum nicht", "grund", "gründe", "hinderungsgrund", "why not", "barrier", "reason"]),
    ("need", &["bedarf", "anlass", "gebraucht", "benötigt", "need", "needed"]),
    ("awareness", &["wissen sie", "bekannt", "kennen", "kenntnis", "aware", "know", "awareness"]),
    ("usage", &["online erledigt", "genutzt", "online genutzt", "nutzung", "used", "usage"]),
];

/// Lower case, with one blank for whatever is no letter or digit.
pub(super) fn plain(text: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || matches!(c, '²' | '👍' | '👎') { c } else { ' ' };
    let lower: String = text.to_lowercase().chars().map(keep).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How well `word` describes `plain`: 3 the same, 2 at its start or end, 1 within, 0 not at all.
fn fit(plain: &str, word: &str) -> u8 {
    if plain == word {
        return 3;
    }
    let begins = plain.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    let ends = plain.strip_suffix(word).is_some_and(|rest| rest.ends_with(' '));
    match (begins || ends, format!(" {plain} ").contains(&format!(" {word} "))) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

/// How well `header` names `concept`, 0 to 3.
pub(super) fn names(header: &str, concept: Concept) -> u8 {
    let plain = plain(header);
    let lists = WORDS.iter().filter(|(of, _)| *of == concept);
    lists.flat_map(|(_, words)| *words).map(|word| fit(&plain, word)).max().unwrap_or(0)
}

fn longest<T: Copy>(lists: &[(T, &'static [&'static str])], text: &str) -> Option<(T, &'static str)> {
    let plain = plain(text);
    let all = lists.iter().flat_map(|(value, words)| words.iter().map(move |word| (*value, *word)));
    let fitting = all.filter(|(_, word)| fit(&plain, word) > 0);
    fitting.reduce(|best, next| if next.1.len() > best.1.len() { next } else { best })
}

/// The channel that a header or a cell names; `None` where it names several or denies one.
pub(super) fn channel(text: &str) -> Option<Channel> {
    let (channel, word) = longest(CHANNELS, text)?;
    let plain = plain(text);
    let rest = format!(" {plain} ").replacen(&format!(" {word} "), "  ", 1);
    let other = longest(CHANNELS, &rest).is_some_and(|(other, _)| other != channel);
    let denied =
        plain.split(' ').any(|word| matches!(word, "nicht" | "kein" | "keine" | "ohne" | "not" | "non" | "no"));
    (!other && !denied).then_some(channel)
}

/// Whether `Mail` stands alone: in German an e-mail, in English a letter.
pub(super) fn is_bare_mail(text: &str) -> bool {
    matches!(plain(text).as_str(), "mail" | "mails" | "per mail" | "via mail" | "by mail")
}

/// What a bare `Mail` is beside the other channels; `None` where they do not tell.
pub(super) fn mail_beside<'t, I: Iterator<Item = &'t str>>(others: impl Fn() -> I) -> Option<Channel> {
    let has = |wanted: Channel| others().filter(|text| !is_bare_mail(text)).any(|text| channel(text) == Some(wanted));
    let english = others().any(|text| matches!(plain(text).as_str(), "paper" | "counter" | "phone" | "in person"));
    if has(Channel::Mail) {
        Some(Channel::Email)
    } else if has(Channel::Email) || english {
        Some(Channel::Mail)
    } else {
        None
    }
}

/// Whether a cell is a channel and nothing else.
pub(super) fn is_channel(text: &str) -> bool {
    let plain = plain(text);
    Channel::parse(text).is_some() || CHANNELS.iter().any(|(_, words)| words.contains(&plain.as_str()))
}

/// Whether a header or a label names a share, a mean, a target or a change: a number that is no count.
pub(super) fn is_derived(text: &str) -> bool {
    let plain = plain(text);
    text.contains(['%', '\u{2030}'])
        || plain.split(' ').any(|word| DERIVED_ENDINGS.iter().any(|ending| word.ends_with(ending)))
        || DERIVED.iter().any(|word| fit(&plain, word) > 0)
}

/// Whether a label says that its record is no place or service of its own but sums up others.
pub(super) fn is_sum(text: &str) -> bool {
    let plain = plain(text);
    let whole = ["gesamtstadt", "gesamtkreis", "kreisgebiet", "gesamtgebiet"];
    is_total(text)
        || crate::ingest::is_total(text)
        || plain.split(' ').any(|word| word.ends_with("summe") || whole.contains(&word))
}

/// Whether a label names a district, whose municipalities may stand beside it.
pub(super) fn is_district(text: &str) -> bool {
    let plain = plain(text);
    let mut words = plain.split(' ');
    words.next().is_some_and(|word| DISTRICTS.contains(&word)) || plain.split(' ').any(|word| word.ends_with("kreis"))
}

/// Whether a label says that its record is a part of another.
pub(super) fn is_part(text: &str) -> bool {
    matches!(plain(text).split(' ').next(), Some("davon" | "darunter" | "thereof"))
}

/// Whether a header or an answer speaks of stars, of which five are the best.
pub(super) fn says_stars(text: &str) -> bool {
    let plain = plain(text);
    let best = ["5 sehr gut", "5 sehr zufrieden", "5 beste", "5 am besten", "5 very good", "5 best"];
    text.contains(['★', '⭐'])
        || plain.split(' ').any(|word| word.starts_with("stern") || matches!(word, "star" | "stars"))
        || best.iter().any(|words| plain.contains(words))
}

/// Whether a header or an answer speaks of school grades, of which one is the best.
pub(super) fn says_grades(text: &str) -> bool {
    let plain = plain(text);
    let best = ["1 sehr gut", "1 sehr zufrieden", "1 beste", "1 am besten", "1 very good", "1 best"];
    let words = ["note", "noten", "schulnote", "schulnoten", "zensur", "befriedigend", "ausreichend", "mangelhaft"];
    plain.split(' ').any(|word| words.contains(&word)) || best.iter().any(|words| plain.contains(words))
}

/// What a header, a title or a file name says was counted.
pub(super) fn stage(text: &str) -> Option<Stage> {
    longest(STAGES, text).map(|(stage, _)| stage)
}

/// The kind of event that a cell names.
pub(super) fn event(text: &str) -> Option<&'static str> {
    longest(EVENTS, text).map(|(event, _)| event)
}

/// The answer that a cell of a feedback export means.
pub(super) fn answer(text: &str) -> Option<&'static str> {
    let plain = plain(text);
    ANSWERS.iter().find(|(_, words)| words.contains(&plain.as_str())).map(|(answer, _)| *answer)
}

/// What a question asks.
pub(super) fn question(text: &str) -> Option<&'static str> {
    let plain = plain(text);
    QUESTIONS.iter().find(|(_, words)| words.iter().any(|word| fit(&plain, word) > 0)).map(|(measure, _)| *measure)
}

/// Whether a header or a cell names a sum.
pub(super) fn is_total(text: &str) -> bool {
    let plain = plain(text);
    TOTALS.iter().any(|word| fit(&plain, word) >= 2)
}

/// Whether `header` is a word of any list: what a header row consists of.
pub(super) fn is_known(header: &str) -> bool {
    let plain = plain(header);
    !plain.is_empty()
        && (WORDS.iter().flat_map(|(_, words)| *words).any(|word| fit(&plain, word) >= 2)
            || channel(header).is_some()
            || is_total(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_both_languages_and_every_spelling() {
        for header in ["AGS", "Gemeindeschlüssel", "GEMEINDESCHLÜSSEL", "gemeinde_id", "Municipality-Key"] {
            assert_eq!(names(header, Concept::AreaKey), 3, "{header}");
        }
        assert_eq!(names("OZG-ID", Concept::ServiceKey), 3);
        assert_eq!(names("nb_uniq_visitors", Concept::UniqueVisitors), 3);
        assert_eq!(names("Anzahl Fälle", Concept::Count), 2);
        assert_eq!(names("Anzahlung", Concept::Count), 0);
    }

    #[test]
    fn the_longest_word_decides_the_channel() {
        assert_eq!(channel("Anträge per E-Mail"), Some(Channel::Email));
        assert_eq!(channel("Online-Antrag"), Some(Channel::Online));
        assert_eq!(channel("vor Ort"), Some(Channel::Counter));
        assert_eq!(channel("Postleitzahl"), None);
        assert_eq!(stage("davon Onlineanträge"), Some(Stage::FormSubmit));
        assert_eq!(stage("Fälle"), None);
        assert_eq!(channel("Brief per Post"), Some(Channel::Mail));
        for text in ["Post/Fax", "Anträge online und Papier", "nicht online", "Mail"] {
            assert_eq!(channel(text), None, "{text}");
        }
    }

    #[test]
    fn sums_districts_and_shares_are_told_from_towns_and_counts() {
        for text in ["Kreissumme", "Summe Stadt", "Σ", "∑", "Alle Gemeinden", "Gesamtstadt", "Zw.-Summe", "Insgesamt"]
        {
            assert!(is_sum(text), "{text}");
        }
        for text in ["Kreis Nordtal", "Nordtalkreis", "LK Nordtal"] {
            assert!(is_district(text) && !is_sum(text), "{text}");
        }
        for text in ["Abach", "Kreisstadt Abach", "Kreisfreie Stadt Börde", "Gesamtschule", "Allendorf"] {
            assert!(!is_sum(text) && !is_district(text), "{text}");
        }
        for text in
            ["Onlinequote 45,3 %", "Anteil", "online in %", "Ø", "Onlineanteil", "Vorjahr online", "pro 1.000 EW"]
        {
            assert!(is_derived(text), "{text}");
        }
        for text in ["online", "Anträge pro Monat", "Papieranträge", "per E-Mail"] {
            assert!(!is_derived(text), "{text}");
        }
    }

    #[test]
    fn every_list_is_in_plain_form() {
        let lists = WORDS.iter().map(|(_, words)| *words);
        let others = [CHANNELS.iter().map(|l| l.1).collect::<Vec<_>>(), STAGES.iter().map(|l| l.1).collect()].concat();
        for word in lists.chain(others).flatten() {
            assert_eq!(&plain(word), word);
        }
    }
}
