//! What citizens write into the comment field. All of it is invented.

use rand_chacha::ChaCha8Rng;

use super::draw::{chance, pick};

/// `{}` stands for the name of the service.
const KIND: [&str; 30] = [
    "Hat super geklappt, danke!",
    "War in 5 Minuten erledigt.",
    "Endlich muss ich dafür keinen halben Tag Urlaub mehr nehmen.",
    "Alles gut verständlich, auch für mich mit 74.",
    "{}: ging schnell und ohne Papier. Weiter so!",
    "bin begeistert, hätte nicht gedacht das unser Ort sowas kann",
    "Sehr übersichtlich. Die Hilfetexte neben den Feldern sind Gold wert.",
    "Am Sonntagabend vom Sofa aus erledigt, prima.",
    "Die Bestätigung kam sofort per Mail und zwei Tage später war alles fertig.",
    "Auf dem Handy hat es auch funktioniert.",
    "Nette Kollegin am Telefon hat mir den Link geschickt, danach war es ganz einfach.",
    "einfach und schnell",
    "Top",
    "Danke für die leichte Sprache, meine Mutter hat es alleine geschafft.",
    "Besser als befürchtet :-)",
    "Man sieht immer, welcher Schritt als nächstes kommt. Das gefällt mir.",
    "Ich musste nichts doppelt eingeben. So soll es sein.",
    "Das Hochladen der Unterlagen per Foto ist eine tolle Idee.",
    "Kein Warten, keine Nummer ziehen. Klasse!",
    "Hab erst bei {} gemerkt was alles schon online geht. Bitte mehr Werbung dafür machen",
    "Bezahlung mit Karte hat gleich funktioniert.",
    "Im Großen und Ganzen gut, nur die Schrift dürfte größer sein.",
    "gut gemacht liebe Verwaltung",
    "Ich bin blind und nutze einen Screenreader, fast alle Felder waren richtig beschriftet. Danke!",
    "Mit dem Ausweis am Handy war die Anmeldung kinderleicht.",
    "War skeptisch, jetzt überzeugt.",
    "Supper Sache, spaart mir die Fahrt in die Stadt",
    "Die Erinnerung an die fehlende Unterlage kam rechtzeitig.",
    "Alles bestens.",
    "Der Statusbalken nimmt einem die Angst, dass der Antrag irgendwo liegt.",
];

const ANGRY: [&str; 38] = [
    "Nach dem Hochladen kam nur eine weiße Seite. Dreimal versucht.",
    "Ich finde den Antrag überhaupt nicht. Die Suche zeigt mir lauter alte Meldungen.",
    "Warum muss ich am Ende DOCH alles ausdrucken und unterschreiben???",
    "{}: wieder nur ein PDF zum Ausdrucken. Das ist nicht digital.",
    "Die Anmeldung mit dem Konto ist viel zu kompliziert.",
    "bin nach 40 minuten rausgeflogen und alles war weg. nie wieder",
    "Ich weiß nicht, was mit Kassenzeichen gemeint ist. Bitte erklären.",
    "Fehlermeldung: Sitzung abgelaufen. Und das beim letzten Schritt.",
    "Habe keinen neuen Ausweis mit Online-Funktion, also komme ich hier nicht weiter.",
    "Im Bürgerbüro ging es schneller als hier.",
    "Seit drei Wochen keine Antwort. Ist mein Antrag überhaupt angekommen?",
    "Am Handy kann man den Knopf Weiter nicht sehen.",
    "Die Seite ist auf meinem Tablett nicht lesbar",
    "Warum wollen Sie schon wieder meine Adresse, die haben Sie doch!",
    "Ich traue dem nicht so recht, wo landen meine Daten?",
    "Das Formular nimmt mein Geburtsdatum nicht an.",
    "viel zu fiele Fragen für so eine kleine Sache",
    "Behördendeutsch. Ich verstehe nur Bahnhof.",
    "Bezahlen ging nicht, weder mit Karte noch anders.",
    "Da steht man könne hier {} erledigen, aber es kommt nur eine Infoseite.",
    "Unverschämtheit, das ich für die Auskunft ein Konto brauche.",
    "Musste alles doppelt eingeben, einmal hier und einmal im Amt.",
    "Die Seite lädt ewig.",
    "Kein Hinweis welche Unterlagen man braucht, deshalb dreimal von vorne",
    "Wurde nach dem Absenden angerufen, ich soll bitte vorbeikommen. Wozu dann online?",
    "Terminvergabe zeigt seit Tagen nichts Freies an.",
    "Bitte auch auf Englisch anbieten, my German is not so good.",
    "Das Datenfeld für den zweiten Vornamen fehlt.",
    "Technischer Fehler. Bitte versuchen Sie es später. Das lese ich seit Montag!",
    "Ich hätte lieber jemanden zum Reden.",
    "Für unseren Fall passt keines der Felder, und \"Sonstiges\" gibt es nicht.",
    "Mein Mann und ich sollen jeder ein eigenes Konto anlegen, das ist doch umständlich.",
    "Link in der E-Mail führt ins Leere.",
    "Datei zu groß. Welche Größe ist denn erlaubt?",
    "Nach der Eingabe kommt man nicht mehr zurück ohne das alles gelöscht wird",
    "Dass die Gebühr online genauso hoch ist wie am Schalter, ist ein Witz.",
    "Nicht barrierefrei, mit der Tastatur bleibe ich beim Kalender hängen.",
    "Ich wohne in einem Ortsteil, der in der Liste fehlt.",
];

