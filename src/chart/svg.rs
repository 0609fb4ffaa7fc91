//! What plotters does not write: role, title, description, font list, exact base lines.

use super::canvas::{Drawing, UNITS};
use super::style::clean;
use crate::domain::Lang;

/// Escapes text for element content and attributes, without characters that XML forbids.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// An XML id made from any text: letters, digits, `-` and `_`, not beginning with a digit.
pub(super) fn id(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            out.push(c);
        } else {
            out.push('-');
        }
    }
    if !out.starts_with(|c: char| c.is_ascii_alphabetic()) {
        out.insert_str(0, "chart-");
    }
    out
}

/// The finished SVG.
pub(super) fn finish(drawing: &Drawing, raw_id: &str, title: &str, alt: &str, lang: Lang) -> String {
    let id = id(raw_id);
    let (w, h) = (drawing.width.round(), drawing.height.round());
    let (vw, vh) = ((drawing.width * UNITS).round(), (drawing.height * UNITS).round());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" lang=\"{}\" \
         width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {vw} {vh}\" stroke-linejoin=\"round\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        lang.tag(),
        escape(title),
        escape(alt),
    );
    // plotters writes one tag per line, and a text between its tags on a line of its own.
    let mut lines = drawing.svg.lines().skip(1);
    let mut dashes = drawing.dashes.iter();
    while let Some(line) = lines.next() {
        if line.starts_with("<text") {
            out.push_str(&text_tag(line));
            out.push_str(lines.next().unwrap_or_default());
            out.push_str(lines.next().unwrap_or_default());
        } else {
            let line = line.replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>");
            match (line.strip_prefix("<polyline"), dashes.as_slice().first()) {
                (Some(rest), Some(dash)) => {
                    dashes.next();
                    out.push_str("<polyline");
                    if let Some((on, off)) = dash {
                        out.push_str(&format!(" stroke-dasharray=\"{on} {off}\""));
                    }
                    out.push_str(rest);
                }
                _ => out.push_str(&line),
            }
        }
        out.push('\n');
    }
    out
}

/// Base line at `y` itself, font size without the trace of a division.
fn text_tag(tag: &str) -> String {
    let tag = tag.replace(" dy=\"-0.5ex\"", "").replace(" opacity=\"1\"", "").replace(" text-anchor=\"start\"", "");
    let marker = "font-size=\"";
    let Some((before, rest)) = tag.split_once(marker) else { return tag };
    let Some((number, after)) = rest.split_once('"') else { return tag };
    let size = number.parse::<f64>().map_or(0.0, |n| (n * 100.0).round() / 100.0);
    format!("{before}{marker}{size}\"{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_valid() {
        assert_eq!(id("trend 1/ä"), "trend-1--");
        assert_eq!(id("09162000"), "chart-09162000");
        assert_eq!(id(""), "chart-");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b>&\"c'\u{1}"), "a&lt;b&gt;&amp;&quot;c&apos;");
    }

    #[test]
    fn text_tags_are_made_exact() {
        let tag =
            r##"<text x="1" y="2" dy="-0.5ex" text-anchor="end" font-size="119.99999999" opacity="1" fill="#000000">"##;
        assert_eq!(text_tag(tag), r##"<text x="1" y="2" text-anchor="end" font-size="120" fill="#000000">"##);
    }
}
