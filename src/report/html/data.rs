use minijinja::value::Value;
use serde::Serialize;

use crate::domain::say;
use crate::{Error, Result};

/// `95-%-` as in `95-%-Spanne`, which no line end may tear apart.
const UNBROKEN: &str = "95\u{2011}%\u{2011}";

/// Turns a view into template data: `svg` is marked safe, every `href` is checked and made
/// relative with `root` (empty, or `../` for a page in a sub folder).
pub(super) fn to_value<T: Serialize>(view: &T, root: &str) -> Result<Value> {
    let json = serde_json::to_value(view).map_err(|e| {
        Error::internal(say!(
            "Eine Seite des Berichts kann nicht serialisiert werden: {e}",
            "a page cannot be serialised: {e}"
        ))
    })?;
    convert(json, root)
}

fn convert(json: serde_json::Value, root: &str) -> Result<Value> {
    use serde_json::Value as Json;
    Ok(match json {
        Json::Null => Value::from(()),
        Json::Bool(b) => Value::from(b),
        Json::Number(n) => match n.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(n.as_f64()),
        },
        Json::String(s) => Value::from(s.replace("95-%-", UNBROKEN)),
        Json::Array(items) => {
            Value::from(items.into_iter().map(|item| convert(item, root)).collect::<Result<Vec<_>>>()?.as_slice())
        }
        Json::Object(fields) => {
            let mut pairs = Vec::with_capacity(fields.len());
            for (name, field) in fields {
                let value = match (name.as_str(), field) {
                    ("svg", Json::String(svg)) => Value::from_safe_string(inline_svg(&svg).to_owned()),
                    ("href", Json::String(href)) => Value::from_safe_string(relative(&href, root)?),
                    (_, field) => convert(field, root)?,
                };
                pairs.push((name, value));
            }
            Value::from_pairs(pairs)
        }
    })
}

/// The drawing without an XML declaration, which has no place inside HTML.
fn inline_svg(svg: &str) -> &str {
    svg.find("<svg").map_or("", |at| svg[at..].trim_end())
}

/// The link as the page needs it. What could leave the report is refused, so that no delivered
/// text becomes a link by accident.
fn relative(href: &str, root: &str) -> Result<String> {
    let (path, anchor) = match href.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (href, None),
    };
    let plain = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) && !part.starts_with('.')
    };
    let good_path =
        if path.is_empty() { anchor.is_some() } else { path.split('/').all(|part| !part.is_empty() && plain(part)) };
    if !good_path || anchor.is_some_and(|a| a.is_empty() || !plain(a)) {
        return Err(Error::internal(say!(
            "„{href}“ ist kein Verweis innerhalb des Berichts",
            "\"{href}\" is no link inside the report"
        )));
    }
    Ok(if path.is_empty() { href.to_owned() } else { format!("{root}{href}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside_the_report() {
        for (href, made) in [
            ("index.html", "../index.html"),
            ("orte/a-b_1.html", "../orte/a-b_1.html"),
            ("index.html#towns", "../index.html#towns"),
            ("#row-1", "#row-1"),
        ] {
            assert_eq!(relative(href, "../").unwrap(), made);
        }
        for href in [
            "",
            "#",
            "/etc",
            "../x.html",
            "javascript:alert(1)",
            "https://a.de",
            "a b.html",
            "a//b",
            "a.html#",
            "#<",
            "ä.html",
        ] {
            assert!(relative(href, "").is_err(), "{href}");
        }
    }

    #[test]
    fn the_level_of_an_interval_stays_on_one_line() {
        let value = to_value(&["95-%-Spanne: 36,1 bis 40,8 %", "5-%-Hürde"], "").unwrap();
        assert_eq!(value.get_item_by_index(0).unwrap().as_str(), Some("95\u{2011}%\u{2011}Spanne: 36,1 bis 40,8 %"));
        assert_eq!(value.get_item_by_index(1).unwrap().as_str(), Some("5-%-Hürde"));
    }

    #[test]
    fn the_prolog_of_a_drawing_goes() {
        assert_eq!(inline_svg("<?xml version=\"1.0\"?>\n<!-- a -->\n<svg></svg>\n"), "<svg></svg>");
        assert_eq!(inline_svg("none"), "");
    }
}
