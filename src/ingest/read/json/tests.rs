use proptest::prelude::*;

use super::super::testing::{Kept, spec};
use super::*;

fn rows(text: &str) -> Result<Vec<String>> {
    let mut kept = Kept::default();
    super::super::read(&spec("usage", ""), "a.json", crate::ingest::spec::Format::Json, text.as_bytes(), &mut kept)?;
    Ok(kept.0)
}

fn refused(text: &str) -> String {
    rows(text).unwrap_err().to_string()
}

#[test]
fn an_array_a_wrapper_and_lines_are_the_same_table() {
    let objects = [
        "{\"a\":\"01\",\"n\":3}",
        "{\"n\":0,\"b\":true,\"a\":null}",
        "{\"a\":\"x\",\"p\":{\"k\":1.5},\"l\":[1,{\"z\":2}]}",
    ];
    let table = |lines: [u64; 3]| {
        let [first, second, third] = lines;
        vec![
            "a|n|b|p.k".to_owned(),
            format!("{first}: 01|3=3||"),
            format!("{second}: |0=0|true|"),
            format!("{third}: x|||1.5=1.5"),
        ]
    };
    let all = objects.join(",\n");
    assert_eq!(rows(&format!("[{all}]")).unwrap(), table([0; 3]));
    assert_eq!(rows(&format!("{{\"total\":3,\"data\":[{all}],\"x\":[1]}}")).unwrap(), table([0; 3]));
    assert_eq!(rows(&format!("\u{feff}{{\"zahlen\":[{all}]}}\n")).unwrap(), table([0; 3]));
    assert_eq!(rows(&format!("{}\n\n{}\n", objects[0], objects[1..].join("\n"))).unwrap(), table([1, 3, 4]));
    assert_eq!(rows("{\"a\":1}").unwrap(), ["a", "1: 1=1"]);
    for nothing in ["[]", "{\"data\":[]}"] {
        assert!(rows(nothing).unwrap().is_empty());
    }
    assert_eq!(rows("\"No data available\"").unwrap(), ["file! no_data_report No data available"]);
}

#[test]
fn what_is_no_table_is_one_clear_error() {
    insta::assert_snapshot!(refused("{\"result\":\"error\",\"message\":\"token\"}"), @r#"a.json: this is an error message, not a table: "{"result":"error","message":"token"}""#);
    insta::assert_snapshot!(refused("[1,2]"), @"a.json: the JSON file holds single values, not records");
    insta::assert_snapshot!(refused("[{\"a\":1},"), @"a.json: line 1, character 9: no readable JSON (EOF while parsing a value)");
    insta::assert_snapshot!(refused("{\"a\":[{\"x\":1}],\"b\":[{\"x\":1}]}"), @"a.json: several keys hold records: a, b");
    assert!(refused("<html>").contains("a web page"));
    assert!(refused("  ").contains("empty"));
    assert_eq!(rows("[{\"a\":1},5,{\"a\":2}]").unwrap(), ["a", "0: 1=1", "0! wrong_field_count", "0: 2=2"]);
}

/// They were empty before, as if nothing had been delivered.
#[test]
fn an_array_or_object_among_single_values_is_seen() {
    let text = "[{\"a\":1,\"n\":2},{\"a\":[3],\"n\":{\"x\":4}},{\"a\":[],\"n\":{}},{\"a\":null,\"n\":[{}]}]";
    assert_eq!(rows(text).unwrap(), ["a|n|n.x", "0: 1=1|2=2|", "0: […]|{…}|4=4", "0: ||", "0: |[…]|"]);
    assert_eq!(rows("[{\"a\":1,\"l\":[1]},{\"a\":2,\"l\":[2]}]").unwrap(), ["a", "0: 1=1", "0: 2=2"], "no column");
}

#[test]
fn a_key_that_occurs_twice_has_one_value_or_none() {
    let text = "[{\"a\":1,\"a\":2},{\"a\":3,\"a\":3},{\"a\":4},{\"p\":{\"k\":5},\"p.k\":6},{\"a\":null,\"a\":7}]";
    assert_eq!(
        rows(text).unwrap(),
        ["a|p.k", "0! wrong_field_count", "0: 3=3|", "0: 4=4|", "0! wrong_field_count", "0! wrong_field_count"]
    );
}

#[test]
fn deep_nesting_is_one_clear_error_wherever_it_stands() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let texts = [
        deep(100_000),
        format!("[{{\"a\":{}}}]", deep(200)),
        format!("{{\"meta\":{},\"data\":[{{\"a\":1}}]}}", deep(100_000)),
        format!("{{\"a\":1}}\n{{\"a\":{}}}", deep(200)),
        format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
    ];
    for text in texts {
        let error = refused(&text);
        assert!(error.contains("nested more than 127 levels deep"), "{error}");
    }
    assert!(rows(&format!("[{{\"a\":1,\"b\":{}}}]", deep(120))).is_ok());
}

#[test]
fn a_record_or_a_header_without_bounds_is_refused() {
    let long = "x".repeat(RECORD_LIMIT);
    assert_eq!(rows(&format!("[{{\"a\":\"{long}\"}},{{\"a\":1}}]")).unwrap(), ["a", "0! record_too_long", "0: 1=1"]);
    let keys: Vec<String> = (0..=MOST_COLUMNS).map(|n| format!("{{\"k{n}\":1}}")).collect();
    assert!(refused(&format!("[{}]", keys.join(","))).contains("more than 16,384 different keys"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[\\[\\]{}\",:a1 \\n\\-.e]{0,40}") {
        let _ = rows(&text);
    }

    #[test]
    fn texts_come_out_as_they_went_in(texts in prop::collection::vec("\\PC{0,12}", 1..5)) {
        let objects: Vec<String> = texts.iter().map(|t| serde_json::json!({"a": t}).to_string()).collect();
        let found = rows(&format!("[{}]", objects.join(","))).unwrap();
        let wanted: Vec<String> = texts.iter().map(|t| format!("0: {t}")).collect();
        prop_assert_eq!(&found[1..], &wanted[..]);
    }
}
