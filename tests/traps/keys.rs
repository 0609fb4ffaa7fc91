//! Traps 4, 5, 19 and 20: keys that Excel damaged, names in place of keys, and sums in place of towns.

use resonanz::domain::Lang;
use rust_xlsxwriter::{Format, Workbook};

use super::{CASES, Trap, balance, counts, finding, found, values};
use crate::support::reference;

/// Trap 4: Excel drops the leading zero of a key. With `repair` it is restored, and said so; without,
/// the record is set aside; in no case is it taken for another town.
#[test]
fn trap_04_a_lost_leading_zero() {
    let rows = "1990001;10124;2025-01;online;1\n19900010001;10124;2025-02;online;2\n\
                01990002;10124;2025-01;online;4\n1990009;10124;2025-01;online;8\n\
                990002;10124;2025-01;online;16\n02990001;10124;2025-01;online;32\n";
    let read = Trap::new().cases(rows).read();
    assert_eq!(
        found(&read, "faelle"),
        [(1, "repaired_area_key"), (2, "repaired_area_key"), (4, "unknown_area"), (5, "unknown_area")]
    );
    assert_eq!(values(&read), [("01990001", 1), ("01990001", 2), ("01990002", 4), ("02990001", 32)]);
    let said = finding(&read, "repaired_area_key").message(Lang::De);
    assert!(said.contains("1990001“)") && said.ends_with("verwendet wird „01990001“"), "{said}");

    let read = Trap::new().cases(rows).with("repair = false\n").read();
    let unknown = [1, 2, 4, 5].map(|record| (record, "unknown_area"));
    assert_eq!(found(&read, "faelle"), unknown);
    assert_eq!(values(&read), [("01990002", 4), ("02990001", 32)]);
}

/// Trap 4 in a workbook: the key column holds numbers.
#[test]
fn trap_04_a_key_column_of_numbers() {
    let trap = Trap::new().with(&CASES.replace("faelle.csv", "faelle.xlsx"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(["AGS", "Leistung", "Monat", "Weg", "Anzahl"]) {
        sheet.write(0, column, name).unwrap();
    }
    for (row, (key, count)) in (1u32..).zip([(1_990_001.0, 5.0), (2_990_001.0, 7.0)]) {
        sheet.write(row, 0, key).unwrap();
        sheet.write(row, 1, 10_124.0).unwrap();
        sheet.write(row, 2, "2025-01").unwrap();
        sheet.write(row, 3, "online").unwrap();
        sheet.write(row, 4, count).unwrap();
    }
    book.save(trap.work.path("faelle.xlsx")).unwrap();
    let read = trap.read();
    assert_eq!(values(&read), [("01990001", 5), ("02990001", 7)]);
    assert_eq!(counts(&read, "faelle").into_iter().collect::<Vec<_>>(), [("repaired_area_key", 2)]);
}

/// Trap 4, real file: of the keys with a leading zero none becomes another municipality's, whether
/// it lost the zero as an AGS or as a regional key.
#[test]
fn trap_04_every_key_of_germany_without_its_zero() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let mut register = "AGS;Name;Einwohner\n".to_owned();
    let mut cases = String::new();
    let mut wanted = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("60")) {
        let (ags, verband) = (&line[10..18], &line[18..22]);
        register.push_str(&format!("{ags};x;1\n"));
        if let Some(short) = ags.strip_prefix('0') {
            wanted.push((ags.to_owned(), 1));
            wanted.push((ags.to_owned(), 2));
            cases.push_str(&format!("{short};10124;2025-01;online;1\n"));
            cases.push_str(&format!("{}{verband}{};10124;2025-02;online;2\n", &short[..4], &ags[5..]));
        }
    }
    let read = Trap::new().file("register.csv", register).cases(&cases).read();
    assert!(wanted.len() > 2 * 8_000);
    let seen: Vec<_> = values(&read).into_iter().map(|(key, n)| (key.to_owned(), n)).collect();
    assert_eq!(seen, wanted);
    let repaired = wanted.len() as u64;
    assert_eq!(counts(&read, "faelle").into_iter().collect::<Vec<_>>(), [("repaired_area_key", repaired)]);
}

