//! The configuration of the national bench on a country of eight towns, every figure computed by hand
//! from the definitions of the rates.
//!
//! Interval limits are Wilson's formula evaluated elsewhere. A fraction in a wanted table is a quotient,
//! `-` is a missing value.

use std::fs::File;

use polars::prelude::{AnyValue, Column, DataFrame, ParquetReader, ParquetWriter, SerReader};

use crate::support::{Row, Work, row};

const CONFIGURATION: &str = include_str!("../benches/national/resonanz.toml");

const SURVEY: &str = "respondent_id,wave,ags,stratum,weight,q1,q2,q3,q4,q5
R1,2024-1,99001001,h1,1.5,3,4,,5,2
R2,2024-1,99001002,h1,0.5,5,,,1,2
";

const REGISTER: &str = "ags,name,state,population,size_class,urbanity,treated,treated_date
99001001,Adorf,N,900,small,rural,0,
99001002,Bedorf,N,900,small,rural,0,
99001003,Cedorf,N,900,small,urban,0,
99001004,Dedorf,S,900,small,urban,1,2025-03-17
99001005,Edorf,S,900,small,rural,1,2024-07-01
99002001,Estadt,S,90000,large,urban,1,2025-06-30
99002002,Festadt,S,90000,large,urban,1,2025-01-15
99002003,Gestadt,W,90000,large,rural,1,2024-02-29
";
const SERVICES: &str = "service_id,name,field\nS1,Pass,F\nS2,Kita,F\nS3,Hund,F\n";

/// What is wrong with a record: code and column; empty where it counts.
type Wrong = (&'static str, &'static str);

const FINE: Wrong = ("", "");

const USAGE_HEADER: [&str; 6] = ["date", "ags", "service_id", "channel", "metric", "count"];

