//! Traps 6 and 13: levels of services, and maturity.

use std::collections::{BTreeMap, BTreeSet};

use resonanz::compare::{ComparisonSpec, PeerSet};
use resonanz::domain::Lang;
use resonanz::panel::{Panel, SizeClasses};

use super::{Trap, counts, finding, found};
use crate::support::{reference, row, table};

const LEVELS: &str = "Schlüssel;Leistung\n99050012000000;Gewerbe\n99050012104000;Gewerbe Anzeige\n\
                      99050012104001;Gewerbe Anzeige Beginn\n99050013104000;Gaststätte Erlaubnis\n";

/// Trap 6: a LeiKa service and its parts both deliver. Their sum would count the cases of the part
/// twice: over all services the upper level counts alone, and a finding names the pair.
#[test]
fn trap_06_parents_and_children_are_not_summed() {
    let mut rows = String::new();
    for (service, online, paper) in
        [("99050012000000", 10, 30), ("99050012104000", 6, 20), ("99050012104001", 2, 10), ("99050013104000", 5, 5)]
    {
        for month in ["2025-01", "2025-02"] {
            rows.push_str(&format!(
                "01990001;{service};{month};online;{online}\n01990001;{service};{month};Papier;{paper}\n"
            ));
        }
    }
    // The other town counts only on the lower level: nothing is left out.
    rows.push_str("02990001;99050012104000;2025-02;online;7\n02990001;99050012104000;2025-02;Papier;7\n");
    let trap = Trap::new().file("katalog.csv", LEVELS).cases(&rows).with("[period]\nmonths = 2\n");
    let read = trap.read();
    let panel = Panel::build(&read.records).unwrap();
    let town = |key: &str| read.records.register.find(key).unwrap();
    let counted = |key: &str| [0, 1, 2, 3].map(|service| panel.counts_towards_all(town(key), service));
    assert_eq!(counted("01990001"), [true, false, false, true]);
    assert_eq!(counted("02990001"), [true; 4]);
    let pairs: Vec<String> = panel
        .findings(&read.records)
        .into_iter()
        .filter(|f| f.code.id() == "parent_and_child")
        .map(|f| f.column)
        .collect();
    assert_eq!(
        pairs,
        [
            "01990001 / 99050012000000 > 99050012104000 / 2025-01",
            "01990001 / 99050012104000 > 99050012104001 / 2025-01",
            "01990001 / 99050012000000 > 99050012104001 / 2025-01",
        ]
    );
    let work = trap.run();
    let estimates = work.table("out/publish/data/estimates_period.csv");
    let all = |town: &str| {
        let wanted = [("kpi", "online_share"), ("unit", town), ("service", "*"), ("period", "2025-01/2025-02")];
        let row = row(&estimates, &wanted);
        (row["numerator"].clone(), row["denominator"].clone())
    };
    // Two months of 10 + 5 online among 40 + 10; with the parts it would be 46 of 176.
    assert_eq!(all("01990001"), ("30".to_owned(), "100".to_owned()));
    assert_eq!(all("02990001"), ("7".to_owned(), "14".to_owned()));
}

/// Trap 6 with own keys: the catalogue states the parent; one that cannot be used is a finding.
#[test]
fn trap_06_own_keys_state_their_parent() {
    let catalogue = "Schlüssel;Leistung;Teil von\nbau;Bauen;\nbau-1;Bauantrag;bau\nbau-2;Abbruch;bauen\n\
                     kreis-a;A;kreis-b\nkreis-b;B;kreis-a\nfrei;Frei;-\n";
    let mut trap = Trap::new().file("katalog.csv", catalogue);
    trap.configuration = trap
        .configuration
        .replace("name = \"Leistung\" }", "name = \"Leistung\", parent = \"Teil von\" }\nmissing = [\"-\"]");
    let read = trap.read();
    let catalogue = &read.records.catalogue;
    let parent = |key: &str| {
        let id = catalogue.parent(catalogue.find(key).unwrap())?;
        Some(catalogue.service(id).key.as_str())
    };
    assert_eq!((parent("bau-1"), parent("bau-2"), parent("bau"), parent("frei")), (Some("bau"), None, None, None));
    assert_eq!(counts(&read, "katalog"), BTreeMap::from([("bad_parent", 2)]));
    assert_eq!(finding(&read, "bad_parent").value, "bauen");
    assert!(catalogue.services().iter().zip(0u32..).all(|(_, id)| catalogue.ancestors(id).count() < 2));
}

