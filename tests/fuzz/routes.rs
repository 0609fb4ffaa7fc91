//! The deliveries that the targets for tables begin with, and the settings that read them.

/// How the bytes of an input reach the reader: the settings of the source under test.
pub struct Route {
    pub file: &'static str,
    pub settings: &'static str,
}

pub const LONG_SEED: &str = "AGS,OZG-ID,Monat,Kanal,Anzahl\n99001001,10124,2025-01,online,10\n99001002,10124,2025-02,paper,7\n\
                         1001000,10513,Q1/2025,online,3\n99001001,10124,2025-03,online,\n";

pub fn dialects() -> Vec<(Route, Vec<u8>)> {
    let long = |dialect| format!("{LONG}{dialect}\n");
    let german = "sep=;\r\nAGS;OZG-ID;Monat;Kanal;Anzahl\r\n99001001;10124;März 2025;online;1.234\r\n99001002;10124;14.03.2025;Papier;k. A.\r\n\
                  Summe;;;;1.234\r\nStand: 2025\r\n";
    let matomo = "\u{feff}AGS,OZG-ID,Monat,Kanal,Anzahl\n99001001,10124,2025-03,online,\"1.234\"\n99001002,10124,2025-03,online,\"66,67 %\"\n";
    let utf16: Vec<u8> = matomo.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let quoted = "\u{feff}\"AGS\";\"OZG-ID\";\"Monat\";\"Kanal\";\"Anzahl\"\r\n\"99001001\";\"10124\";\"2025-01\";\"online\";\"5\"\r\n\
                  \"99001002\";\"10124\";\"2025-01\";\"a \"\"b\"\"\nc\";\"5\"\r\n\r\n";
    let windows = encoding_rs::WINDOWS_1252.encode(german).0.into_owned();
    let leak = |settings: String| -> &'static str { Box::leak(settings.into_boxed_str()) };
    let route = |dialect| Route { file: "probe.csv", settings: leak(long(dialect)) };
    vec![
        (route("dialect = { delimiter = \";\", decimal = \",\" }"), german.as_bytes().to_vec()),
        (route("dialect = { encoding = \"windows-1252\", delimiter = \";\", decimal = \",\" }"), windows),
        (route("dialect = { encoding = \"utf-16le\", decimal = \",\" }"), utf16),
        (route("dialect = { delimiter = \";\" }\non_duplicate = \"replace\""), quoted.as_bytes().to_vec()),
        (route("absent = \"zero\""), LONG_SEED.as_bytes().to_vec()),
        (
            route("dialect = { delimiter = \"\\t\", quote = \"'\" }\nheader_row = 3"),
            LONG_SEED.replace(',', "\t").replacen("AGS", "Titel\n\nAGS", 1).into_bytes(),
        ),
        (
            route("header_row = 2\nheader_rows = 2\non_duplicate = \"first\""),
            format!("Titel\n,,,,\n{LONG_SEED}").into_bytes(),
        ),
    ]
}

pub const LONG: &str = r#"kind = "usage"
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }
missing = ["k. A."]
not_applicable = ["x"]
suppressed = ["*"]
"#;

