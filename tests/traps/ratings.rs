use super::Trap;
use crate::support::{Work, row};

const SURVEY: &str = r#"
[[source]]
name = "befragung"
kind = "survey"
files = "befragung.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { respondent = "Id", area = "Ort", weight = "Gewicht", stratum = "Schicht" }
[[source.question]]
column = "F1"
measure = "need"
yes = ["Ja"]
no = ["Nein"]
"#;
const RATING: &str = "[[source.question]]\ncolumn = \"F2\"\nmeasure = \"rating\"\n";
const TABLE: &str = "out/internal/data/survey_ratings.csv";

/// Ratings stand in a table of the internal folder and nowhere in a release; a survey without them has
/// no such table, and what is told of its other questions is the same.
#[test]
fn ratings_stay_in_the_internal_folder() {
    let content = "Id;Ort;Gewicht;Schicht;F1;F2\n1;01990001;1,5;h1;Ja;5\n2;01990002;0,5;h1;Nein;1\n\
                   3;02990001;2;;Ja;\n4;;2;h2;Ja;4\n";
    let run = |more: &str| {
        let trap = Trap::new().cases("01990001;10124;2025-01;online;9\n");
        let public = trap.configuration.replace("fictional = true", "fictional = true\naudience = \"public\"");
        Trap { configuration: public, ..trap }.with(SURVEY).with(more).file("befragung.csv", content).run()
    };
    let (with, without) = (run(RATING), run(""));
    assert!(!without.path(TABLE).exists());
    let table = with.table(TABLE);
    let numbers = |dimension: &str, level: &str| {
        let found = row(&table, &[("dimension", dimension), ("level", level)]);
        ["survey", "wave", "question", "n", "weight_sum", "mean", "top2_share", "n_effective"]
            .map(|column| found[column].clone())
    };
    // By hand: weights 1.5, 0.5 and 2 with 5, 1 and 4: 16 of 4 points, and 16 over 2.25 + 0.25 + 4 = 6.5.
    let country = ["befragung", "1", "F2", "3", "4", "4", "0.875", "2.4615384615384617"];
    assert_eq!(numbers("country", "DE"), country);
    // One Land: 8 of 2 points, and 4 over 2.5.
    assert_eq!(numbers("land", "01"), ["befragung", "1", "F2", "2", "2", "4", "0.75", "1.6"]);
    assert_eq!(numbers("stratum", "h2"), ["befragung", "1", "F2", "1", "2", "4", "1", "1"]);
    assert!(table.iter().all(|row| row["level"] != "02"), "nobody answered there");
    let release = |work: &Work| {
        let mut files = work.tree("out/publish");
        files.remove("manifest.json");
        files
    };
    assert_eq!(release(&with), release(&without));
}
