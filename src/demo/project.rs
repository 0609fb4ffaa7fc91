//! The project file of the example: a new user learns from its comments.

use super::group;
use super::names::LAND;
use super::survey::surveyed;
use super::usage::WAY_NAMES;
use super::workbook::{HEADER_ROW, has_xlsx};
use super::world::World;

/// First line of the project file: by it an earlier example is recognised and may be overwritten.
pub(super) const MARKER: &str = "# Fiktives Beispielprojekt von resonanz: alle Orte, Zahlen und Texte sind erfunden.";

/// Above this number of places no report is made for every single one.
const PLACES_WITH_REPORTS: usize = 300;

/// The text of `resonanz.toml`.
pub(super) fn project_file(world: &World) -> String {
    let keys = |quoted: Vec<&str>| quoted.iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", ");
    let surveyed = surveyed(world);
    let focus = keys(surveyed.iter().map(|s| &*world.services[*s].key).collect());
    let members = keys(group(world).into_iter().map(|t| &*world.towns[t].key).collect());
    let until = world.month(world.months - 1).to_string();
    let months = world.months.min(12);
    let areas = if world.towns.len() > PLACES_WITH_REPORTS { "none" } else { "all" };
    let [online, paper, counter, phone, mail] = WAY_NAMES;
    let head = HEAD
        .replace("{MARKER}", MARKER)
        .replace("{LAND}", LAND)
        .replace("{UNTIL}", &until)
        .replace("{MONTHS}", &months.to_string())
        .replace("{FOCUS}", &focus)
        .replace("{ONLINE}", online)
        .replace("{PAPER}", paper)
        .replace("{COUNTER}", counter)
        .replace("{PHONE}", phone)
        .replace("{MAIL}", mail);
    let workbook =
        if has_xlsx(world) { WORKBOOK.replace("{HEADER_ROW}", &HEADER_ROW.to_string()) } else { String::new() };
    let questions: String = surveyed
        .iter()
        .map(|s| &world.services[*s])
        .map(|service| QUESTIONS.replace("{S}", &service.key).replace("{N}", &service.name))
        .collect();
    // A very small world may have no town that fits.
    let own_group = if members.is_empty() { String::new() } else { GROUP.replace("{MEMBERS}", &members) };
    let tail = TAIL.replace("{GROUP}", &own_group).replace("{AREAS}", areas);
    format!("{head}{workbook}{MIDDLE}{questions}{tail}")
}

/// The text of `LIESMICH.txt`.
pub(super) fn readme() -> String {
    README.replace("{LAND}", LAND)
}

const README: &str = "\
Alles in diesem Ordner ist erfunden: das Land {LAND}, seine Kreise und Orte, alle
Schlüssel (sie beginnen mit 99, ein solches Land gibt es nicht), alle Zahlen und
Texte. Ähnlichkeiten mit wirklichen Orten oder Personen sind Zufall. Die Angaben
eignen sich nicht als Aussage über die Verwaltung in Deutschland.

resonanz.toml   beschreibt, was in den Dateien steht; die Kommentare erklären es
eingang/        die Lieferungen, so wie sie in der Wirklichkeit ankommen würden:
                verschiedene Formate, einige fehlerhafte Zeilen, Lücken
out/            entsteht bei der Auswertung

Prüfen:     resonanz check .
Auswerten:  resonanz run .
";

const HEAD: &str = r#"{MARKER}
#
# So ist ein Projekt aufgebaut: Angaben zum Projekt, dann je Lieferung eine [[source]],
# dann Gruppen und Vergleiche, zuletzt der Bericht. Zeilen mit # sind Kommentare.
schema_version = 1

[project]
name = "Land {LAND}"
language = "de"            # Sprache der Berichte: de oder en
audience = "internal"      # für die eigene Verwaltung
fictional = true           # jede Seite und jedes Diagramm sagt, dass die Angaben erfunden sind
output = "out"

# Der Berichtszeitraum: so viele Monate bis zu diesem Monat.
[period]
until = "{UNTIL}"
months = {MONTHS}

# Größenklassen nach Einwohnern; jede Grenze gehört zur oberen Klasse.
[size_classes]
bounds = [5000, 20000, 100000]