/// Trap 5: names instead of keys. A name is never joined by: a unique one is answered with its key,
/// an ambiguous one with all keys that it may mean.
#[test]
fn trap_05_a_name_is_not_a_key() {
    let rows = "Aheim;10124;2025-01;online;1\nNeustadt;10124;2025-01;online;2\n\
                Hochmoor;10124;2025-01;online;4\nBeheim;10124;2025-01;online;8\n";
    let read = Trap::new().cases(rows).read();
    assert_eq!(values(&read), []);
    let said: Vec<String> = read.findings.kept.iter().map(|f| f.message(Lang::En)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    The area key is not in the register (AGS: "Aheim"); did you mean "01990001"?
    The area key is not in the register (AGS: "Neustadt"); did you mean "01990002 / 02990001"?
    The area key is not in the register (AGS: "Hochmoor"); did you mean "02990002"?
    The area key is not in the register (AGS: "Beheim")
    "#);
}

/// Trap 5, real file: 298 names belong to several municipalities; the most frequent one to eleven.
/// Keys and counts were found with a few lines of Python.
#[test]
fn trap_05_the_names_of_germany() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let mut cases = String::new();
    for line in text.lines().filter(|line| line.starts_with("60")) {
        let name: String = line.chars().skip(22).take(50).collect();
        cases.push_str(&format!("\"{}\";10124;2025-01;online;1\n", name.trim()));
    }
    let trap = Trap::new().cases(&cases);
    let configuration = trap
        .configuration
        .replace("register.csv\"\ndialect = { delimiter = \";\", decimal = \",\" }", "gv.txt\"\nformat = \"gv100ad\"");
    let columns = "columns = { area = \"AGS\", name = \"Name\", population = \"Einwohner\" }\n";
    let trap = Trap { configuration: configuration.replace(columns, ""), ..trap };
    let read = trap.file("gv.txt", text).read();
    assert_eq!(values(&read), []);
    assert_eq!(counts(&read, "faelle").into_iter().collect::<Vec<_>>(), [("unknown_area", 10_981)]);
    let of_eleven = "01051075 / 03251028 / 03352038 / 03358017 / 03359033 / 03459027 / 05566060 / 13071108 / \
                     13073059 / 13075101 / 13075102";
    let said = |name: &str| {
        let finding = read.findings.kept.iter().find(|f| f.value == name).unwrap();
        finding.message(Lang::En)
    };
    assert!(said("Neuenkirchen").ends_with(&format!("did you mean \"{of_eleven}\"?")), "{}", said("Neuenkirchen"));
}

/// Trap 19: Excel turns a LeiKa or regional key into a floating-point number; the digits are lost
/// and no other key may take its place.
#[test]
fn trap_19_a_key_destroyed_by_excel() {
    let rows = "01990001;9,90500121E+13;2025-01;online;1\n01990001;9.90500121E+13;2025-01;online;2\n\
                1,9900010001E+10;99050012104000;2025-01;online;4\n01990001;9,905E13;2025-01;online;8\n\
                01990001;99050012104000;2025-01;online;16\n";
    let catalogue = "Schlüssel;Leistung\n99050012104000;Prüfung\n99050012000000;Prüfungen\n9,90500121E+13;Rest\n";
    let read = Trap::new().file("katalog.csv", catalogue).cases(rows).read();
    assert_eq!(found(&read, "katalog"), [(3, "destroyed_key")]);
    assert_eq!(found(&read, "faelle"), [1, 2, 3, 4].map(|record| (record, "destroyed_key")));
    assert_eq!(values(&read), [("01990001", 16)]);
}