/// Records that need no quotes.
const USAGE: &[(&str, Wrong)] = &[
    ("2025-01-01,99001001,S1,online,completed,1", FINE),
    ("2025-01-01,99001001,S1,paper,completed,3", FINE),
    ("2025-03-01,99001001,S1,online,completed,1", FINE),
    ("2025-03-02,99001001,S1,counter,completed,1", FINE),
    ("2025-04-01,99001001,S1,online,completed,1", FINE),
    ("2025-04-02,99001001,S1,online,completed,2", FINE),
    ("2025-04-30,99001001,S1,phone,completed,1", FINE),
    // Rejected: it does not claim the key, and the next record counts.
    ("2025-01-01,99001002,S1,paper,completed,x", ("bad_number", "count")),
    ("2025-01-01,99001002,S1,paper,completed,2", FINE),
    ("2025-01-01,99001002,S1,online,completed,2", FINE),
    ("2025-01-01,99001002,S1,online,completed,9", ("duplicate_ignored", "count")),
    ("2025-02-01,99001002,S1,online,completed,3", FINE),
    ("2025-02-01,99001002,S1,counter,completed,3", FINE),
    ("2025-01-01,99001003,S1,online,completed,0", FINE),
    ("2025-01-01,99001003,S1,paper,completed,0", FINE),
    ("2025-02-01,99001003,S1,online,completed,0", FINE),
    ("2025-02-01,99001003,S1,paper,completed,4", FINE),
    ("2025-03-01,99001003,S1,online,completed,1", FINE),
    ("2025-03-01,99001003,S1,phone,completed,2", FINE),
    ("2025-05-01,99001003,S1,online,completed,1", FINE),
    ("2025-05-01,99001003,S1,paper,completed,2", FINE),
    ("2025-02-28,99001004,S1,online,completed,1", FINE),
    ("2025-02-28,99001004,S1,paper,completed,3", FINE),
    // Before the day of the treatment, in its month.
    ("2025-03-01,99001004,S1,online,completed,4", FINE),
    ("2025-03-31,99001004,S1,paper,completed,2", FINE),
    ("2024-12-31,99001005,S1,online,completed,1", FINE),
    ("2025-02-03,99001005,S1,online,started,4", FINE),
    ("2025-02-03,99001005,S1,online,submitted,2", FINE),
    ("2025-02-03,99001005,S1,paper,started,8", FINE),
    ("2025-01-10,99002001,S1,online,started,2", FINE),
    ("2025-01-10,99002001,S1,online,completed,3", FINE),
    ("2025-01-10,99002001,S1,paper,completed,1", FINE),
    // The first and the last day of the window.
    ("2024-01-01,99002002,S1,online,completed,1", FINE),
    ("2025-12-30,99002002,S1,paper,completed,3", FINE),
    ("2025-12-31,99002002,S1,online,completed,1", FINE),
    // More than 32 bits.
    ("2025-01-01,99001001,S2,online,started,5000000000", FINE),
    ("2025-01-02,99001001,S2,online,started,1", FINE),
    ("2025-01-01,99001001,S2,online,completed,3", FINE),
    ("2025-01-01,99001001,S2,phone,completed,7", FINE),
    ("2025-01-01,99001004,S2,online,completed,9", FINE),
    ("2025-01-01,99001004,S2,counter,completed,1", FINE),
    // Numbers all the same.
    ("2025-01-01,99001005,S3,online,started,007", FINE),
    ("2025-01-01,99001005,S3,online,submitted,-0", FINE),
    ("2025-01-01,99001005,S3,online,started,7", ("duplicate_ignored", "count")),
    ("2025-01-01,99001005,S3,online,submitted,5000000000", ("duplicate_ignored", "count")),
    ("2023-12-31,99001001,S1,online,completed,1", ("outside_window", "date")),
    ("2026-01-01,99001001,S1,online,completed,1", ("outside_window", "date")),
    ("2025-02-30,99001001,S1,online,completed,1", ("bad_period", "date")),
    ("2025-1-05,99001001,S1,online,completed,1", ("bad_period", "date")),
    ("2025-06,99001001,S1,online,completed,1", ("bad_period", "date")),
    ("01.06.2025,99001001,S1,online,completed,1", ("bad_period", "date")),
    (" 2025-06-01,99001001,S1,online,completed,1", ("bad_period", "date")),
    ("date,ags,service_id,channel,metric,count", ("bad_period", "date")),
    (",99001001,S1,online,completed,1", ("missing_key", "date")),
    ("2025-06-01,99009999,S1,online,completed,1", ("unknown_area", "ags")),
    ("2025-06-01,99001001 ,S1,online,completed,1", ("unknown_area", "ags")),
    ("2025-06-01,9９001001,S1,online,completed,1", ("unknown_area", "ags")),
    ("2025-06-01,Adorf,S1,online,completed,1", ("unknown_area", "ags")),
    ("2025-06-01,Summe,S1,online,completed,1", ("unknown_area", "ags")),
    ("2025-06-01,,S1,online,completed,1", ("missing_key", "ags")),
    ("2025-06-01,99001001,s1,online,completed,1", ("unknown_service", "service_id")),
    ("2025-06-01,99001001,Pass,online,completed,1", ("unknown_service", "service_id")),
    ("2025-06-01,99001001,,online,completed,1", ("missing_key", "service_id")),
    ("2025-06-01,99001001,S1,fax,completed,1", ("unknown_value", "channel")),
    ("2025-06-01,99001001,S1,all,completed,1", ("unknown_value", "channel")),
    ("2025-06-01,99001001,S1,Online,completed,1", ("unknown_value", "channel")),
    ("2025-06-01,99001001,S1,,completed,1", ("missing_key", "channel")),
    ("2025-06-01,99001001,S1,online,begun,1", ("unknown_value", "metric")),
    ("2025-06-01,99001001,S1,online,form_start,1", ("unknown_value", "metric")),
    ("2025-06-01,99001001,S1,online,case_total,1", ("unknown_value", "metric")),
    ("2025-06-01,99001001,S1,online,,1", ("missing_key", "metric")),
    ("2025-06-01,99001001,S1,online,completed,", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed,+5", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed, 5", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed,1.0", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed,-", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed,--5", ("bad_number", "count")),
    ("2025-06-01,99001001,S1,online,completed,-007", ("negative_count", "count")),
    ("2025-06-01,99001001,S1,online,completed,99999999999999999999", ("count_too_large", "count")),
    ("2025-06-01,99001001,S1,online,completed,-99999999999999999999", ("negative_count", "count")),
    // The first rule that fails decides.
    ("2025-13-01,99009999,S9,fax,begun,x", ("bad_period", "date")),
    ("2025-06-01,99009999,S9,fax,begun,x", ("unknown_area", "ags")),
    ("2025-06-01,99001001,S9,fax,begun,x", ("unknown_service", "service_id")),
    ("2025-06-01,99001001,S1,fax,begun,x", ("unknown_value", "channel")),
    ("2025-06-01,99001001,S1,,begun,x", ("missing_key", "channel")),
    ("2025-06-01,99001001,S1,online,begun,x", ("unknown_value", "metric")),
    ("2025-01-01,99001001,S1,online,completed,x", ("bad_number", "count")),
];

const FEEDBACK_HEADER: [&str; 5] = ["timestamp", "ags", "service_id", "helpful", "comment"];

const FEEDBACK: &[([&str; 5], Wrong)] = &[
    // The same twice is two votes.
    (["2025-01-05T10:00:00", "99001001", "S1", "yes", ""], FINE),
    (["2025-01-05T10:00:00", "99001001", "S1", "yes", ""], FINE),
    (["2025-01-31T23:59:59", "99001001", "S1", "no", "Zu lang, wirklich"], FINE),
    (["2025-01-06T00:00:00", "99001001", "S1", "yes", "Er sagte \"gut\"\nund ging"], FINE),
    (["2025-02-05T10:00:00", "99001001", "S1", "no", ""], FINE),
    (["2024-01-01T00:00:00", "99002003", "S3", "yes", "gut"], FINE),
    // Not empty, whatever it says.
    (["2025-12-31T23:59:59", "99002003", "S3", "no", "  "], FINE),
    (["2025-02-30T10:00:00", "99001001", "S1", "yes", "geheim"], ("bad_period", "timestamp")),
    (["2025-03-01T24:00:00", "99001001", "S1", "yes", ""], ("bad_period", "timestamp")),
    (["2025-03-01 10:00:00", "99001001", "S1", "yes", ""], ("bad_period", "timestamp")),
    (["2025-03-01", "99001001", "S1", "yes", ""], ("bad_period", "timestamp")),
    (["2023-12-31T23:59:59", "99001001", "S1", "yes", ""], ("outside_window", "timestamp")),
    (["2026-01-01T00:00:00", "99001001", "S1", "yes", ""], ("outside_window", "timestamp")),
    (["", "99001001", "S1", "yes", ""], ("missing_key", "timestamp")),
    (["2025-06-01T10:00:00", "99009999", "S9", "maybe", ""], ("unknown_area", "ags")),
    (["2025-06-01T10:00:00", "99001001", "S9", "maybe", ""], ("unknown_service", "service_id")),
    (["2025-06-01T10:00:00", "99001001", "S1", "YES", ""], ("unknown_value", "helpful")),
    (["2025-06-01T10:00:00", "99001001", "S1", "", ""], ("missing_key", "helpful")),
];

const SUMS: &str = "started_online submitted_online completed_online completed_all votes votes_yes comments";

/// 99001003 has a month with nothing but zeros; 99001001 one with feedback alone; 99002001 completes more
/// than begun.
const CELLS: &str = "
99001001 S1 2025-01  0 0 1 4 4 3 2  1/4 - 3/4 0.30064184258240184 0.9544127391902995
99001001 S1 2025-02  0 0 0 0 1 0 0  - - 0 0 0.7934506856227626
99001001 S1 2025-03  0 0 1 2 0 0 0  1/2 - - - -
99001001 S1 2025-04  0 0 3 4 0 0 0  3/4 - - - -
99001001 S2 2025-01  5000000001 0 3 10 0 0 0  3/10 3/5000000001 - - -
99001002 S1 2025-01  0 0 2 4 0 0 0  2/4 - - - -
99001002 S1 2025-02  0 0 3 6 0 0 0  3/6 - - - -
99001003 S1 2025-01  0 0 0 0 0 0 0  - - - - -
99001003 S1 2025-02  0 0 0 4 0 0 0  0 - - - -
99001003 S1 2025-03  0 0 1 3 0 0 0  1/3 - - - -
99001003 S1 2025-05  0 0 1 3 0 0 0  1/3 - - - -
99001004 S1 2025-02  0 0 1 4 0 0 0  1/4 - - - -
99001004 S1 2025-03  0 0 4 6 0 0 0  4/6 - - - -
99001004 S2 2025-01  0 0 9 10 0 0 0  9/10 - - - -
99001005 S1 2024-12  0 0 1 1 0 0 0  1 - - - -
99001005 S1 2025-02  4 2 0 0 0 0 0  - 0 - - -
99001005 S3 2025-01  7 0 0 0 0 0 0  - 0 - - -
99002001 S1 2025-01  2 0 3 4 0 0 0  3/4 3/2 - - -
99002002 S1 2024-01  0 0 1 1 0 0 0  1 - - - -
99002002 S1 2025-12  0 0 1 4 0 0 0  1/4 - - - -
99002003 S3 2024-01  0 0 0 0 1 1 1  - - 1 0.20654931437723745 1
99002003 S3 2025-12  0 0 0 0 1 0 1  - - 0 0 0.7934506856227626
";

/// January to December 2025; x of the trend is the month from 0.
///
/// * 99001001 S1: x 0 2 3, y 1/4 1/2 3/4: (3 * 13/4 - 5 * 3/2) / (3 * 13 - 25) = 9/56. With both services
///   together y is 4/14 1/2 3/4: (39/4 - 5 * 43/28) / 14 = 29/196.
/// * 99001003: x 1 2 4, y 0 1/3 1/3, January without a case: (3 * 2 - 7 * 2/3) / (3 * 21 - 49) = 2/21.
/// * 99001004, together: x 0 1 2, y 9/10 1/4 4/6: (4/6 - 9/10) / 2 = -7/60.
///
/// The comparison group is 99001001 to 99001003. S1: three of the small towns tie at 1/2, two of them in
/// the group, so that below is one of its three and equal are two: 100 * (1 + 2/2) / 3. The large towns
/// have no comparison group, and nobody has a share of S3.
const POSITIONS: &str = "
99001001 *   5000000001 0 8 20 5 3 2  8/20 8/5000000001 3/5 0.2307242812760128 0.882379225767352  3 4 50 3  3 29/196
99001001 S1  0 0 5 10 5 3 2  1/2 - 3/5 0.2307242812760128 0.882379225767352  1 4 200/3 3  3 9/56
99001001 S2  5000000001 0 3 10 0 0 0  3/10 3/5000000001 - - -  2 2 50 1  1 -
99001002 *   0 0 5 10 0 0 0  1/2 - - - -  2 4 250/3 3  2 -
99001002 S1  0 0 5 10 0 0 0  1/2 - - - -  1 4 200/3 3  2 -
99001003 *   0 0 2 10 0 0 0  1/5 - - - -  4 4 50/3 3  3 2/21
99001003 S1  0 0 2 10 0 0 0  1/5 - - - -  4 4 50/3 3  3 2/21
99001004 *   0 0 14 20 0 0 0  7/10 - - - -  1 4 100 3  3 -7/60
99001004 S1  0 0 5 10 0 0 0  1/2 - - - -  1 4 200/3 3  2 -
99001004 S2  0 0 9 10 0 0 0  9/10 - - - -  1 2 100 1  1 -
99001005 *   11 2 0 0 0 0 0  - 0 - - -  - 4 - 3  0 -
99001005 S1  4 2 0 0 0 0 0  - 0 - - -  - 4 - 3  0 -
99001005 S3  7 0 0 0 0 0 0  - 0 - - -  - 0 - 0  0 -
99002001 *   2 0 3 4 0 0 0  3/4 3/2 - - -  1 2 - 0  1 -
99002001 S1  2 0 3 4 0 0 0  3/4 3/2 - - -  1 2 - 0  1 -
99002002 *   0 0 1 4 0 0 0  1/4 - - - -  2 2 - 0  1 -
99002002 S1  0 0 1 4 0 0 0  1/4 - - - -  2 2 - 0  1 -
99002003 *   0 0 0 0 1 0 1  - - 0 0 0.7934506856227626  - 2 - 0  0 -
99002003 S3  0 0 0 0 1 0 1  - - 0 0 0.7934506856227626  - 0 - 0  0 -
";

/// The whole country and the phases: areas, sums, online share and completion. In January 2025 six areas
/// have a cell, two of them one of several services.
const ROLLUP: &str = "
all all *  2024-01 2  0 0 1 1 1 1 1  1 -
all all *  2024-12 1  0 0 1 1 0 0 0  1 -
all all *  2025-01 6  5000000010 0 18 32 4 3 2  18/32 18/5000000010
all all *  2025-02 5  4 2 4 14 1 0 0  4/14 1
all all *  2025-03 3  0 0 6 11 0 0 0  6/11 -
all all *  2025-04 1  0 0 3 4 0 0 0  3/4 -
all all *  2025-05 1  0 0 1 3 0 0 0  1/3 -
all all *  2025-12 2  0 0 1 4 1 0 1  1/4 -
all all S1 2024-01 1  0 0 1 1 0 0 0  1 -
all all S1 2024-12 1  0 0 1 1 0 0 0  1 -
all all S1 2025-01 4  2 0 6 12 4 3 2  6/12 3
all all S1 2025-02 5  4 2 4 14 1 0 0  4/14 1
all all S1 2025-03 3  0 0 6 11 0 0 0  6/11 -
all all S1 2025-04 1  0 0 3 4 0 0 0  3/4 -
all all S1 2025-05 1  0 0 1 3 0 0 0  1/3 -
all all S1 2025-12 1  0 0 1 4 0 0 0  1/4 -
all all S2 2025-01 2  5000000001 0 12 20 0 0 0  12/20 12/5000000001
all all S3 2024-01 1  0 0 0 0 1 1 1  - -
all all S3 2025-01 1  7 0 0 0 0 0 0  - 0
all all S3 2025-12 1  0 0 0 0 1 0 1  - -
group comparison *  2025-01 3  5000000001 0 6 18 4 3 2  6/18 6/5000000001
group comparison *  2025-02 3  0 0 3 10 1 0 0  3/10 -
group comparison *  2025-03 2  0 0 2 5 0 0 0  2/5 -
group comparison *  2025-04 1  0 0 3 4 0 0 0  3/4 -
group comparison *  2025-05 1  0 0 1 3 0 0 0  1/3 -
group comparison S1 2025-01 3  0 0 3 8 4 3 2  3/8 -
group comparison S1 2025-02 3  0 0 3 10 1 0 0  3/10 -
group comparison S1 2025-03 2  0 0 2 5 0 0 0  2/5 -
group comparison S1 2025-04 1  0 0 3 4 0 0 0  3/4 -
group comparison S1 2025-05 1  0 0 1 3 0 0 0  1/3 -
group comparison S2 2025-01 1  5000000001 0 3 10 0 0 0  3/10 3/5000000001
group treated *  2024-12 1  0 0 1 1 0 0 0  1 -
group treated *  2025-01 1  7 0 0 0 0 0 0  - 0
group treated *  2025-02 1  4 2 0 0 0 0 0  - 0
group treated *  2025-03 1  0 0 4 6 0 0 0  4/6 -
group treated *  2025-12 2  0 0 1 4 1 0 1  1/4 -
group treated S1 2024-12 1  0 0 1 1 0 0 0  1 -
group treated S1 2025-02 1  4 2 0 0 0 0 0  - 0
group treated S1 2025-03 1  0 0 4 6 0 0 0  4/6 -
group treated S1 2025-12 1  0 0 1 4 0 0 0  1/4 -
group treated S3 2025-01 1  7 0 0 0 0 0 0  - 0
group treated S3 2025-12 1  0 0 0 0 1 0 1  - -
group treated_pre *  2024-01 2  0 0 1 1 1 1 1  1 -
group treated_pre *  2025-01 2  2 0 12 14 0 0 0  12/14 6
group treated_pre *  2025-02 1  0 0 1 4 0 0 0  1/4 -
group treated_pre S1 2024-01 1  0 0 1 1 0 0 0  1 -
group treated_pre S1 2025-01 1  2 0 3 4 0 0 0  3/4 3/2
group treated_pre S1 2025-02 1  0 0 1 4 0 0 0  1/4 -
group treated_pre S2 2025-01 1  0 0 9 10 0 0 0  9/10 -
group treated_pre S3 2024-01 1  0 0 0 0 1 1 1  - -
";

/// A row of each of the other dimensions.
const ROLLUP_OTHER: &str = "
size_class large * 2025-12 2  0 0 1 4 1 0 1  1/4 -
size_class small * 2025-01 5  5000000008 0 15 28 4 3 2  15/28 15/5000000008
state N S1 2025-02 3  0 0 3 10 1 0 0  3/10 -
state S *  2025-01 3  9 0 12 14 0 0 0  12/14 12/9
state W S3 2025-12 1  0 0 0 0 1 0 1  - -
urbanity rural S1 2025-02 3  4 2 3 6 1 0 0  3/6 3/4
urbanity urban *  2025-03 2  0 0 5 9 0 0 0  5/9 -
";

/// Projects with the dirty records need a budget for them.
fn project(budget: &str) -> Work {
    let work = Work::new();
    let configuration = CONFIGURATION.replace("repair = false", &format!("repair = false\nerror_budget = {budget}"));
    assert_eq!(configuration.matches("error_budget").count(), 3);
    work.file("resonanz.toml", configuration)
        .file("daten/register.csv", REGISTER)
        .file("daten/services.csv", SERVICES)
        .file("daten/survey.csv", SURVEY)
        .file("daten/usage.csv", csv_text(&USAGE_HEADER, usage()))
        .file("daten/feedback.csv", csv_text(&FEEDBACK_HEADER, FEEDBACK.iter().map(|(cells, _)| cells.to_vec())));
    work
}

fn usage() -> impl Iterator<Item = Vec<&'static str>> {
    USAGE.iter().map(|(text, _)| text.split(',').collect())
}