# Leistungen, die im Bericht vorne stehen.
[focus]
services = [{FOCUS}]

# --- Verzeichnisse: was es gibt ------------------------------------------------------------

# Das Gemeindeverzeichnis entscheidet, welche Schlüssel gelten. Links steht die Angabe,
# die resonanz braucht, rechts die Spaltenüberschrift in der Datei.
[[source]]
name = "register"
kind = "register"
files = "eingang/register.csv"
dialect = { encoding = "utf-8", delimiter = ";", decimal = "," }
columns = { area = "AGS", name = "Name", land = "Land", kreis = "Kreis", type = "Art", population = "Einwohner", area_km2 = "Fläche", urbanity = "Siedlungstyp" }
attributes = ["Dienstleister"]      # weitere Spalten, nach denen sich vergleichen lässt

[[source]]
name = "leistungen"
kind = "services"
files = "eingang/leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "Schlüssel", name = "Leistung", field = "Themenfeld" }

# Wer bietet was seit wann online an? Leeres "online seit" heißt: nicht online.
[[source]]
name = "angebot"
kind = "offer"
files = "eingang/angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", owed = "geschuldet", live_from = "online seit", live_to = "online bis", maturity = "Reifegrad", platform = "Plattform", efa = "EfA" }
constants = { maturity_model = "1.1" }     # Reifegrade verschiedener Modelle sind nicht vergleichbar

# --- Fallzahlen: was genutzt wird ----------------------------------------------------------

# Eine Zeile je Ort, Leistung, Monat und Zugangsweg. Die Stufe sagt, was gezählt wurde
# (hier: gestellte Anträge); verschiedene Stufen werden nie zusammengezählt.
[[source]]
name = "faelle"
kind = "usage"
files = "eingang/faelle-*.csv"
dialect = { encoding = "windows-1252", delimiter = ";", decimal = "," }
layout = "long"
columns = { area = "Gemeindeschlüssel", service = "Leistung", period = "Monat", channel = "Zugangsweg", count = "Anzahl" }
constants = { stage = "form_submit" }
values = { channel = { "{ONLINE}" = "online", "{PAPER}" = "paper", "{COUNTER}" = "counter", "{PHONE}" = "phone", "{MAIL}" = "mail" } }
missing = ["k. A."]        # nicht geliefert; eine leere Zelle heißt das immer
not_applicable = ["x"]     # diesen Weg gibt es bei dieser Leistung nicht
suppressed = ["*"]         # vom Lieferanten geheim gehalten
on_duplicate = "reject"    # dieselbe Angabe zweimal: die zweite wird abgewiesen
absent = "missing"         # ein fehlender Monat ist unbekannt, keine Null
error_budget = 0.05        # höchstens 5 % fehlerhafte Zeilen, sonst hält der Lauf an

"#;

const WORKBOOK: &str = r#"# Ein Kreis liefert eine Excel-Mappe: je Monat und Zugangsweg eine Spalte
# ("Januar 2025 online", "Januar 2025 Papier"), darüber zwei Titelzeilen.
[[source]]
name = "kreis-excel"
kind = "usage"
files = "eingang/faelle-kreis.xlsx"
sheet = "Fallzahlen"
header_row = {HEADER_ROW}
layout = "wide"
columns = { area = "Gemeindeschlüssel", service = "Leistung" }
not_applicable = ["x"]
suppressed = ["*"]
[[source.wide]]
pattern = "{period} {channel}"
constants = { stage = "form_submit" }

"#;

const MIDDLE: &str = r#"# Der Formularserver zählt Besuche (visit) und begonnene Formulare (form_start).
# Er lässt Monate ohne Ereignis weg: hier heißt Fehlen null.
[[source]]
name = "formulare"
kind = "usage"
files = "eingang/formulare.parquet"
columns = { area = "ags", service = "leistung", period = "monat", stage = "stufe", count = "anzahl" }
constants = { channel = "online" }
absent = "zero"

# --- Rückmeldungen und Befragung -----------------------------------------------------------