/// Trap 19, the other way round: a number cell that only looks like `9.9E+13` still has all digits.
#[test]
fn trap_19_a_number_cell_keeps_its_digits() {
    let trap = Trap::new()
        .file("katalog.csv", "Schlüssel;Leistung\n99050012104000;Prüfung\n99050012000000;Prüfungen\n")
        .with(&CASES.replace("faelle.csv", "faelle.xlsx"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(["AGS", "Leistung", "Monat", "Weg", "Anzahl"]) {
        sheet.write(0, column, name).unwrap();
    }
    let scientific = Format::new().set_num_format("0.0E+00");
    for (row, key) in (1u32..).zip([99_050_012_104_000.0, 99_050_012_000_000.0]) {
        sheet.write(row, 0, "01990001").unwrap();
        sheet.write_with_format(row, 1, key, &scientific).unwrap();
        sheet.write(row, 2, "2025-01").unwrap();
        sheet.write(row, 3, "online").unwrap();
        sheet.write(row, 4, f64::from(row)).unwrap();
    }
    // A column formatted as text into which the damage was pasted.
    sheet.write(3, 0, "01990001").unwrap();
    sheet.write(3, 1, "9,9E+13").unwrap();
    sheet.write(3, 2, "2025-02").unwrap();
    sheet.write(3, 3, "online").unwrap();
    sheet.write(3, 4, 3.0).unwrap();
    book.save(trap.work.path("faelle.xlsx")).unwrap();
    let read = trap.read();
    assert_eq!(found(&read, "faelle"), [(3, "destroyed_key")]);
    let key = |service: u32| read.records.catalogue.service(service).key.as_str();
    let mut seen: Vec<_> = read.records.facts.iter().map(|fact| (key(fact.service), fact.value)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("99050012000000", 2), ("99050012104000", 1)]);
}

/// Trap 20: a total row is read as one more town and doubles every sum.
#[test]
fn trap_20_a_total_row_is_no_town() {
    let labels = [
        "Summe",
        "Summe:",
        "SUMME",
        "Σ",
        "∑ 2025",
        "Gesamt 2025",
        "Insgesamt",
        "Landkreis Nordtal gesamt",
        "Gesamt (alle Orte)",
        "Zwischensumme Land 01",
        "Total",
        "Gesamtergebnis",
    ];
    let mut rows = "01990001;10124;2025-01;online;40\n02990001;10124;2025-01;online;2\n".to_owned();
    for label in labels {
        rows.push_str(&format!("{label};10124;2025-01;online;42\n"));
    }
    // Totals over services and over months within a town.
    rows.push_str("01990001;Summe;2025-01;online;40\n01990001;10124;Gesamt;online;40\n");
    let read = Trap::new().cases(&rows).read();
    assert_eq!(values(&read), [("01990001", 40), ("02990001", 2)]);
    let passed_over = labels.len() as u64 + 2;
    assert_eq!(counts(&read, "faelle").into_iter().collect::<Vec<_>>(), [("total_row", passed_over)]);
    let balance = balance(&read, "faelle");
    assert_eq!((balance.accepted, balance.quarantined, balance.errors), (2, passed_over, 0));
}

/// Trap 20: the label of the sum stands in another column. An empty key without such a label stays
/// an error: somebody forgot it.
#[test]
fn trap_20_a_total_row_with_its_label_elsewhere() {
    let header = "AGS;Ort;Leistung;Monat;Weg;Anzahl\n";
    let rows = "01990001;Aheim;10124;2025-01;online;40\n;Summe;10124;2025-01;online;40\n\
                ;Bedorf;10124;2025-01;online;2\n;Bedorf;10124;2025-01;gesamt;2\n;Landkreis Nordtal gesamt:;10124;2025-01;online;40\n";
    let read = Trap::new().with(CASES).file("faelle.csv", format!("{header}{rows}")).read();
    assert_eq!(found(&read, "faelle"), [(2, "total_row"), (3, "missing_key"), (4, "missing_key"), (5, "total_row")]);
    assert_eq!(values(&read), [("01990001", 40)]);
    // In the register as well, where the label stands in the column with the names.
    let register = "AGS;Name;Einwohner\n01990001;Aheim;4.000\n;Insgesamt;4.000\nSumme;;4.000\n";
    let read = Trap::new().file("register.csv", register).read();
    assert_eq!(found(&read, "register"), [(2, "total_row"), (3, "total_row")]);
    assert_eq!(read.records.register.areas().len(), 1);
}

/// Trap 20: places whose names only begin like a sum are places, and so is every key of the register.
#[test]
fn trap_20_a_place_is_no_total() {
    let register = "AGS;Name;Einwohner\nSummerau;Summerau;10\nTotalheim;Totalheim;20\n";
    let rows = "Summerau;10124;2025-01;online;3\nTotalheim;10124;2025-01;online;5\nTotal;10124;2025-01;online;8\n";
    let read = Trap::new().file("register.csv", register).cases(rows).read();
    assert_eq!(found(&read, "faelle"), [(3, "total_row")]);
    assert_eq!(values(&read), [("Summerau", 3), ("Totalheim", 5)]);
}
