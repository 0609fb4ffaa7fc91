use proptest::prelude::*;

use super::{Category, mask, mask_file_name};

/// What citizens write, and what must stand in its place.
const MASKED: &[(&str, &str)] = &[
    ("2001::17", "[IP]"),
    ("Schreiben Sie mir an meldestelle@beispiel.example!", "Schreiben Sie mir an [E-Mail]!"),
    ("Meine Mail ist BUERGER.AMT@Beispiel.Example.", "Meine Mail ist [E-Mail]."),
    ("antwort an postfach+wohnung@mail.beispiel.example bitte", "antwort an [E-Mail] bitte"),
    ("mailto:postfach@beispiel.example", "mailto:[E-Mail]"),
    ("E-Mail:postfach@beispiel.example,danke", "E-Mail:[E-Mail],danke"),
    ("<postfach@beispiel.example>", "<[E-Mail]>"),
    ("postfach @ beispiel.example", "[E-Mail]"),
    ("postfach@ beispiel.example", "[E-Mail]"),
    ("post.fach (at) beispiel punkt de ist richtig", "[E-Mail] ist richtig"),
    ("postfach[at]beispiel.de", "[E-Mail]"),
    ("postfach [ät] beispiel [punkt] de", "[E-Mail]"),
    ("post punkt fach (at) beispiel punkt de", "[E-Mail]"),
    ("post(dot)fach(at)beispiel(dot)de", "[E-Mail]"),
    ("postfach{at}beispiel.de", "[E-Mail]"),
    ("postfach at gmx.de", "[E-Mail]"),
    ("postfach at beispiel punkt de", "[E-Mail]"),
    ("postfach(a)beispiel.de", "[E-Mail]"),
    ("grüße@bürgerbüro.example", "[E-Mail]"),
    ("postfach@gmx", "[E-Mail]"),
    ("post\u{ad}fach@beispiel.example", "[E-Mail]"),
    ("postfach＠beispiel.example", "[E-Mail]"),
    ("https://amt.example/?mail=postfach@beispiel.example&x=1", "https://amt.example/?mail=[E-Mail]&x=1"),
    ("https://amt.example/?mail=post.fach%40beispiel.example&x=1", "https://amt.example/?mail=[E-Mail]&x=1"),
    ("https://kennung:geheim!9@amt.example/pfad", "https://[E-Mail]/pfad"),
    ("erste@beispiel.example;zweite@beispiel.example", "[E-Mail];[E-Mail]"),
    ("Bitte rufen Sie an: 0201 / 123-456", "Bitte rufen Sie an: [Telefon]"),
    ("+49 201 1234567", "[Telefon]"),
    ("+49 (0) 201 / 123 456-7", "[Telefon]"),
    ("+49(0)201-1234567.", "[Telefon]."),
    ("+492011234567", "[Telefon]"),
    ("0049 201 1234567", "[Telefon]"),
    ("00492011234567", "[Telefon]"),
    ("(0201) 12 34 56", "[Telefon]"),
    ("(02 01) 12 34 56", "[Telefon]"),
    ("02 01 / 12 34 56", "[Telefon]"),
    ("Tel.0201/123456", "Tel.[Telefon]"),
    ("Tel.: 0201–123456", "Tel.: [Telefon]"),
    ("0201.123456", "[Telefon]"),
    ("0171 1234567 abends", "[Telefon] abends"),
    ("0171-12 34 56 7", "[Telefon]"),
    ("01711234567", "[Telefon]"),
    ("bin unter 015112345678 zu erreichen", "bin unter [Telefon] zu erreichen"),
    ("0171 12.03.45", "[Telefon]"),
    ("0201 123456 oder 0171 1234567", "[Telefon] oder [Telefon]"),
    ("0201 123456 / 0171 1234567", "[Telefon] / [Telefon]"),
    ("030\u{a0}1234\u{a0}5678", "[Telefon]"),
    ("Handy 171 1234567", "Handy [Telefon]"),
    ("Tel 12 34 56", "Tel [Telefon]"),
    ("Durchwahl: 4711-0", "Durchwahl: [Telefon]"),
    ("Meine Telefonnummer ist 123456", "Meine Telefonnummer ist [Telefon]"),
    ("49 201 1234567", "[Telefon]"),
    ("4917112345678", "[Telefon]"),
    ("+43 1 2345678", "[Telefon]"),
    ("Ruf mich an 02011234, ja", "Ruf mich an [Telefon], ja"),
    ("Fax (02043) 99-1234", "Fax [Telefon]"),
    ("am 01.02.2024 um 8 Uhr 0201/123456", "am 01.02.2024 um 8 Uhr [Telefon]"),
    ("wa.me/491711234567", "wa.me/[Telefon]"),
    ("DE89370400440532013000", "[IBAN]"),
    ("IBAN: DE89 3704 0044 0532 0130 00.", "IBAN: [IBAN]."),
    ("IBANDE89370400440532013000", "IBAN[IBAN]"),
    ("de89 3704 0044 0532 0130 00", "[IBAN]"),
    ("DE 89 37040044 0532013000", "[IBAN]"),
    ("DE89-3704-0044-0532-0130-00", "[IBAN]"),
    // Check digits or length are wrong: a typing error, still an account.
    ("DE12 3704 0044 0532 0130 00", "[IBAN]"),
    ("DE89 3704 0044 0532 0130 0", "[IBAN]"),
    ("GB82 WEST 1234 5698 7654 32", "[IBAN]"),
    ("AT611904300234573201 bitte überweisen", "[IBAN] bitte überweisen"),
    ("NL91ABNA0417164300", "[IBAN]"),
    ("NO93 8601 1117 947", "[IBAN]"),
    ("von 192.0.2.17 gesendet", "von [IP] gesendet"),
    ("Server 198.51.100.7:8080 antwortet nicht.", "Server [IP]:8080 antwortet nicht."),
    ("Meine IP ist 203.0.113.9.", "Meine IP ist [IP]."),
    // Look-alikes: full-width and Arabic digits, letters of other alphabets and in place of digits.
    ("Tel. ０２０１ １２３４５６", "Tel. [Telefon]"),
    ("＋４９ ２０１ １２３４５６７", "[Telefon]"),
    ("٠١٧١ ١٢٣٤٥٦٧ abends", "[Telefon] abends"),
    ("०१७११२३४५६७", "[Telefon]"),
    ("O171 1234567", "[Telefon]"),
    ("0l71-12 34 56 7", "[Telefon]"),
    ("ＤＥ８９ ３７０４ ００４４ ０５３２ ０１３０ ００", "[IBAN]"),
    ("DЕ89 3704 0044 0532 0130 00", "[IBAN]"),
    ("DE89 37O4 0044 O532 0130 00", "[IBAN]"),
    ("von １９２.０.２.１７ gesendet", "von [IP] gesendet"),
    ("2001:db8::1", "[IP]"),
    ("IP:2001:db8:0:0:0:0:0:17", "IP:[IP]"),
    ("Adresse:2001:db8::1", "Adresse:[IP]"),
    ("http://[2001:db8::1]/", "http://[[IP]]/"),
    ("::ffff:192.0.2.1", "[IP]"),
    ("fe80::1ff:fe23:4567:890a%eth0", "[IP]%eth0"),
    ("postfach@beispiel.example, 0201 123456, DE89370400440532013000, 192.0.2.1", "[E-Mail], [Telefon], [IBAN], [IP]"),
];

