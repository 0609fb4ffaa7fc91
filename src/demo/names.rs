//! Invented names of places and services, in any number.

use rand::RngExt;

use super::draw::{Part, chance, stream};

/// The fictional Land.
pub(super) const LAND: &str = "Wirlemark";

const KREISE: [&str; 5] =
    ["Kreis Wirlegau", "Kreis Hohenflur", "Kreis Osterfenn", "Kreis Dreibruch", "Kreis Wendelmark"];

const STEMS: [&str; 64] = [
    "Alspel",
    "Arnsel",
    "Bärwel",
    "Birgel",
    "Brömsel",
    "Dachsel",
    "Dörmel",
    "Drewen",
    "Elbrin",
    "Eschwel",
    "Fahrnel",
    "Fennel",
    "Flinsel",
    "Föhrel",
    "Gansel",
    "Gellin",
    "Grömel",
    "Hagsel",
    "Harmel",
    "Hövrin",
    "Ilmsel",
    "Immrin",
    "Jörsel",
    "Kahlwen",
    "Kesrin",
    "Kranwel",
    "Kröpsel",
    "Lachsel",
    "Lindwen",
    "Löbrin",
    "Lünsel",
    "Marwel",
    "Mehrsel",
    "Mörwen",
    "Nessrin",
    "Niedwel",
    "Nörsel",
    "Ochswen",
    "Orlsel",
    "Ottwel",
    "Pölsen",
    "Quarmel",
    "Quellsel",
    "Rabwen",
    "Rehsel",
    "Röthwel",
    "Rüsdel",
    "Salwen",
    "Schilfel",
    "Schnürsel",
    "Schwamsel",
    "Störwen",
    "Strümsel",
    "Tannrin",
    "Tiefsel",
    "Trömwel",
    "Uhlsen",
    "Ulmrin",
    "Vörsel",
    "Weidsel",
    "Wielrin",
    "Wöhrsel",
    "Zarnwel",
    "Zirksel",
];

const ENDINGS: [&str; 33] = [
    "hagen", "wede", "lohe", "büttel", "rode", "siel", "moor", "fleth", "horst", "brück", "ried", "stedt", "beuren",
    "au", "bach", "born", "feld", "furt", "hausen", "heide", "kirchen", "leben", "mühle", "see", "stein", "tal",
    "wald", "walde", "winkel", "zell", "forst", "hude", "münde",
];

const BASE: usize = STEMS.len() * ENDINGS.len();

/// Used when the plain names are exhausted; a place without one of them never gets one for decoration.
const AFFIXES: [(&str, &str); 12] = [
    ("", ""),
    ("Groß ", ""),
    ("Klein ", ""),
    ("Alt ", ""),
    ("Neu ", ""),
    ("Hohen ", ""),
    ("", " an der Wirle"),
    ("", " im Bruch"),
    ("", "-Nord"),
    ("", "-Süd"),
    ("Unter ", ""),
    ("Ober ", ""),
];

/// The name of Kreis number `index` (from 0).
pub(super) fn kreis(index: usize) -> String {
    KREISE.get(index).map_or_else(
        || {
            let at = index - KREISE.len();
            let round = at / STEMS.len();
            let number = if round == 0 { String::new() } else { format!(" {}", round + 1) };
            format!("Kreis {}gau{number}", STEMS[at % STEMS.len()])
        },
        |name| (*name).to_owned(),
    )
}