fn csv_text<'a>(header: &[&str], records: impl Iterator<Item = Vec<&'a str>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    records.for_each(|record| writer.write_record(record).unwrap());
    writer.into_inner().unwrap()
}

/// The columns of `records` as texts, the empty one as null.
fn columns(header: &[&str], records: &[Vec<&str>]) -> Vec<Column> {
    let texts = |at: usize| records.iter().map(move |record| Some(record[at]).filter(|text| !text.is_empty()));
    header.iter().enumerate().map(|(at, name)| Column::new((*name).into(), texts(at).collect::<Vec<_>>())).collect()
}

fn write_parquet(work: &Work, name: &str, columns: Vec<Column>) {
    let mut frame = DataFrame::new(columns[0].len(), columns).unwrap();
    ParquetWriter::new(File::create(work.path(&format!("daten/{name}.parquet"))).unwrap()).finish(&mut frame).unwrap();
    work.edit("resonanz.toml", &format!("daten/{name}.csv"), &format!("daten/{name}.parquet"));
}

/// A table of the internal folder as texts, months as `2025-01`.
fn parquet(work: &Work, name: &str) -> Vec<Row> {
    let path = work.path(&format!("out/internal/data/{name}.parquet"));
    let frame = ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
    let text = |value: AnyValue<'_>| match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => text.to_owned(),
        AnyValue::Float64(number) => number.to_string(),
        AnyValue::Date(days) => {
            let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Duration::days(days.into());
            date.to_string().strip_suffix("-01").unwrap().to_owned()
        }
        other => other.to_string(),
    };
    let cell = |column: &Column, at| (column.name().to_string(), text(column.get(at).unwrap()));
    (0..frame.height()).map(|at| frame.columns().iter().map(|column| cell(column, at)).collect()).collect()
}

