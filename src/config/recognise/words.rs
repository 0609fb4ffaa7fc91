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
        ],
    ),
    (Channel::Paper, &["papier", "schriftlich", "papierantrag", "papieranträge", "paper", "formular papier", "analog"]),
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
        ],
    ),
    (Channel::Phone, &["telefon", "telefonisch", "phone", "anruf", "hotline"]),
    (Channel::Mail, &["post", "postalisch", "brief", "per post", "mail"]),
    (Channel::Email, &["e mail", "email", "per e mail"]),
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

fn longest<T: Copy>(lists: &[(T, &[&str])], text: &str) -> Option<(T, usize)> {
    let plain = plain(text);
    let all = lists.iter().flat_map(|(value, words)| words.iter().map(move |word| (*value, *word)));
    let fitting = all.filter(|(_, word)| fit(&plain, word) > 0).map(|(value, word)| (value, word.len()));
    fitting.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The channel that a header or a cell names.
pub(super) fn channel(text: &str) -> Option<Channel> {
    longest(CHANNELS, text).map(|(channel, _)| channel)
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