/// What looks similar and must stay.
const KEPT: &[&str] = &[
    "",
    "Hat super geklappt, danke!",
    "War in 5 Minuten erledigt.",
    "am 01.02.2024 beantragt",
    "01.02.24 bis 03.04.24",
    "01.02.2024-03.04.2025",
    "2024-01-02 08:30:00",
    "2024-01-02T08:30:00",
    "02/01/2024",
    "01/2024 und 02/2024",
    "geöffnet 08:00 - 12:00 Uhr",
    "geöffnet 08.00 - 12.00 Uhr",
    "telefonisch erreichbar 8.00-12.00 Uhr",
    "0800 - 1200 Uhr",
    "1.234.567,89 €",
    "012,50 €",
    "1 234 567 Anträge",
    "+12.345.678 Anträge",
    "+10.000 Euro",
    "AGS 05113000",
    "05113000",
    "ARS 051130000000",
    "051130000000",
    "010510044044",
    "05113000 10124",
    "OZG 10124, LeiKa 99115005012000",
    "99050012104000",
    "01067 Dresden",
    "01067, 01069 und 01097",
    "PLZ 01067 / 01069 / 01097",
    "Az. 0123/2024",
    "Aktenzeichen 0123456789",
    "Vorgangsnummer 0123456789",
    "Antrag AB-0123456789",
    "550e8400-e29b-41d4-a716-446655440000",
    "im Jahr 2024 waren es 1234 Fälle",
    "2019/2020/2021",
    "von 2 auf 14 Tage",
    "Version 1.2.3",
    "Version 1.2.3.4",
    "v1.2.3.4",
    "Abschnitt 1.2.3.4",
    "Produkt 1.12.02.03",
    "1.2.3.4.5",
    "gem. ADR/RID/IMDG-Code 4.1.1.15",
    "256.1.1.1",
    "um 12:30:45",
    "12::30",
    "std::net::IpAddr",
    "Feld a::b",
    "@stadtverwaltung ist nicht erreichbar",
    "Kosten: 5 @ 3",
    "wir treffen uns @ home",
    "Please look at www.beispiel.example",
    "Der Punkt ist: es geht nicht",
    "nach Absatz 2 (a) und (b)",
    "Das ist (at) nichts",
    "DE123456789",
    "DE-Mail",
    "In DE 2024 1234 Fälle",
    "FR14 2004 1010 0505",
    "9,90500121E+13",
    "0,0 % und 100 %",
    "0 von 40",
    "§ 12 Abs. 3 Nr. 4",
    "ISBN 3-12-123456-7",
    "51.4556432, 7.0115552",
    "Telefon 2024",
    "per Telefon 12.345",
];