/// Trap 6, real file: of 4,813 LeiKa keys 2,980 have a level above them in the catalogue (1,943
/// services, of which 866 times one with a level of its own); counted with a few lines of Python.
#[test]
fn trap_06_the_levels_of_the_leika_catalogue() {
    let Some(file) = reference("data/leika_leistungen_kdn_nrw_2019.csv") else { return };
    let mut trap = Trap::new().file("katalog.csv", std::fs::read(&file).unwrap());
    trap.configuration = trap.configuration.replace(
        "service = \"Schlüssel\", name = \"Leistung\" }",
        "service = \"leika_schluessel\", name = \"bezeichnung\", parent = \"ozg_id\" }\nmissing = [\"nicht im LeiKa\"]\n\
         on_duplicate = \"first\"",
    );
    let read = trap.read();
    let catalogue = &read.records.catalogue;
    let leika = |key: &str| key.len() == 14 && key.starts_with("99");
    let ids = || (0u32..).zip(catalogue.services()).filter(|(_, s)| leika(&s.key)).map(|(id, _)| id);
    assert_eq!(ids().count(), 4_813);
    let parents: Vec<u32> = ids().filter_map(|id| catalogue.parent(id)).collect();
    assert_eq!((parents.len(), parents.iter().collect::<BTreeSet<_>>().len()), (2_980, 1_943));
    assert_eq!(parents.iter().filter(|&&id| catalogue.parent(id).is_some()).count(), 866);
    for id in ids() {
        let (own, above) = (&catalogue.service(id).key, catalogue.parent(id).map(|p| &catalogue.service(p).key));
        assert!(above.is_none_or(|above| above[..8] == own[..8] && above.ends_with("000")), "{own} {above:?}");
    }
    // The catalogue has no OZG services of its own: where LeiKa itself says nothing, the stated one
    // is not usable.
    let rows = table(&file, b';');
    let mut seen = BTreeSet::new();
    let stated =
        rows.iter().filter(|r| r["leika_schluessel"] != "nicht im LeiKa" && seen.insert(&r["leika_schluessel"]));
    let stated: BTreeMap<&str, bool> =
        stated.map(|r| (r["leika_schluessel"].trim(), !r["ozg_id"].trim().is_empty())).collect();
    let orphans = (0u32..).zip(catalogue.services()).filter(|(id, _)| catalogue.parent(*id).is_none());
    let expected = orphans.filter(|(_, s)| stated[s.key.as_str()]).count() as u64;
    assert_eq!(counts(&read, "katalog").get("bad_parent"), Some(&expected));
}

const OFFER: &str = r#"
[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", live_from = "online seit", maturity_model = "Modell", maturity = "Stufe" }
missing = ["k. A."]
"#;
const MODELS: &str = "maturity_models = { \"1.1\" = [\"0\", \"1\", \"2\", \"3\", \"4\"], \"2.0\" = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\"] }\n";

/// Trap 13: levels of different maturity models. A level is nothing without its model, a level that
/// the model does not have is left out, and groups never cross models.
#[test]
fn trap_13_maturity_models_are_not_mixed() {
    let rows = "AGS;Leistung;online seit;Modell;Stufe\n01990001;10124;01.01.2024;1.1;3\n\
                01990002;10124;01.01.2024;2.0;3\n02990001;10124;01.01.2024;1.1;5\n\
                02990002;10124;01.01.2024;;3\n01990001;10513;01.01.2024;1.0;2\n\
                01990002;10513;01.01.2024;2.0;k. A.\n02990001;10513;01.01.2024;1.1;3\n";
    let read = Trap::new().with(OFFER).with(MODELS).file("angebot.csv", rows).read();
    assert_eq!(found(&read, "angebot"), [3, 4, 5].map(|record| (record, "unknown_maturity")));
    assert_eq!(read.records.offers.len(), 7, "the offer itself stands");
    let said: Vec<String> = read.findings.kept.iter().map(|f| f.message(Lang::En)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    The stated model has no such maturity level (Stufe: "5"); allowed: 0, 1, 2, 3, 4
    The stated model has no such maturity level (Stufe: "3")
    The stated model has no such maturity level (Modell: "1.0"); allowed: 1.1, 2.0
    "#);
    let panel = Panel::build(&read.records).unwrap();
    let classes = SizeClasses::new(vec![5_000]).unwrap();
    let spec = ComparisonSpec { by: Some("maturity".into()), ..ComparisonSpec::by_size_class(Lang::De) };
    spec.check().unwrap();
    let set = PeerSet::build(0, &spec, &read.records.register, &panel, &classes).unwrap().unwrap();
    let group = |area: u32, service: u32| set.group(area, service);
    assert_eq!([group(0, 0), group(1, 0), group(2, 0), group(3, 0)], [Some("1.1 3"), Some("2.0 3"), None, None]);
    assert_eq!([group(0, 1), group(1, 1), group(2, 1)], [None, None, Some("1.1 3")]);
    assert_eq!(set.peers(0, 0), [0u32; 0], "level 3 of another model is no peer");
}

/// Trap 13: without a list of levels the declared pair stands as delivered.
#[test]
fn trap_13_levels_without_a_list_are_taken_as_they_are() {
    let rows = "AGS;Leistung;online seit;Modell;Stufe\n01990001;10124;01.01.2024;1.1;3\n02990001;10124;01.01.2024;;3\n";
    let read = Trap::new().with(OFFER).file("angebot.csv", rows).read();
    assert_eq!(found(&read, "angebot"), [(2, "unknown_maturity")]);
    let levels: Vec<_> =
        read.records.offers.iter().map(|o| (o.maturity_model.as_deref(), o.maturity.as_deref())).collect();
    assert_eq!(levels, [(Some("1.1"), Some("3")), (None, None)]);
}
