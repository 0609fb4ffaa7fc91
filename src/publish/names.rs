use crate::domain::say;
use crate::{Error, Result};

/// Longest name made by [`safe_file_name`], so that a path stays under the limits of Windows.
const MAX_LEN: usize = 80;

/// A file or folder name that every system accepts, made from any text: `Bad Königstein (Süd)`
/// becomes `bad-koenigstein-sued`.
///
/// The result consists of `a`-`z`, `0`-`9`, `-` and `_`, is never empty, never a reserved device
/// name of Windows and at most 80 characters long. Applying it twice changes nothing. Different
/// texts may give the same name: the caller keeps them apart, best by a key in the text.
#[must_use]
pub fn safe_file_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '_' => out.push(c),
            // A decomposed umlaut: the base letter stands already.
            '\u{308}' if matches!(previous, 'a' | 'o' | 'u') => out.push('e'),
            '\u{300}'..='\u{36f}' => {}
            _ => match transliterated(c) {
                Some(letters) => out.push_str(letters),
                None if out.is_empty() || out.ends_with('-') => {}
                None => out.push('-'),
            },
        }
        previous = c;
    }
    // Everything pushed is ASCII, so any cut is a character boundary.
    out.truncate(MAX_LEN);
    out.truncate(out.trim_end_matches('-').len());
    if out.is_empty() {
        return "_".to_owned();
    }
    if is_reserved(&out) {
        out.insert(0, '_');
    }
    out
}

fn transliterated(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' | 'ĺ' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'þ' => "th",
        _ => return None,
    })
}

/// Whether Windows keeps the name for a device, with any extension and in any case.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" => true,
        _ => {
            let number = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
            number.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
        }
    }
}

/// Accepts a relative path with `/` that means the same file on every system.
///
/// Names with a leading dot are kept for the markers of the swap.
pub(super) fn check_relative(path: &str) -> Result<()> {
    let portable = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !is_reserved(part)
    };
    if path.split('/').all(portable) {
        return Ok(());
    }
    Err(Error::internal(say!(
        "„{path}“ ist kein überall gültiger Name für eine Ausgabedatei",
        "\"{path}\" is no portable name for an output file"
    ))
    .hint(say!(
        "Namen von Ausgabedateien entstehen mit safe_file_name.",
        "names of output files are made with safe_file_name"
    )))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn german_names_become_slugs() {
        for (text, name) in [
            ("Bad Königstein (Süd)", "bad-koenigstein-sued"),
            ("Gießen", "giessen"),
            ("ÄÖÜ", "aeoeue"),
            ("Mu\u{308}nchen", "muenchen"),
            ("Café Ångström", "cafe-angstroem"),
            ("07/08: Wohnsitz", "07-08-wohnsitz"),
            ("../../etc/passwd", "etc-passwd"),
            ("CON", "_con"),
            ("lpt1", "_lpt1"),
            ("com10", "com10"),
            ("nul.", "_nul"),
            ("  . ", "_"),
            ("", "_"),
            ("東京", "_"),
        ] {
            assert_eq!(safe_file_name(text), name, "{text}");
        }
    }

    #[test]
    fn paths_that_mean_something_else_elsewhere_are_refused() {
        for good in ["publish/manifest.json", "internal/NICHT-WEITERGEBEN.txt", "a_b/c.tar.gz"] {
            assert!(check_relative(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a//b", "../a", "a/.", ".hidden", "a\\b", "c:a", "a/con.txt", "a./b", "a /b", "ä"] {
            assert!(check_relative(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_safe_name_is_safe_and_stays(text in any::<String>()) {
            let name = safe_file_name(&text);
            prop_assert!(!name.is_empty() && name.len() <= MAX_LEN + 1);
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)));
            prop_assert!(check_relative(&name).is_ok());
            prop_assert_eq!(safe_file_name(&name), name);
        }

        #[test]
        fn device_names_are_never_made(text in "(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])[. -]{0,3}") {
            prop_assert!(!is_reserved(&safe_file_name(&text)));
        }
    }
}
