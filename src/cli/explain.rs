use super::output::Output;
use crate::domain::say;
use crate::ingest::{Code, closest};
use crate::kpi::CATALOGUE;
use crate::report::glossary;
use crate::{Error, Result};

/// Explains a key figure, a finding code or a method; without a topic it lists them.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// For example online_share, unknown_area, wilson
    topic: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let lang = output.lang();
    let Some(topic) = &arguments.topic else {
        for kpi in CATALOGUE {
            output.line(&format!("{:32} {}", kpi.id, kpi.name.get(lang)));
        }
        output.line("");
        for code in Code::ALL {
            output.line(&format!("{:32} {}", code.id(), code.title().get(lang)));
        }
        output.line("");
        for method in glossary::METHODS {
            output.line(&format!("{:32} {}", method.id, method.name.get(lang)));
        }
        return Ok(());
    };
    let lines = glossary::explain(topic, lang).ok_or_else(|| unknown(topic))?;
    if output.json() {
        let object: serde_json::Map<String, serde_json::Value> =
            lines.into_iter().map(|(label, text)| (label, text.into())).collect();
        output.value(&object.into());
        return Ok(());
    }
    for (label, text) in lines {
        output.line(&format!("{label}: {text}"));
    }
    Ok(())
}

fn unknown(topic: &str) -> Error {
    let known: Vec<String> = CATALOGUE
        .iter()
        .map(|k| k.id.to_owned())
        .chain(Code::ALL.iter().map(|c| c.id().to_owned()))
        .chain(glossary::METHODS.iter().map(|m| m.id.to_owned()))
        .collect();
    let error = Error::config(say!("Zu „{topic}“ ist nichts bekannt", "nothing is known about \"{topic}\""));
    match closest(topic, &known) {
        Some(similar) => error.did_you_mean(similar),
        None => error.hint(say!("`resonanz explain` listet alle Themen auf.", "`resonanz explain` lists all topics")),
    }
}
