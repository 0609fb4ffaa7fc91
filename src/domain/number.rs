//! Numbers as a reader sees them. Rounding is half away from zero on the decimal expansion.

use super::Lang;

fn grouped(digits: &str, separator: char) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

/// `12.345` in German, `12,345` in English; a minus sign is U+2212.
#[must_use]
pub fn format_count(value: i64, lang: Lang) -> String {
    let separator = if lang == Lang::De { '.' } else { ',' };
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(&value.unsigned_abs().to_string(), separator))
}

/// A number with fixed decimals: `1.234,5` in German, `1,234.5` in English.
#[must_use]
pub fn format_decimal(value: f64, decimals: usize, lang: Lang) -> String {
    let scale = 10f64.powi(i32::try_from(decimals).unwrap_or(0));
    let rounded = (value.abs() * scale + 1e-9).round() / scale;
    let plain = format!("{rounded:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let (thousands, point) = if lang == Lang::De { ('.', ',') } else { (',', '.') };
    let sign = if value < 0.0 && rounded > 0.0 { "\u{2212}" } else { "" };
    let mut out = format!("{sign}{}", grouped(whole, thousands));
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// A share between 0 and 1 as a percentage: `38,4 %` (no-break space) or `38.4%`.
#[must_use]
pub fn format_percent(share: f64, decimals: usize, lang: Lang) -> String {
    let number = format_decimal(share * 100.0, decimals, lang);
    match lang {
        Lang::De => format!("{number}\u{a0}%"),
        Lang::En => format!("{number}%"),
    }
}

/// A difference of shares in percentage points, always with its sign.
#[must_use]
pub fn format_points(difference: f64, decimals: usize, lang: Lang) -> String {
    let number = format_decimal(difference * 100.0, decimals, lang);
    let sign =
        if number.starts_with('\u{2212}') || !number.contains(|c: char| ('1'..='9').contains(&c)) { "" } else { "+" };
    match lang {
        Lang::De => format!("{sign}{number}\u{a0}Prozentpunkte"),
        Lang::En => format!("{sign}{number} percentage points"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(format_count(1_234_567, Lang::De), "1.234.567");
        assert_eq!(format_count(-12, Lang::En), "\u{2212}12");
        assert_eq!(format_decimal(1234.05, 1, Lang::De), "1.234,1");
        assert_eq!(format_decimal(-0.01, 1, Lang::De), "0,0");
        assert_eq!(format_percent(0.384, 1, Lang::De), "38,4\u{a0}%");
        assert_eq!(format_percent(0.0, 1, Lang::En), "0.0%");
        assert_eq!(format_points(0.05, 1, Lang::De), "+5,0\u{a0}Prozentpunkte");
        assert_eq!(format_points(-0.05, 1, Lang::En), "\u{2212}5.0 percentage points");
    }
}