const TAIL_KIND: [&str; 6] =
    ["LG", "Weiter so!", "Mit freundlichen Grüßen", "Gerne mehr davon.", "MfG", "Bin gespannt, was noch kommt."];

const TAIL_ANGRY: [&str; 7] = [
    "Schade.",
    "Bitte nachbessern!",
    "Mit freundlichen Grüßen",
    "Das geht besser.",
    "Trotzdem danke.",
    "Vielleicht liegt es auch an mir.",
    "MfG",
];

/// With line breaks, semicolons and quotes: what breaks a careless reader.
const AWKWARD: [&str; 8] = [
    "Erstens: Suche findet nichts;\nzweitens: Hilfe unerreichbar;\ndrittens: Feierabend.",
    "Da steht \"bitte warten\"; ich warte seit gestern.",
    "Was heißt \"Antragsteller*in i. S. d. § 3\"?",
    "Gut:\n- schnell\n- verständlich\n\nSchlecht:\n- Schrift klein",
    "\"Vorgang erfolgreich\", stand da. Erfolgreich; aber kein Bescheid.",
    "=Summe aus Ärger; Note 5",
    "Liebes Team,\n\n{} hat funktioniert; danke!\n\nViele Grüße",
    "Feld \"Hausnummer\" nimmt 12;a nicht und 12a auch nicht.",
];

/// With personal data, because people do write them. Addresses at example.org and telephone numbers
/// reserved for fiction belong to nobody.
const PERSONAL: [&str; 7] = [
    "Bitte rufen Sie mich zurück: 030 23125 017, am besten vormittags.",
    "Meine Mailadresse ist falsch hinterlegt, richtig wäre waldkauz.72@example.org",
    "Antwort bitte an familie-m@example.org, das alte Postfach lese ich nicht mehr.",
    "Ich bin unter 0171 39200 42 zu erreichen, {} muss bis Freitag durch sein!",
    "Die Bestätigung ging an die falsche Adresse (gartenzwerg@example.org statt gartenzwerg2@example.org).",
    "Meine Nummer 0152 28817386 wird als ungültig abgewiesen.",
    "Schreiben Sie mir an h.muster@example.org oder Tel. (030) 23125-444",
];

/// A comment of someone for whom the service was helpful or not.
pub(super) fn comment(rng: &mut ChaCha8Rng, service: &str, helpful: bool) -> String {
    let roll = rand::RngExt::random::<f64>(rng);
    // A few praise and vote no, or the other way round: people press the wrong button.
    let kind = helpful == (roll < 0.93);
    let text = if roll < 0.03 {
        *pick(rng, &AWKWARD)
    } else if roll < 0.055 {
        *pick(rng, &PERSONAL)
    } else if kind {
        *pick(rng, &KIND)
    } else {
        *pick(rng, &ANGRY)
    };
    let mut text = text.replace("{}", service);
    if chance(rng, 0.15) {
        text.push(' ');
        text.push_str(if kind { pick::<&str>(rng, &TAIL_KIND) } else { pick::<&str>(rng, &TAIL_ANGRY) });
    }
    if chance(rng, 0.06) {
        text = careless(&text);
    }
    text
}

/// Typed in a hurry: small letters, no umlauts.
fn careless(text: &str) -> String {
    text.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss")
}