/// Demands the rows of `wanted`, in this order, in the columns of these names.
#[track_caller]
fn same(found: &[Row], wanted: &str, names: &str) {
    let names: Vec<&str> = names.split_whitespace().collect();
    let wanted: Vec<Vec<&str>> =
        wanted.lines().map(|line| line.split_whitespace().collect()).filter(|row: &Vec<_>| !row.is_empty()).collect();
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(names.len(), wanted.len(), "{wanted:?}");
        for (name, wanted) in names.iter().zip(wanted) {
            let found = &found[*name];
            let equal = match *wanted {
                "-" => found.is_empty(),
                wanted if found == wanted => true,
                wanted => near(found, wanted),
            };
            assert!(equal, "{name}: found {found:?}, wanted {wanted}, in {wanted:?}");
        }
    }
    assert_eq!(found.len(), wanted.len());
}

/// Whether two numbers agree to 9 digits; `wanted` may be a quotient.
fn near(found: &str, wanted: &str) -> bool {
    let (x, n) = wanted.split_once('/').unwrap_or((wanted, "1"));
    let number = |text: &str| text.parse::<f64>();
    let (Ok(found), Ok(x), Ok(n)) = (number(found), number(x), number(n)) else { return false };
    (found - x / n).abs() <= 1e-9 * (x / n).abs()
}

