use serde_json::{Value, json};

use super::output::Output;
use crate::domain::say;
use crate::ingest::closest;
use crate::report::glossary;
use crate::{Error, Result};

/// Explains a key figure, a finding code, a setting or a method; without a topic it lists them.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// For example online_share, unknown_area, wilson
    topic: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let lang = output.lang();
    let Some(topic) = &arguments.topic else {
        list(output);
        return Ok(());
    };
    let lines = glossary::explain(topic, lang).ok_or_else(|| unknown(topic))?;
    if output.json() {
        let texts = lines.into_iter().map(|line| (line.key.to_owned(), line.text.into()));
        let mut object: serde_json::Map<String, Value> = texts.collect();
        if let Some(title) = object.insert("id".to_owned(), topic.as_str().into()) {
            object.insert("title".to_owned(), title);
        }
        output.value(&object.into());
        return Ok(());
    }
    for line in lines {
        // A text of several lines stands below its label.
        let between = if line.text.contains('\n') { '\n' } else { ' ' };
        output.line(&format!("{}:{between}{}", line.label, line.text));
    }
    Ok(())
}

fn list(output: &Output) {
    let groups = glossary::topics(output.lang());
    if output.json() {
        let topic = |group: &str, id: &str, name: &str| json!({"group": group, "id": id, "name": name});
        let all: Vec<Value> = groups
            .iter()
            .flat_map(|(group, topics)| topics.iter().map(move |(id, name)| topic(group, id, name)))
            .collect();
        output.value(&json!({ "topics": all }));
        return;
    }
    for (at, (_, topics)) in groups.iter().enumerate() {
        if at > 0 {
            output.line("");
        }
        for (id, name) in topics {
            output.line(&format!("{id:32} {name}"));
        }
    }
}

fn unknown(topic: &str) -> Error {
    let groups = glossary::topics(crate::domain::Lang::De);
    let known: Vec<String> =
        groups.iter().flat_map(|(_, topics)| topics.iter().map(|(id, _)| (*id).to_owned())).collect();
    let error = Error::config(say!("Zu „{topic}“ ist nichts bekannt", "nothing is known about \"{topic}\""));
    match closest(topic, &known) {
        Some(similar) => error.did_you_mean(similar),
        None => error.hint(say!("`resonanz explain` listet alle Themen auf.", "`resonanz explain` lists all topics")),
    }
}
