use super::super::testing::{Kept, spec};
use super::*;
use crate::ingest::spec::Format;

fn rows(kind: &str, more: &str, text: &str) -> Result<Vec<String>> {
    let mut kept = Kept::default();
    super::super::read(&spec(kind, more), "a.json", Format::Json, text.as_bytes(), &mut kept)?;
    Ok(kept.0)
}

fn statistics(id: &str, transferred: &str, from: &str, to: &str, sources: &str) -> String {
    format!(
        "{{\"uniqueId\":\"{id}\",\"referencePeriod\":{{\"startDate\":\"{from}\",\"endDate\":\"{to}\"}},\
         \"transferDate\":\"{transferred}\",\"transferType\":\"API\",\"nbEntries\":1,\"sources\":[{sources}]}}"
    )
}

fn page(url: &str, visits: &[(&str, &str, &str)]) -> String {
    let entry = |(country, device, visits): &(&str, &str, &str)| {
        format!("{{\"deviceType\":\"{device}\",\"nbVisits\":{visits},\"originatingCountry\":\"{country}\"}}")
    };
    let entries: Vec<String> = visits.iter().map(entry).collect();
    format!("{{\"source\":{{\"sourceUrl\":\"{url}\",\"statistics\":[{}]}}}}", entries.join(","))
}

fn content(deliveries: &[String]) -> String {
    format!("{{\"isSDG\":true,\"content\":[{}]}}", deliveries.join(","))
}

const JANUARY: (&str, &str) = ("2020-01-01 00:00:00", "2020-01-31 00:00:00");

fn january(id: &str, transferred: &str, sources: &str) -> String {
    statistics(id, transferred, JANUARY.0, JANUARY.1, sources)
}

#[test]
fn countries_devices_and_pages_of_a_service_add_up() {
    let text = content(&[january(
        "7",
        "2020-02-01 00:00:00",
        &[
            page("https://a.example/1 ", &[("EL", "Mobile", "3"), ("DE", "PC", "\"4\"")]),
            page("https://a.example/2", &[("UK", "PC", "10")]),
            page("https://b.example", &[("AT", "PC", "100"), ("AT", "PC", "1")]),
        ]
        .join(","),
    )]);
    assert_eq!(
        rows("usage", "", &text).unwrap(),
        [
            "unique_id|period|source_url|nb_visits",
            "0: 7|2020-01|https://a.example/1|7=7",
            "0: 7|2020-01|https://a.example/2|10=10",
            "0: 7|2020-01|https://b.example|101=101",
        ]
    );
    let mapped = "columns = { service = \"source_url\" }\n\
                  values = { service = { \"https://a.example/1\" = \"S\", \"https://a.example/2\" = \"S\" } }";
    assert_eq!(
        rows("usage", mapped, &text).unwrap()[1..],
        ["0: 7|2020-01|https://a.example/1|17=17", "0: 7|2020-01|https://b.example|101=101"]
    );
    assert_eq!(
        rows("usage", "columns = { area = \"originating_country\" }", &text).unwrap(),
        [
            "unique_id|period|source_url|nb_visits|device_type|originating_country",
            "0: 7|2020-01|https://a.example/1|3=3|Mobile|GR",
            "0: 7|2020-01|https://a.example/1|4=4|PC|DE",
            "0: 7|2020-01|https://a.example/2|10=10|PC|GB",
            "0: 7|2020-01|https://b.example|101=101|PC|AT",
        ]
    );
}

#[test]
fn a_sum_with_a_summand_that_is_no_count_is_no_count() {
    for (bad, shown) in [("\"viele\"", "viele"), ("null", ""), ("-2", "-2=-2"), ("1.5", "1.5=1.5")] {
        let text = content(&[january("7", "", &page("u", &[("DE", "PC", "5"), ("AT", "PC", bad), ("FR", "PC", "9")]))]);
        assert_eq!(rows("usage", "", &text).unwrap()[1], format!("0: 7|2020-01|u|{shown}"));
    }
}

#[test]
fn reference_periods_become_periods() {
    for (from, to, period) in [
        ("2020-02-01T00:00:00", "2020-02-29T23:59:59Z", "2020-02"),
        ("2020-04-01", "2020-06-30", "2020-Q2"),
        ("2020-07-01", "2020-12-31", "2020-H2"),
        ("2020-01-01", "2020-12-31", "2020"),
        ("2020-12-01", "2020-12-31", "2020-12"),
        ("2020-01-31", "2020-01-31", "2020-01-31"),
        ("2020-02-01", "2020-04-30", "2020-02-01..2020-04-30"),
        ("2020-01-02", "2020-01-31", "2020-01-02..2020-01-31"),
        ("2020-01-31", "2020-01-01", "2020-01-31..2020-01-01"),
        ("2021-02-01", "2021-02-29", "2021-02-01..2021-02-29"),
        ("gestern", "ü", "gestern..ü"),
    ] {
        let reference = Reference { start_date: Cell::of(from), end_date: Cell::of(to) };
        assert_eq!(reference.period(), period);
        let readable = crate::domain::parse_period(&reference.period(), None).is_ok();
        assert_eq!(readable, !period.contains(".."), "{period}");
    }
}

