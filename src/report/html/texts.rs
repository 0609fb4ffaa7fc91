use minijinja::value::Value;
use toml::{Table, Value as Toml};

use crate::domain::{Lang, say};
use crate::{Error, Result};

/// The embedded text blocks.
const STANDARD: &str = include_str!("../../../reports/texts.toml");

/// The text blocks in one language, with a town's own laid over the standard ones.
pub(super) fn load(own: &str, lang: Lang) -> Result<Value> {
    let mut texts: Table = STANDARD.parse().map_err(|e| {
        Error::internal(say!(
            "Die eingebauten Textbausteine sind fehlerhaft: {e}",
            "the embedded text blocks are broken: {e}"
        ))
    })?;
    let own: Table = own.parse().map_err(|e| {
        Error::config(say!("Die Textbausteine sind kein gültiges TOML: {e}", "the text blocks are not valid TOML: {e}"))
    })?;
    lay_over(&mut texts, own, "")?;
    Ok(in_language(&texts, lang))
}

/// Replaces texts of `base`; a name that is not there is an error, since it would do nothing.
fn lay_over(base: &mut Table, own: Table, path: &str) -> Result<()> {
    for (name, value) in own {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let nearest = base.keys().max_by(|a, b| strsim::jaro(a, &name).total_cmp(&strsim::jaro(b, &name))).cloned();
        match (base.get_mut(&name), value) {
            (Some(Toml::Table(below)), Toml::Table(own)) => lay_over(below, own, &here)?,
            (Some(Toml::String(text)), Toml::String(own)) => *text = own,
            (Some(_), _) => {
                return Err(Error::config(say!(
                    "Der Textbaustein `{here}` hat die falsche Form",
                    "text block `{here}` has the wrong form"
                ))
                .hint(say!(
                    "Ein Baustein wird so geschrieben: name = {{ de = \"...\", en = \"...\" }}",
                    "a block is written as: name = {{ de = \"...\", en = \"...\" }}"
                )));
            }
            (None, _) => {
                let error =
                    Error::config(say!("Einen Textbaustein `{here}` gibt es nicht", "there is no text block `{here}`"));
                return Err(match nearest {
                    Some(nearest) => {
                        error.hint(say!("Gemeint ist vielleicht `{nearest}`.", "did you mean `{nearest}`?"))
                    }
                    None => error,
                });
            }
        }
    }
    Ok(())
}

/// Follows the tables down to the texts and keeps those of `lang`.
fn in_language(table: &Table, lang: Lang) -> Value {
    Value::from_pairs(table.iter().map(|(name, value)| {
        let value = match value {
            Toml::Table(block) => match block.get(lang.tag()) {
                Some(Toml::String(text)) => Value::from(text),
                _ => in_language(block, lang),
            },
            other => Value::from(other.as_str().unwrap_or_default()),
        };
        (name.clone(), value)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(table: &Table, path: &str, out: &mut Vec<(String, Vec<String>)>) {
        for (name, value) in table {
            let here = format!("{path}.{name}");
            let below = value.as_table().expect(&here);
            if below.values().all(Toml::is_str) {
                out.push((here, below.keys().cloned().collect()));
            } else {
                blocks(below, &here, out);
            }
        }
    }

    #[test]
    fn every_block_speaks_both_languages() {
        let mut found = Vec::new();
        blocks(&STANDARD.parse().unwrap(), "", &mut found);
        assert!(found.len() > 100);
        for (name, mut languages) in found {
            languages.sort();
            assert_eq!(languages, ["de", "en"], "{name}");
        }
    }

    #[test]
    fn every_block_is_printed_somewhere() {
        let mut found = Vec::new();
        blocks(&STANDARD.parse().unwrap(), "", &mut found);
        for (name, _) in found {
            let from_code = name.starts_with(".nav.") || name.starts_with(".signs.") || name.ends_with(".title");
            assert!(
                from_code || super::super::TEMPLATES.iter().any(|(_, t)| t.contains(&format!("t{name}"))),
                "{name}"
            );
        }
    }

    #[test]
    fn own_words_replace_standard_ones() {
        let texts = load("[nav]\ntowns = { de = \"Städte\" }", Lang::De).unwrap();
        let nav = texts.get_attr("nav").unwrap();
        assert_eq!(nav.get_attr("towns").unwrap().as_str(), Some("Städte"));
        assert_eq!(nav.get_attr("services").unwrap().as_str(), Some("Leistungen"));
    }

    #[test]
    fn a_block_that_does_nothing_is_an_error() {
        let error = load("[nav]\ntown = { de = \"Städte\" }", Lang::De).err().unwrap();
        assert_eq!(error.to_string(), "there is no text block `nav.town`");
        assert_eq!(error.hints()[0].en, "did you mean `towns`?");
        assert!(load("nav = 1", Lang::De).is_err());
        assert!(load("[nav", Lang::De).is_err());
    }
}