# "War diese Seite hilfreich?" Wer noch einmal abstimmt, ersetzt die erste Stimme.
# Die Spalte IP-Adresse steht nicht in columns: sie wird nicht gelesen und nicht gespeichert.
[[source]]
name = "feedback"
kind = "feedback"
files = "eingang/feedback.csv"
dialect = { delimiter = ";" }
columns = { id = "Nr", time = "Zeit", area = "AGS", service = "Leistung", value = "Hilfreich", comment = "Kommentar" }
constants = { place = "page", scale = "binary" }
values = { value = { "ja" = "yes", "nein" = "no" } }
on_duplicate = "replace"

# Zwei Wellen, Stichprobe nach Größenklasse (Schicht), Gewichte je befragter Person.
[[source]]
name = "befragung"
kind = "survey"
files = "eingang/befragung.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { respondent = "ID", wave = "Welle", area = "AGS", weight = "Gewicht", stratum = "Schicht" }
missing = ["keine Angabe"]
"#;

const QUESTIONS: &str = r#"[[source.question]]        # {N}: Hatten Sie in den letzten zwölf Monaten Bedarf?
column = "F1_{S}"
measure = "need"
service = "{S}"
yes = ["Ja"]
no = ["Nein"]
[[source.question]]        # Wissen Sie, dass es online geht?
column = "F2_{S}"
measure = "awareness"
service = "{S}"
yes = ["Ja"]
no = ["Nein"]
[[source.question]]        # Haben Sie es online erledigt? (nur wer Bedarf hatte)
column = "F3_{S}"
measure = "usage"
service = "{S}"
yes = ["Ja"]
no = ["Nein"]
"#;

const TAIL: &str = r#"[[source.question]]        # Warum nicht online? (eine Antwort)
column = "F4"
measure = "barrier"
values = { "Gewohnheit" = "habit", "Kannte ich nicht" = "not_known", "Misstrauen" = "distrust", "Überforderung" = "overload", "Schlechte Erfahrung" = "bad_experience" }

# --- Ereignisse, Arbeitszeiten, Ziele ------------------------------------------------------

# Was könnte die Nutzung bewegt haben? Leistung "*" heißt: alle.
[[source]]
name = "ereignisse"
kind = "events"
files = "eingang/ereignisse.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", kind = "Art", from = "von", to = "bis", cost = "Kosten", label = "Bezeichnung" }
values = { kind = { "Fokusgruppe" = "participation", "Kampagne" = "campaign", "Schulung" = "training", "Störung" = "outage" } }

# Jede Angabe ist die Summe über die n Fälle einer Zeile.
[[source]]
name = "arbeitszeiten"
kind = "work"
files = "eingang/arbeitszeiten.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Kanal", n = "Fälle", handling_minutes = "Minuten", throughput_days = "Tage", queries = "Rückfragen", rekeyed = "Doppelerfassungen" }

[[source]]
name = "ziele"
kind = "targets"
files = "eingang/ziele.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", measure = "Kennzahl", date = "Datum", value = "Wert", label = "Bezeichnung" }

# --- Gruppen und Vergleiche ----------------------------------------------------------------

{GROUP}# Jeder Ort neben Orten seiner Größenklasse.
[[comparison]]
name = "groesse"
title = "Orte gleicher Größe"
by = "size_class"

[[comparison]]
name = "plattform"
title = "Orte auf derselben Plattform"
by = "platform"

# Orte mit Fokusgruppen vor dem Start einer Leistung gegen Orte ganz ohne. Vorsicht:
# wer beteiligt, ist oft auch sonst eifriger. Der rohe Abstand zeigt nicht die Wirkung.
[[comparison]]
name = "beteiligung"
title = "Beteiligung vor dem Start"
event = "participation"
timing = "before_launch"

# Kampagnen für Leistungen, die schon online waren: Hier gibt es ein Vorher und ein Nachher.
# Verglichen wird die Veränderung, mit Orten, die nie eine Kampagne hatten.
[[comparison]]
name = "kampagne"
title = "Kampagnen für laufende Online-Dienste"
event = "campaign"
timing = "live"
match_on = ["population", "platform"]      # der Anteil im Jahr davor gehört immer dazu

[report]
areas = "{AREAS}"
charts = true
html = true
"#;

const GROUP: &str = r#"# Eine eigene Gruppe von Orten.
[[group]]
name = "netz"
title = "Netz Digitale Orte"
areas = [{MEMBERS}]

"#;