/// Record, code and column of all findings of a source.
fn found(work: &Work, source: &str) -> Vec<[String; 3]> {
    let findings = work.table("out/internal/data/findings.csv");
    let of_source = findings.iter().filter(|row| row["source"] == source);
    let mut out: Vec<[String; 3]> =
        of_source.map(|row| ["record", "code", "column"].map(|name| row[name].clone())).collect();
    out.sort_by_key(|[record, ..]| record.parse::<u64>().unwrap());
    out
}

fn wanted<'a>(wrong: impl Iterator<Item = &'a Wrong>) -> Vec<[String; 3]> {
    let numbered = (1..).zip(wrong).filter(|(_, wrong)| **wrong != FINE);
    numbered.map(|(record, (code, column))| [record.to_string(), (*code).to_owned(), (*column).to_owned()]).collect()
}

/// The quarantine without what depends on the format of the file.
fn quarantine(work: &Work) -> Vec<[String; 4]> {
    let kept = |row: &Row| ["source", "record", "code", "values"].map(|name| row[name].clone());
    work.table("out/internal/data/quarantine.csv").iter().map(kept).collect()
}

#[test]
fn national_tables_are_those_computed_by_hand() {
    let work = project("1.0");
    work.ok(&["run"]);
    same(
        &parquet(&work, "cells"),
        CELLS,
        &format!("area service month {SUMS} online_share completion_rate helpful_share helpful_lower helpful_upper"),
    );
    same(
        &parquet(&work, "positions"),
        POSITIONS,
        &format!(
            "area service {SUMS} online_share completion_rate helpful_share helpful_lower helpful_upper \
             rank ranked percentile compared trend_months trend_slope"
        ),
    );
    let rollup = parquet(&work, "rollup");
    let names = format!("dimension level service month areas {SUMS} online_share completion_rate");
    let (some, other): (Vec<Row>, Vec<Row>) =
        rollup.iter().cloned().partition(|row| ["all", "group"].contains(&row["dimension"].as_str()));
    same(&some, ROLLUP, &names);
    let key = |line: &str| line.split_whitespace().take(4).map(str::to_owned).collect::<Vec<_>>();
    let keys: Vec<Vec<String>> = ROLLUP_OTHER.lines().map(key).collect();
    let key = |row: &Row| ["dimension", "level", "service", "month"].map(|name| row[name].clone()).to_vec();
    let chosen: Vec<Row> = other.into_iter().filter(|row| keys.contains(&key(row))).collect();
    same(&chosen, ROLLUP_OTHER, &names);
    // Three of four votes.
    let january = row(&rollup, &[("dimension", "state"), ("level", "N"), ("service", "*"), ("month", "2025-01")]);
    let limits = ["helpful_share", "helpful_lower", "helpful_upper"].map(|name| january[name].as_str());
    for (found, wanted) in limits.into_iter().zip(["3/4", "0.30064184258240184", "0.9544127391902995"]) {
        assert!(near(found, wanted), "{found} {wanted}");
    }
    let keys: Vec<Vec<String>> = rollup.iter().map(key).collect();
    assert!(keys.is_sorted());
    assert_eq!(keys, work.table("out/internal/data/rollup.csv").iter().map(key).collect::<Vec<_>>());
}