#[test]
fn what_leads_to_a_person_is_masked() {
    for (text, wanted) in MASKED {
        assert_eq!(mask(text).text, *wanted, "{text}");
        let inside = format!("Ich sage: {text} - Ende");
        assert!(mask(&inside).text.contains(wanted.trim_end_matches('.')), "{inside} -> {}", mask(&inside).text);
    }
    assert!(MASKED.len() + KEPT.len() >= 60);
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in KEPT {
        let masked = mask(text);
        assert_eq!(masked.text, *text);
        assert!(!masked.changed());
    }
}

#[test]
fn each_category_is_counted() {
    let masked =
        mask("a.b@beispiel.example c.d@beispiel.example 0201/123456 DE89370400440532013000 2001:db8::1 192.0.2.1");
    let counts = Category::ALL.map(|category| masked.count(category));
    assert_eq!(counts, [2, 1, 1, 2]);
    // A token that is there already is none of ours.
    assert_eq!(mask("[E-Mail] und [IP]").count(Category::Email), 0);
}

#[test]
fn a_file_keeps_its_ending() {
    assert_eq!(mask_file_name("daten/postfach@beispiel.example.csv"), "daten/[E-Mail].csv");
    assert_eq!(mask_file_name("2025/Fälle 05113000 2025-01.csv.gz"), "2025/Fälle 05113000 2025-01.csv.gz");
}

/// The search is linear: ten times the text, no more than some ten times the work. A quadratic one
/// would need hours here.
#[test]
fn long_texts_of_near_misses_end() {
    for part in ["@", "a@", "(at) ", "0201 ", "+4", "DE89 ", "1.", ":", "a punkt ", "0", "%40", "//a:", " at "] {
        let text = part.repeat(400_000 / part.len());
        assert!(mask(&text).text.len() <= text.len() * 8);
    }
}

/// Pieces of what is looked for: random characters would never meet.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@"),
        Just("(at)"),
        Just(" at "),
        Just(" punkt "),
        Just("."),
        Just("-"),
        Just("/"),
        Just(" "),
        Just("+49"),
        Just("0201"),
        Just("0171"),
        Just("123456"),
        Just("12"),
        Just("DE89"),
        Just("3704"),
        Just("0044"),
        Just("192.0.2.1"),
        Just(":"),
        Just("::"),
        Just("2001:db8"),
        Just("Tel."),
        Just("Az."),
        Just("gmx.de"),
        Just("ä"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("E-Mail"),
        Just("[IP]"),
        Just("//"),
        Just("%40"),
        Just("\u{a0}"),
        Just("0"),
        Just("\n"),
        Just("Uhr"),
        Just("2024"),
        Just("01.02.2024"),
        Just(","),
        Just("a"),
        Just("DE89370400440532013000"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn masking_twice_changes_nothing(text in pieces()) {
        let once = mask(&text).text.into_owned();
        let twice = mask(&once);
        prop_assert_eq!(&twice.text, &once);
        prop_assert!(!twice.changed());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,60}") {
        let once = mask(&text).text.into_owned();
        prop_assert_eq!(mask(&once).text.into_owned(), once);
    }

    #[test]
    fn no_address_survives_its_surroundings(before in "[ ,;:(]{1,3}", after in "[ ,;)!\n]{1,3}") {
        let text = format!("Text{before}post.fach@beispiel.example{after}0171 1234567{after}DE89 3704 0044 0532 0130 00{after}192.0.2.17{after}Ende");
        let masked = mask(&text).text.into_owned();
        for canary in ["post.fach", "1234567", "3704", "192.0"] {
            prop_assert!(!masked.contains(canary), "{}", masked);
        }
    }
}

/// Only clean texts are remembered, and not more of them than there is room for.
#[test]
fn a_text_seen_before_is_masked_as_the_first_time() {
    for _ in 0..2 {
        for (text, wanted) in [("192.0.2.17", "[IP]"), ("0171 1234567", "[Telefon]"), ("05113000", "05113000")] {
            assert_eq!([mask(text).text, mask(text).text], [wanted; 2]);
        }
        (0..5_000).for_each(|key| assert!(!mask(&format!("x{key}")).changed()));
    }
    assert!(super::CLEAN.with_borrow(|clean| clean.len() <= super::REMEMBERED));
}