pub fn kinds() -> Vec<(Route, Vec<u8>)> {
    let route = |settings| Route { file: "probe.csv", settings };
    let seed = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            route(
                "kind = \"usage\"\nbusiness_year_from = 4\ngrain = \"month\"\ncolumns = { area = \"a\", service = \"s\", period = \"p\", channel = \"c\", stage = \"st\", count = \"n\", id = \"id\" }\n",
            ),
            seed(
                "a,s,p,c,st,n,id\n99001001,10124,2025-01,online,form_submit,5,1\n99001001,10124,2023-2024,online,visit,5,2\n99001001,10124,2025-01,all,case_total,4,3\n",
            ),
        ),
        (
            route(
                "kind = \"usage\"\nlayout = \"one_row_per_case\"\nabsent = \"zero\"\ncolumns = { area = \"a\", service = \"s\", period = \"p\", channel = \"c\" }\nconstants = { stage = \"form_submit\" }\n",
            ),
            seed("a,s,p,c\n99001001,10124,2025-01-05,online\n99001001,10124,2025-04-05,paper\n"),
        ),
        (
            route(
                "kind = \"feedback\"\ncolumns = { id = \"id\", time = \"t\", area = \"a\", service = \"s\", place = \"o\", scale = \"k\", value = \"v\", comment = \"x\" }\n",
            ),
            seed(
                "id,t,a,s,o,k,v,x\n1,2025-01-05 10:00:00,99001001,10124,page,stars,5,\n2,2025-01-05,99001001,10124,form_end,binary,ja,\"gut, danke\"\n1,2025-01-06,99001001,10124,page,three_way,teilweise,\n",
            ),
        ),
        (
            route(
                "kind = \"work\"\ncolumns = { area = \"a\", service = \"s\", period = \"p\", channel = \"c\", n = \"n\", handling_minutes = \"m\", throughput_days = \"d\", queries = \"q\", rekeyed = \"r\" }\n",
            ),
            seed(
                "a,s,p,c,n,m,d,q,r\n99001001,10124,2025-01,online,10,150,30,2,0\n99001001,10124,2025-02,paper,10,450,90,,\n",
            ),
        ),
        (
            route(
                "kind = \"offer\"\ncolumns = { area = \"a\", service = \"s\", owed = \"o\", live_from = \"f\", live_to = \"t\", maturity = \"m\", efa = \"e\" }\n",
            ),
            seed("a,s,o,f,t,m,e\n99001001,10124,ja,01.01.2024,31.12.9999,3,nein\n99001002,10513,nein,,,,\n"),
        ),
        (
            route(
                "kind = \"events\"\ncolumns = { area = \"a\", service = \"s\", kind = \"k\", from = \"f\", to = \"t\", cost = \"c\", label = \"l\" }\n",
            ),
            seed(
                "a,s,k,f,t,c,l\n99001001,10124,participation,15.11.2023,,1200.50,Runde\n*,*,campaign,2024-01-01,2024-02-01,,\n",
            ),
        ),
        (
            route(
                "kind = \"targets\"\ncolumns = { area = \"a\", service = \"s\", measure = \"m\", date = \"d\", value = \"v\", label = \"l\" }\n",
            ),
            seed("a,s,m,d,v,l\n99001001,10124,online_share,2026-06-30,40 %,Ziel\n*,*,online_per_1000,2026-12-31,25,\n"),
        ),
        (
            route(
                "kind = \"survey\"\ncolumns = { respondent = \"id\", wave = \"w\", area = \"a\", weight = \"g\", stratum = \"h\", psu = \"p\" }\n[[source.question]]\ncolumn = \"F1\"\nmeasure = \"need\"\nservice = \"10124\"\nyes = [\"Y\"]\nno = [\"N\"]\n[[source.question]]\ncolumn = \"F2[SQ1]\"\nmeasure = \"usage\"\nservice = \"10124\"\nyes = [\"Y\"]\nno = [\"N\"]\n",
            ),
            seed(
                "id,w,a,g,h,p,F1,F2[SQ1]\n1,2025,99001001,1.5,A,1,Y,N\n2,2025,99001002,0.5,A,2,N,\n3,2025,,1,B,3,Y,Y\n",
            ),
        ),
        (
            route(
                "kind = \"register\"\ncolumns = { area = \"k\", name = \"n\", population = \"p\", area_km2 = \"q\", land = \"l\", kreis = \"kr\", type = \"t\", urbanity = \"u\" }\nattributes = [\"x\"]\n",
            ),
            seed("k,n,p,q,l,kr,t,u,x\n99001001,Aheim,4000,10.5,,,Stadt,1,y\n99001002,Bdorf,0,,,,,,\n"),
        ),
    ]
}

pub fn wide() -> Vec<(Route, Vec<u8>)> {
    let route = |settings| Route { file: "probe.csv", settings };
    let seed = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            route(
                "kind = \"usage\"\nlayout = \"wide\"\ncolumns = { area = \"AGS\" }\nconstants = { service = \"10124\", stage = \"form_submit\" }\n[[source.wide]]\npattern = \"{period} {channel}\"\n",
            ),
            seed("AGS,2025-01 online,2025-01 Papier,Q1 2024 online\n99001001,5,7,9\n99001002,,x,1\n"),
        ),
        (
            route(
                "kind = \"usage\"\nlayout = \"wide\"\nheader_rows = 2\ncolumns = { area = \"AGS\", period = \"Monat\" }\nconstants = { service = \"10124\" }\n[[source.wide]]\npattern = \"{stage}{channel}\"\n[[source.wide]]\npattern = \"Fälle {channel} ({stage})\"\n",
            ),
            seed("AGS,Monat,form_submitonline,Fälle Papier (case_total)\n99001001,2025-01,5,7\n99001002,2025-02,,1\n"),
        ),
        (
            route(
                "kind = \"usage\"\nlayout = \"wide\"\ncolumns = { area = \"AGS\", service = \"OZG\" }\nvalues = { channel = { \"E\" = \"online\" } }\n[[source.wide]]\npattern = \"{channel}{period}{stage}\"\n",
            ),
            seed("AGS,OZG,E2025visit,E03/2025form_submit\n99001001,10124,5,7\n99001002,10513,,1\n"),
        ),
    ]
}

pub fn registers() -> Vec<(Route, Vec<u8>)> {
    let line = |kind: &str, key: &str, name: &str, people: &str| {
        format!("{kind}20231130{key:<8}0000{name:<50}{:<50}64    00000001234{people:>11}{:<70}\r\n", "Sitz", "")
    };
    let text = [
        line("10", "99", "Land", ""),
        line("40", "99001", "Kreis", ""),
        line("50", "99001", "Verband", ""),
        line("60", "99001001", "Öhringsüß", "00000001832"),
        line("60", "99001002", "Oberau", "00000000000"),
    ]
    .concat();
    let latin1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let settings = "kind = \"register\"\nformat = \"gv100ad\"\n";
    vec![(Route { file: "probe.txt", settings }, text.into_bytes()), (Route { file: "probe.asc", settings }, latin1)]
}