#[test]
fn national_records_in_quarantine_and_the_balance() {
    let work = project("1.0");
    work.ok(&["run"]);
    assert_eq!(found(&work, "usage"), wanted(USAGE.iter().map(|(_, wrong)| wrong)));
    assert_eq!(found(&work, "feedback"), wanted(FEEDBACK.iter().map(|(_, wrong)| wrong)));
    let quarantine = quarantine(&work);
    let of = |source: &str, record: usize| {
        let found = quarantine.iter().find(|row| row[0] == source && row[1] == record.to_string());
        found.map(|row| row[3].as_str()).unwrap_or_default()
    };
    let record = |text: &str| 1 + USAGE.iter().position(|(record, _)| *record == text).unwrap();
    let kept = of("usage", record("2025-06-01,99001001,S1,online,completed, 5"));
    assert_eq!(kept, "area=99001001; service=S1; period=2025-06-01; channel=online; stage=completed; count= 5");
    // A record that was plain is spelled again.
    let kept = of("usage", record("2025-01-01,99001002,S1,online,completed,9"));
    assert_eq!(kept, "area=99001002; service=S1; period=2025-01-01; channel=online; stage=completed; count=9");
    assert!(!format!("{quarantine:?}").contains("geheim"), "comments are not quoted");

    let balances = work.table("out/internal/data/balances.csv");
    let balance = |source: &str| {
        let row = row(&balances, &[("source", source)]);
        ["read", "accepted", "quarantined", "errors", "replaced"].map(|name| row[name].parse::<u32>().unwrap())
    };
    // Of 87 records 46 are rejected, 3 of them are duplicates; of 18 votes 11.
    assert_eq!((USAGE.len(), FEEDBACK.len()), (87, 18));
    assert_eq!(balance("usage"), [87, 41, 46, 43, 0]);
    assert_eq!(balance("feedback"), [18, 7, 11, 11, 0]);
    assert!(balances.iter().all(|row| row["balanced"] == "true"));

    let ratings = work.table("out/internal/data/survey_ratings.csv");
    let rating = row(&ratings, &[("dimension", "country"), ("question", "q1")]);
    let told = ["n", "weight_sum", "mean", "top2_share", "n_effective"].map(|name| rating[name].as_str());
    // Weights 1.5 and 0.5 for the answers 3 and 5: 7 / 2, 0.5 / 2, 2 * 2 / 2.5.
    assert_eq!(told, ["2", "2", "3.5", "0.25", "1.6"]);
}