/// `count` names of places, all different but for one pair that shares its name across two Kreise
/// (from ten places on), as 298 real ones do.
pub(super) fn places(seed: u64, count: usize) -> Vec<String> {
    let mut rng = stream(seed, Part::Names, 0);
    let start = rng.random_range(0..BASE);
    // 787 shares no factor with the number of base names: the walk meets each once before it repeats.
    let mut names: Vec<String> = (0..count)
        .map(|i| {
            let at = (start + i * 787) % BASE;
            let plain = format!("{}{}", STEMS[at / ENDINGS.len()], ENDINGS[at % ENDINGS.len()]);
            let (before, after) = AFFIXES[(i / BASE) % AFFIXES.len()];
            let round = i / (BASE * AFFIXES.len());
            let number = if round == 0 { String::new() } else { format!(" {}", round + 1) };
            let first_round = i < BASE;
            let roll = rng.random::<f64>();
            if first_round && roll < 0.05 {
                format!("Bad {plain}")
            } else if first_round && roll < 0.09 {
                format!("{plain} am Sund")
            } else if first_round && roll < 0.14 {
                format!("Samtgemeinde {plain}")
            } else {
                format!("{before}{plain}{after}{number}")
            }
        })
        .collect();
    if count >= 10 {
        names[count / 3] = "Samtgemeinde Wieselmoor-Hohenstolpe-Kleinfennersiel".to_owned();
        names[count / 2] = format!("Forst {}", names[count / 2].replace("Samtgemeinde ", "").replace("Bad ", ""));
        let twin = STEMS[start % STEMS.len()].to_owned() + "kamp";
        names[count / 6].clone_from(&twin);
        names[count * 2 / 3] = twin;
    }
    names
}

/// The themes of the service catalogue.
const FIELDS: [&str; 8] = [
    "Bauen & Wohnen",
    "Familie & Kind",
    "Mobilität & Reisen",
    "Umwelt",
    "Steuern & Zoll",
    "Unternehmensführung & -entwicklung",
    "Engagement & Hobby",
    "Querschnittsleistungen",
];

const ACTIONS: [&str; 15] = [
    "Antrag",
    "Verlängerung",
    "Änderung",
    "Abmeldung",
    "Auskunft",
    "Befreiung",
    "Ersatzausstellung",
    "Widerruf",
    "Nachweis",
    "Ermäßigung",
    "Zweitschrift",
    "Fristverlängerung",
    "Rückerstattung",
    "Bescheinigung",
    "Beratung",
];

const OBJECTS: [&str; 40] = [
    "Marktstand",
    "Gaststättenerlaubnis",
    "Fischereischein",
    "Jagdschein",
    "Plakatierung",
    "Baumfällung",
    "Osterfeuer",
    "Straßenfest",
    "Gehwegabsenkung",
    "Hausnummer",
    "Kanalanschluss",
    "Zisterne",
    "Regenwassergebühr",
    "Abfallbehälter",
    "Grünschnitt",
    "Wertstoffsammlung",
    "Bibliotheksausweis",
    "Musikschule",
    "Volkshochschulkurs",
    "Ferienbetreuung",
    "Mittagsverpflegung",
    "Schülerbeförderung",
    "Schulanmeldung",
    "Sporthallennutzung",
    "Vereinsförderung",
    "Ehrenamtskarte",
    "Kulturzuschuss",
    "Seniorenausweis",
    "Parkerleichterung",
    "Taxikonzession",
    "Umweltplakette",
    "Halteverbot",
    "Grabnutzung",
    "Bestattungsschein",
    "Zweitwohnungsteuer",
    "Vergnügungsteuer",
    "Grundsteuer",
    "Kurbeitrag",
    "Wahlschein",
    "Melderegister",
];

/// Name and theme of a service beyond the hand-written ones; `index` counts from 0.
pub(super) fn generated_service(index: usize) -> (String, &'static str) {
    let object = OBJECTS[index % OBJECTS.len()];
    let action = ACTIONS[(index / OBJECTS.len()) % ACTIONS.len()];
    let round = index / (OBJECTS.len() * ACTIONS.len());
    let number = if round == 0 { String::new() } else { format!(" ({})", round + 1) };
    (format!("{object}: {action}{number}"), FIELDS[index % FIELDS.len()])
}

/// What kind of place this is, by population and chance; the name has the first word.
pub(super) fn kind(name: &str, population: u32, rng: &mut rand_chacha::ChaCha8Rng) -> &'static str {
    let roll = chance(rng, 0.5);
    if population == 0 {
        "gemeindefreies Gebiet"
    } else if name.starts_with("Samtgemeinde") {
        "Samtgemeinde"
    } else if population >= 20_000 || (population >= 9_000 && roll) {
        "Stadt"
    } else if (3_000..9_000).contains(&population) && roll && name.len().is_multiple_of(3) {
        "Markt"
    } else {
        "Gemeinde"
    }
}
