//! Palette, fonts, and the measuring and breaking of text.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, register_font};

/// Open Sans Regular (Latin subset) as TrueType, for typesetting and rasterising.
pub const FONT_REGULAR_TTF: &[u8] = include_bytes!("../../reports/fonts/OpenSans-Regular.ttf");
/// Open Sans Bold (Latin subset) as TrueType.
pub const FONT_BOLD_TTF: &[u8] = include_bytes!("../../reports/fonts/OpenSans-Bold.ttf");
/// Open Sans Regular (Latin subset) as WOFF2, for web pages.
pub const FONT_REGULAR_WOFF2: &[u8] = include_bytes!("../../reports/fonts/OpenSans-Regular.woff2");
/// Open Sans Bold (Latin subset) as WOFF2.
pub const FONT_BOLD_WOFF2: &[u8] = include_bytes!("../../reports/fonts/OpenSans-Bold.woff2");

/// The font list as it stands in the SVG; the embedded font is registered under the whole list.
pub(super) const FAMILY: &str = "Open Sans, sans-serif";
const UNITS_PER_EM: f64 = 2048.0;
/// Ascent less descent: at this height plotters measures in font units.
const LINE_UNITS: f64 = 2789.0;

/// Body text: 17:1 on white.
pub(super) const INK: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
/// Footnotes, axis labels: 7:1.
pub(super) const MUTED: RGBColor = RGBColor(0x59, 0x59, 0x59);
/// Axis lines: 4.5:1.
pub(super) const AXIS: RGBColor = RGBColor(0x76, 0x76, 0x76);
/// Grid lines: decoration, the values are written.
pub(super) const GRID: RGBColor = RGBColor(0xdc, 0xdc, 0xdc);
/// The own line, own row, emphasised bar.
pub(super) const OWN: RGBColor = RGBColor(0x0b, 0x3c, 0x73);
/// Edge of the own interval: 3:1 or more.
pub(super) const OWN_EDGE: RGBColor = RGBColor(0x4a, 0x7f, 0xb8);
/// Background of the own row.
pub(super) const OWN_TINT: RGBColor = RGBColor(0xe3, 0xec, 0xf6);
/// The comparison group and other rows.
pub(super) const GROUP: RGBColor = RGBColor(0x60, 0x60, 0x60);
/// Edge of the quartile band: 3:1 or more.
pub(super) const GROUP_EDGE: RGBColor = RGBColor(0x8a, 0x8a, 0x8a);
/// Bars that are not emphasised.
pub(super) const BAR: RGBColor = RGBColor(0x6f, 0x93, 0xbb);
/// Events.
pub(super) const EVENT: RGBColor = RGBColor(0x9c, 0x42, 0x00);
/// Targets.
pub(super) const TARGET: RGBColor = RGBColor(0x6a, 0x2a, 0x80);
/// Paper.
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Size, weight and colour of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
}

impl Type {
    pub const fn new(size: f64, bold: bool, color: RGBColor) -> Self {
        Self { size, bold, color }
    }

    /// Distance between base lines.
    pub fn leading(&self) -> f64 {
        (self.size * 1.3).round()
    }
}

pub(super) const HEADLINE: Type = Type::new(17.0, true, INK);
pub(super) const SUBTITLE: Type = Type::new(13.0, false, INK);
pub(super) const NOTE: Type = Type::new(11.0, true, EVENT);
pub(super) const LABEL: Type = Type::new(12.0, false, INK);
pub(super) const LABEL_BOLD: Type = Type::new(12.0, true, INK);
pub(super) const OWN_LABEL: Type = Type::new(12.0, true, OWN);
pub(super) const GROUP_LABEL: Type = Type::new(12.0, false, MUTED);
pub(super) const TICK: Type = Type::new(12.0, false, MUTED);
pub(super) const SMALL: Type = Type::new(11.0, false, MUTED);

pub(super) fn font_style(bold: bool) -> FontStyle {
    if bold { FontStyle::Bold } else { FontStyle::Normal }
}