#[test]
fn national_parquet_gives_the_same_tables_and_quarantine() {
    let tables = ["cells", "positions", "rollup"];
    let outcome = |work: &Work| {
        work.ok(&["run"]);
        (tables.map(|name| parquet(work, name)), found(work, "usage"), found(work, "feedback"), quarantine(work))
    };
    let records: Vec<Vec<&str>> = usage().collect();
    let votes: Vec<Vec<&str>> = FEEDBACK.iter().map(|(cells, _)| cells.to_vec()).collect();

    let of_texts = project("1.0");
    write_parquet(&of_texts, "usage", columns(&USAGE_HEADER, &records));
    write_parquet(&of_texts, "feedback", columns(&FEEDBACK_HEADER, &votes));
    assert_eq!(outcome(&of_texts), outcome(&project("1.0")));

    // Typed counts: what is no whole number is null, and the text file says the same with an empty cell.
    let counts: Vec<Option<i64>> = records.iter().map(|record| record[5].parse().ok()).collect();
    assert!(counts.contains(&Some(5_000_000_000)) && counts.contains(&Some(-7)) && counts.contains(&None));
    let texts: Vec<String> = counts.iter().map(|count| count.map(|n| n.to_string()).unwrap_or_default()).collect();
    let typed = records.iter().zip(&texts).map(|(record, count)| [&record[..5], &[count.as_str()]].concat());
    let csv = project("1.0");
    csv.file("daten/usage.csv", csv_text(&USAGE_HEADER, typed));
    let of_numbers = project("1.0");
    let mut columns = columns(&USAGE_HEADER[..5], &records);
    columns.push(Column::new("count".into(), counts));
    write_parquet(&of_numbers, "usage", columns);
    assert_eq!(outcome(&of_numbers), outcome(&csv));
}

/// A comment that does not begin with a plain letter sends a vote through the rules.
#[test]
fn national_votes_without_an_id_are_votes_of_their_own() {
    let vote = |vote: &'static str, comment: &'static str| vec!["2025-05-05T10:00:00", "99001001", "S1", vote, comment];
    let votes =
        [vote("yes", "Übersichtlich"), vote("no", "  "), vote("yes", ""), vote("yes", "Öfter"), vote("no", "„So“")];
    let work = project("1.0");
    work.file("daten/feedback.csv", csv_text(&FEEDBACK_HEADER, votes.into_iter())).ok(&["run"]);
    let cells = parquet(&work, "cells");
    let may = row(&cells, &[("area", "99001001"), ("service", "S1"), ("month", "2025-05")]);
    assert_eq!(["votes", "votes_yes", "comments"].map(|name| may[name].as_str()), ["5", "3", "4"]);
    let balances = work.table("out/internal/data/balances.csv");
    let balance = row(&balances, &[("source", "feedback")]);
    assert_eq!(["accepted", "replaced"].map(|name| balance[name].as_str()), ["5", "0"]);
}

/// What a record shares with the one before is not looked up again, and nothing else is taken from it: neither by a
/// record in quotes, nor behind a rejected or an empty one.
#[test]
fn national_records_that_begin_alike_keep_their_own_keys() {
    let text = "date,ags,service_id,channel,metric,count
2025-01-01,99001001,S1,online,completed,1
2025-01-01,99001001,S1,paper,completed,2
\"2025-01-01\",99001002,S1,online,completed,4
2025-01-01,99001002,S1,paper,completed,8
2025-01-01,99001002,S1,counter,completed,16

2025-01-01,99001003,S1,online,completed,32
2025-01-01,99001003,S1,paper,completed,x
2025-01-01,99001003,S1,paper,completed,64
2025-01-01,99001003,S11,paper,completed,5
2025-01-01,99001004,S1,online,completed,128
2025-02-01,99001004,S1,online,completed,256
";
    let work = project("1.0");
    work.file("daten/usage.csv", text).ok(&["run"]);
    let cells = parquet(&work, "cells");
    let counts = |area: &str, month: &str| {
        let cell = row(&cells, &[("area", area), ("service", "S1"), ("month", month)]);
        ["completed_online", "completed_all"].map(|name| cell[name].clone())
    };
    assert_eq!(counts("99001001", "2025-01"), ["1", "3"]);
    assert_eq!(counts("99001002", "2025-01"), ["4", "28"]);
    assert_eq!(counts("99001003", "2025-01"), ["32", "96"]);
    assert_eq!(counts("99001004", "2025-01"), ["128", "128"]);
    assert_eq!(counts("99001004", "2025-02"), ["256", "256"]);
    let quarantine = work.table("out/internal/data/quarantine.csv");
    let rejected: Vec<&str> =
        quarantine.iter().filter(|r| r["source"] == "usage").map(|r| r["record"].as_str()).collect();
    assert_eq!(rejected, ["7", "9"]);
}