fn feedback(id: &str, transferred: &str, ratings: &[u8]) -> String {
    let entry = |rating: &u8| {
        format!(
            "{{\"feedback\":{{\"category\":\"Procedure\",\"rating\":{rating},\"source\":\" u \",\
             \"foundInformation\":\"Partly\",\"helpUsImprove\":\"gut\"}}}}"
        )
    };
    let entries: Vec<String> = ratings.iter().map(entry).collect();
    format!(
        "{{\"uniqueId\":\"{id}\",\"referencePeriod\":{{\"startDate\":\"2020-01-01\",\"endDate\":\"2020-01-31\"}},\
         \"transferDate\":\"{transferred}\",\"feedbacks\":[{}]}}",
        entries.join(",")
    )
}

#[test]
fn every_entry_of_feedback_has_its_own_id() {
    assert_eq!(
        rows("feedback", "", &content(&[feedback("7", "", &[1, 5])])).unwrap(),
        [
            "unique_id|time|source_url|category|rating|found_information|comment",
            "0: 7/1|2020-01-31| u |Procedure|1=1|Partly|gut",
            "0: 7/2|2020-01-31| u |Procedure|5=5|Partly|gut",
        ]
    );
}

#[test]
fn of_two_deliveries_with_one_id_only_the_later_counts() {
    let marks = |deliveries: &[String]| -> Vec<bool> {
        let found = rows("feedback", "", &content(deliveries)).unwrap();
        found[1..].iter().map(|row| !row.contains("superseded")).collect()
    };
    let (early, late) = ("2020-02-01 00:00:00", "2020-02-01T10:00:00");
    assert_eq!(marks(&[feedback("7", early, &[1, 2, 3]), feedback("7", late, &[4])]), [false, false, false, true]);
    assert_eq!(marks(&[feedback("7", late, &[4]), feedback("7", early, &[1, 2])]), [true, false, false]);
    assert_eq!(marks(&[feedback("7", early, &[1]), feedback("7", early, &[2])]), [false, true], "read later");
    assert_eq!(marks(&[feedback("7", early, &[1]), feedback("8", late, &[2])]), [true, true]);
    assert_eq!(marks(&[feedback("", early, &[1]), feedback("", late, &[2])]), [true, true], "no id, no replacement");
    assert_eq!(marks(&[feedback("7", early, &[1]), feedback("7", late, &[])]), [false], "a correction to nothing");
}

#[test]
fn the_wrong_kind_is_named() {
    let statistics = content(&[january("7", "", &page("u", &[("DE", "PC", "5")]))]);
    assert_eq!(
        rows("feedback", "", &statistics).unwrap_err().to_string(),
        "a.json: the delivery has statistics, but source \"q\" is of kind \"feedback\""
    );
    assert!(rows("usage", "", &content(&[feedback("7", "", &[1])])).unwrap_err().to_string().contains("has feedback"));
    let broken = statistics.replace("\"source\":{", "\"quelle\":{");
    assert!(rows("usage", "", &broken).unwrap_err().to_string().contains("missing field `source`"));
}

/// What stands in the file is nobody's business but the sender's.
#[test]
fn an_error_quotes_no_value() {
    for value in ["\"Kanarienvogel\"", "4917112345678", "true", "-4711.5", "{\"Kanarienvogel\":1}"] {
        let text = content(&[format!("{{\"uniqueId\":\"7\",\"referencePeriod\":{{}},\"sources\":{value}}}")]);
        let said = rows("usage", "", &text).unwrap_err().to_string();
        assert!(said.contains("no readable JSON (expected a sequence)"), "{said}");
        assert!(!said.contains("Kanarien") && !said.contains("4711") && !said.contains("true"), "{said}");
    }
}

#[test]
fn visits_that_are_no_single_number_are_no_count() {
    for (bad, shown) in [("[3]", "[…]"), ("{\"n\":3}", "{…}")] {
        let text = content(&[january("7", "", &page("u", &[("DE", "PC", "5"), ("AT", "PC", bad)]))]);
        assert_eq!(rows("usage", "", &text).unwrap()[1], format!("0: 7|2020-01|u|{shown}"));
    }
}

/// The days as written, whatever the zone; of moments, the later one.
#[test]
fn time_zones_move_no_day_but_order_the_transfers() {
    let zoned =
        statistics("7", "", "2020-01-01T00:00:00+02:00", "2020-01-31T23:59:59+02:00", &page("u", &[("DE", "PC", "5")]));
    assert_eq!(rows("usage", "", &content(&[zoned])).unwrap()[1], "0: 7|2020-01|u|5=5");
    // 23:30 in UTC+2 is 21:30 UTC, before 22:00 UTC.
    for (earlier, later) in [
        ("2020-02-01T23:30:00+02:00", "2020-02-01T22:00:00Z"),
        ("2020-02-01 23:30:00+0200", "2020-02-01 22:00:00"),
        ("2020-02-01T22:00:00.5Z", "2020-02-01T20:30-02:00"),
    ] {
        let found =
            rows("feedback", "", &content(&[feedback("7", later, &[1]), feedback("7", earlier, &[2])])).unwrap();
        let marks: Vec<bool> = found[1..].iter().map(|row| row.contains("superseded")).collect();
        assert_eq!(marks, [false, true], "{earlier} {later}");
    }
}
