use std::io::Cursor;

use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::domain::Month;
use crate::publish::{EncodedPart, Manifest, ParquetStream, Places, Staging, WideColumn};

/// What another reader of the format finds in a file of one row group per part.
fn read_back(parts: Vec<Vec<(&str, WideColumn<'_>)>>) -> DataFrame {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let stage = Staging::begin(&out).unwrap();
    let mut stream = ParquetStream::begin(&stage, "t.parquet", &parts[0]).unwrap();
    for part in parts {
        stream.write(EncodedPart::of(&part).unwrap()).unwrap();
    }
    stream.finish(&stage).unwrap();
    stage.commit(&Manifest::default()).unwrap();
    ParquetReader::new(Cursor::new(std::fs::read(out.join("t.parquet")).unwrap())).finish().unwrap()
}

fn wholes(frame: &DataFrame, column: &str) -> Vec<Option<i64>> {
    frame.column(column).unwrap().cast(&DataType::Int64).unwrap().i64().unwrap().iter().collect()
}

fn decimals(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    frame.column(column).unwrap().f64().unwrap().iter().collect()
}

/// Numbers in runs of some length, as sorted keys have them.
fn runs(largest: u32) -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec((0..=largest, 1usize..70), 1..40)
        .prop_map(|runs| runs.into_iter().flat_map(|(value, length)| vec![value; length]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_and_months_come_back(first in runs(400), second in runs(3)) {
        let texts: Vec<String> = (0..300).map(|number| format!("Gebiet {number} ä")).collect();
        let month = |&number: &u32| Month::new(2019, 7).unwrap().plus(number as i32);
        let months = [&first, &second].map(|keys| keys.iter().map(month).collect::<Vec<_>>());
        let part = |keys: &'static [u32], months: &'static [Month], texts: &'static [String]| {
            vec![("key", WideColumn::Keys(keys, texts)), ("month", WideColumn::Months(months))]
        };
        let texts: &'static [String] = texts.leak();
        let [before, behind] = months;
        let (before, behind): (&'static [Month], &'static [Month]) = (before.leak(), behind.leak());
        let (one, two): (&'static [u32], &'static [u32]) = (first.clone().leak(), second.clone().leak());
        let frame = read_back(vec![part(one, before, texts), part(two, behind, texts)]);
        let found: Vec<&str> = frame.column("key").unwrap().str().unwrap().iter().map(Option::unwrap).collect();
        let keys: Vec<&str> =
            first.iter().chain(&second).map(|&key| texts.get(key as usize).map_or("*", String::as_str)).collect();
        prop_assert_eq!(found, keys);
        let days: Vec<Option<i64>> = before.iter().chain(behind)
            .map(|month| Some(i64::from(month.first_day().to_epoch_days()))).collect();
        prop_assert_eq!(wholes(&frame, "month"), days);
    }

    #[test]
    fn whole_numbers_come_back(
        small in proptest::collection::vec(-40i64..2000, 0..700),
        any in proptest::collection::vec(any::<i64>(), 0..300),
        counts in proptest::collection::vec(proptest::option::of(prop_oneof![0u32..9, any::<u32>()]), 1..700),
    ) {
        let values: Vec<i64> = small.into_iter().chain(any).chain([i64::MAX, i64::MIN, 0]).collect();
        let rows = values.len().min(counts.len());
        let (values, counts) = (&values[..rows], &counts[..rows]);
        let strided: Vec<i64> = values.iter().flat_map(|&value| [7, value, 9]).collect();
        let frame = read_back(vec![vec![
            ("whole", WideColumn::Integers(values.to_vec())),
            ("every", WideColumn::Every(&strided, 3, 1)),
            ("count", WideColumn::Counts(counts.to_vec())),
        ]]);
        let wanted: Vec<Option<i64>> = values.iter().copied().map(Some).collect();
        prop_assert_eq!(wholes(&frame, "whole"), wanted.clone());
        prop_assert_eq!(wholes(&frame, "every"), wanted);
        let counts: Vec<Option<i64>> = counts.iter().map(|count| count.map(i64::from)).collect();
        prop_assert_eq!(wholes(&frame, "count"), counts);
    }

    #[test]
    fn decimal_numbers_come_back(
        values in proptest::collection::vec(proptest::option::of(any::<f64>().prop_filter("finite", |v| v.is_finite())), 1..600),
        codes in runs(12),
        missing in 0u32..14,
    ) {
        let few: Vec<f64> = (0..12).map(|number| f64::from(number) / 7.0).collect();
        let rows = values.len().min(codes.len());
        let has: Vec<bool> = codes[..rows].iter().map(|&code| code < 12 && code != missing).collect();
        let valid = valid_rows(has.iter().copied()).unwrap_or_default();
        let known: Vec<u32> = codes.iter().zip(&has).filter(|(_, has)| **has).map(|(code, _)| *code).collect();
        let frame = read_back(vec![vec![
            ("plain", WideColumn::Numbers(values[..rows].to_vec())),
            ("few", WideColumn::Repeated(Places { rows, valid: &valid, codes: &known }, few.clone())),
        ]]);
        prop_assert_eq!(decimals(&frame, "plain"), &values[..rows]);
        let wanted: Vec<Option<f64>> =
            codes.iter().zip(&has).map(|(&code, &has)| has.then(|| few[code as usize])).collect();
        prop_assert_eq!(decimals(&frame, "few"), wanted);
    }
}

/// The example of the format's own description: 1 to 8 in three bits each.
#[test]
fn small_numbers_are_packed_from_the_lowest_bit_on() {
    let mut out = Vec::new();
    hybrid(&[0, 1, 2, 3, 4, 5, 6, 7], 3, &mut out);
    assert_eq!(out, [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    out.clear();
    hybrid(&[4; 25], 3, &mut out);
    assert_eq!(out, [25 << 1, 4]);
}

/// Nothing but present numbers, no number at all, no row.
#[test]
fn levels_without_a_gap_or_a_number() {
    let part = |values: Vec<Option<f64>>| vec![("n", WideColumn::Numbers(values))];
    let frame = read_back(vec![part(vec![Some(1.0); 9]), part(vec![None; 9]), part(Vec::new()), part(vec![Some(2.5)])]);
    let wanted: Vec<Option<f64>> = [vec![Some(1.0); 9], vec![None; 9], vec![Some(2.5)]].concat();
    assert_eq!(decimals(&frame, "n"), wanted);
}