/// Then the tables are not there either, and the earlier ones are not taken for the new ones.
#[test]
fn national_run_over_budget_leaves_the_findings_only() {
    let work = project("0.05");
    let outcome = work.run(&["run"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("43 of 87 records"), "{}", outcome.stderr);
    let files = work.tree("out");
    assert!(files.contains_key("internal/data/findings.csv"));
    assert!(!files.keys().any(|name| ["cells", "rollup", "positions"].iter().any(|table| name.contains(table))));
}

/// Gestadt has become a part of Adorf in July 2025: what it counted before is Adorf's, in every table.
#[test]
fn national_numbers_of_a_former_town_count_for_its_successor() {
    let work = project("1.0");
    let usage = [
        "2025-05-01,99002003,S1,online,completed,3",
        "2025-05-01,99002003,S1,paper,completed,5",
        "2025-05-01,99001001,S1,online,completed,4",
        "2025-06-01,99002003,S2,paper,completed,1",
        "2025-08-01,99001001,S1,online,completed,2",
    ];
    let usage = usage.iter().map(|text| text.split(',').collect());
    work.file("daten/register.csv", REGISTER.replace("99002003,Gestadt,W,90000,large,rural,1,2024-02-29\n", ""))
        .file("daten/usage.csv", csv_text(&USAGE_HEADER, usage))
        .file("daten/feedback.csv", csv_text(&FEEDBACK_HEADER, std::iter::empty()))
        .file("daten/changes.csv", "from,to,date\n99001001,99001001,2025-07-01\n99002003,99001001,2025-07-01\n")
        .edit(
            "resonanz.toml",
            "[[source]]\nname = \"services\"",
            "[[source]]\nname = \"changes\"\nkind = \"territory\"\nfiles = \"daten/changes.csv\"\ncolumns = { from = \"from\", to = \"to\", date = \"date\" }\n\n[[source]]\nname = \"services\"",
        )
        .ok(&["run"]);
    let told = |row: &Row| {
        ["area", "service", "month", "completed_online", "completed_all"].map(|name| row[name].as_str()).join(" ")
    };
    let cells = parquet(&work, "cells");
    let wanted = ["99001001 S1 2025-05 7 12", "99001001 S1 2025-08 2 2", "99001001 S2 2025-06 0 1"];
    assert_eq!(cells.iter().map(told).collect::<Vec<_>>(), wanted);
    let positions = parquet(&work, "positions");
    let all = row(&positions, &[("area", "99001001"), ("service", "*")]);
    assert_eq!(["completed_online", "completed_all", "rank"].map(|name| all[name].as_str()), ["9", "15", "1"]);
    let rollup = parquet(&work, "rollup");
    let may = row(&rollup, &[("dimension", "state"), ("level", "N"), ("service", "*"), ("month", "2025-05")]);
    assert_eq!(["areas", "completed_online", "completed_all"].map(|name| may[name].as_str()), ["1", "7", "12"]);
}

/// The towns that are never treated are those of the Land N: the register has that column as an attribute
/// and as its Land, and the phase says the same.
#[test]
fn national_comparison_group_of_any_dimension() {
    let wanted = project("1.0");
    wanted.ok(&["run"]);
    for reference in ["{ state = \"N\" }", "{ land = \"N\" }", "{ group = \"comparison\" }", "{ treated_date = \"\" }"]
    {
        let work = project("1.0");
        work.edit("resonanz.toml", "{ treated = \"0\" }", reference).ok(&["run"]);
        assert_eq!(parquet(&work, "positions"), parquet(&wanted, "positions"), "{reference}");
    }
}

/// Without a report there is nothing to publish, and no comment is kept.
#[test]
fn national_output_is_the_internal_folder() {
    let work = project("1.0");
    work.ok(&["run"]);
    let files = work.tree("out");
    assert!(files.keys().all(|name| name.starts_with("internal/")), "{:?}", files.keys());
    assert!(!files.keys().any(|name| name.contains("comments")), "{:?}", files.keys());
}

/// The tables need every dimension: a name that nothing has is told with those that there are.
#[test]
fn national_settings_that_cannot_be_met() {
    let refused = |from: &str, to: &str| {
        let work = project("1.0");
        work.edit("resonanz.toml", from, to);
        let outcome = work.run(&["run"]);
        assert_eq!(work.tree("out").len(), 0);
        (outcome.code, outcome.stderr)
    };
    let (code, said) = refused("\"urbanity\", \"group\"", "\"urbanty\"");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("[tables]: \"urbanty\" is no dimension of the areas"), "{said}");
    assert!(said.contains("all, kreis, land, size_class, state, treated, treated_date, urbanity"), "{said}");
    let (code, said) = refused("since = \"treated_date\"", "since = \"state\"");
    assert!(said.contains("[tables] phase \"group\": state of area 99001001 is no date: \"N\""), "{code} {said}");
    let (code, said) = refused("peers = \"size_class\"", "peers = \"sizes\"");
    assert!(said.contains("\"sizes\" is no dimension"), "{code} {said}");
    let (code, said) = refused("{ treated = \"0\" }", "{ treatd = \"0\" }");
    assert!(said.contains("\"treatd\" is no dimension"), "{code} {said}");
}