/// Registers the embedded fonts once; false if one of them cannot be read.
pub(super) fn fonts_ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, FONT_REGULAR_TTF).is_ok()
            && register_font(FAMILY, FontStyle::Bold, FONT_BOLD_TTF).is_ok()
    })
}

/// Whether the embedded font has the character; others come from a font of unknown width.
fn covered(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{17f}' | '\u{2007}'..='\u{200a}' | '\u{2010}' | '\u{2011}' | '\u{2013}'..='\u{2015}'
        | '\u{2017}'..='\u{201e}' | '\u{2020}'..='\u{2022}' | '\u{2026}' | '\u{202f}'
        | '\u{2030}' | '\u{2039}' | '\u{203a}' | '€' | '←'..='↓' | '\u{2212}' | '≈' | '≠' | '≤' | '≥' | '▲' | '○' | '●')
}

/// Width of `text` in pixels, by the metrics of the embedded font.
pub(super) fn width(text: &str, kind: Type) -> f64 {
    let known: String = text.chars().filter(|c| covered(*c)).collect();
    let foreign = text.chars().count() - known.chars().count();
    let font = FontDesc::new(FontFamily::Name(FAMILY), LINE_UNITS, font_style(kind.bold));
    let units = font.box_size(&known).map_or(known.len() as f64 * 1200.0, |(w, _)| f64::from(w));
    (units / UNITS_PER_EM + foreign as f64) * kind.size
}

/// Text without control characters, direction marks and line breaks, with single spaces.
/// No-break spaces stay. Umlauts written as letter and combining mark become one character.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{308}' => {
                let joined = match out.chars().last() {
                    Some('a') => 'ä',
                    Some('o') => 'ö',
                    Some('u') => 'ü',
                    Some('A') => 'Ä',
                    Some('O') => 'Ö',
                    Some('U') => 'Ü',
                    _ => {
                        out.push(c);
                        continue;
                    }
                };
                out.pop();
                out.push(joined);
            }
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            '\u{fffe}' | '\u{ffff}' => {}
            ' ' | '\t' | '\n' | '\r' => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// `text`, shortened with an ellipsis until it is at most `max` pixels wide.
pub(super) fn shorten(text: &str, kind: Type, max: f64) -> String {
    let text = clean(text);
    if width(&text, kind) <= max {
        return text;
    }
    let chars: Vec<char> = text.chars().collect();
    for keep in (1..chars.len()).rev() {
        let head: String = chars[..keep].iter().collect();
        let candidate = format!("{}…", head.trim_end_matches([' ', '-', ',', '/']));
        if width(&candidate, kind) <= max {
            return candidate;
        }
    }
    "…".to_owned()
}

/// The pieces at which `text` may be broken, each with whether a space stands before it.
fn pieces(text: &str, kind: Type, max: f64) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let mut space = true;
        let chars: Vec<char> = word.chars().collect();
        let mut piece = String::new();
        for (i, c) in chars.iter().enumerate() {
            // A word that is wider than the line is broken where it must be.
            if !piece.is_empty() && width(&format!("{piece}{c}-"), kind) > max && i + 1 < chars.len() {
                piece.push('-');
                out.push((std::mem::take(&mut piece), space));
                space = false;
            }
            piece.push(*c);
            let rest = chars.len() - i - 1;
            // `95-%-Intervall` and `12-Monats-Wert` stay with their number; U+2011 never breaks.
            let number = *c == '-' && i > 0 && (chars[i - 1] == '%' || chars[i - 1].is_numeric());
            let breakable = matches!(c, '/' | '-') && !number && rest > 2 && i > 1 && chars[i + 1].is_alphabetic();
            if breakable {
                out.push((std::mem::take(&mut piece), space));
                space = false;
            }
        }
        if !piece.is_empty() {
            out.push((piece, space));
        }
    }
    out
}

/// Breaks `text` into at most `lines` lines of at most `max` pixels; what does not fit ends in an ellipsis.
pub(super) fn wrap(text: &str, kind: Type, max: f64, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (piece, space) in pieces(&clean(text), kind, max) {
        if let Some(last) = out.last_mut() {
            let joined = format!("{last}{}{piece}", if space { " " } else { "" });
            // Once the last allowed line is open everything goes there; it is shortened below.
            if out.len() >= lines || width(&joined, kind) <= max {
                if let Some(last) = out.last_mut() {
                    *last = joined;
                }
                continue;
            }
        }
        out.push(piece);
    }
    if let Some(last) = out.last_mut() {
        let cut = shorten(last, kind, max);
        // A shortened line ends with a whole word if that costs less than a third of it.
        let whole = cut.rsplit_once(' ').map_or("", |(head, _)| head);
        *last = if cut != *last && whole.len() * 3 > cut.len() * 2 {
            format!("{}…", whole.trim_end_matches([',', '-', '/']))
        } else {
            cut
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: RGBColor) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn colours_are_legible_and_differ_in_grey() {
        for text in [INK, MUTED, OWN, EVENT, TARGET] {
            assert!(contrast(text, PAPER) >= 4.5, "{text:?}");
            assert!(contrast(text, OWN_TINT) >= 4.5, "{text:?}");
        }
        for shape in [AXIS, OWN_EDGE, GROUP, GROUP_EDGE, BAR] {
            assert!(contrast(shape, PAPER) >= 3.0, "{shape:?} {}", contrast(shape, PAPER));
        }
        assert!(contrast(OWN, GROUP) > 1.6, "{}", contrast(OWN, GROUP));
        assert!(contrast(OWN, BAR) > 3.0);
    }

    #[test]
    fn text_is_measured_by_the_font() {
        assert!(fonts_ready());
        // Digits of Open Sans are 1171 units wide.
        assert!((width("0000", LABEL) - 4.0 * 1171.0 / 2048.0 * 12.0).abs() < 0.01);
        assert!(width("Straße", LABEL_BOLD) > width("Straße", LABEL));
        assert!(width("京", LABEL) >= 12.0);
    }

    #[test]
    fn wrapping_keeps_the_width() {
        assert!(fonts_ready());
        let text = "Samtgemeinde Mittelhohenwarthe-Überseebach an der Großen Schnäpel";
        for max in [40.0, 90.0, 150.0, 400.0] {
            for lines in 1..4 {
                let wrapped = wrap(text, LABEL, max, lines);
                assert!(wrapped.len() <= lines);
                assert!(wrapped.iter().all(|l| width(l, LABEL) <= max), "{max} {wrapped:?}");
            }
        }
        assert_eq!(wrap(text, LABEL, 2000.0, 1), [text]);
        assert!(wrap(text, LABEL, 100.0, 1)[0].ends_with('…'));
        assert!(wrap("  ", LABEL, 100.0, 2).is_empty());
        assert_eq!(wrap("Antrag stellen", LABEL, 60.0, 3), ["Antrag", "stellen"]);
        assert_eq!(wrap("Mit 95-%-Spanne", LABEL, 75.0, 3), ["Mit", "95-%-Spanne"]);
        assert_eq!(wrap("Mit 12-Monats-Wert", LABEL, 75.0, 3)[..2], ["Mit", "12-Monats-"]);
        assert_eq!(wrap("Ein Online\u{2011}Antrag", LABEL, 85.0, 3), ["Ein", "Online\u{2011}Antrag"]);
        assert_eq!(wrap("Ein Online-Antrag", LABEL, 85.0, 3), ["Ein Online-", "Antrag"]);
    }

    #[test]
    fn texts_are_cleaned() {
        assert_eq!(clean(" a\u{308}\tb\n\nc\u{0} \u{202e}d "), "ä b c d");
        assert_eq!(clean("5\u{a0}%"), "5\u{a0}%");
    }
}
