//! `[requests]` and `[[contact]]`: who is asked for missing numbers, by whom and until when.

use serde::Deserialize;

use crate::domain::{Channel, parse_date, say};
use crate::ingest::closest;
use crate::ingest::spec::SourceSpec;
use crate::report::{Contact, RequestSpec, Role};
use crate::{Error, Result};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RequestTable {
    pub enabled: bool,
    pub sender: Option<String>,
    pub sender_email: Option<String>,
    pub deadline: Option<String>,
    pub months: Option<u16>,
    pub at_most: usize,
}

impl Default for RequestTable {
    fn default() -> Self {
        let RequestSpec { enabled, at_most, .. } = RequestSpec::default();
        Self { enabled, sender: None, sender_email: None, deadline: None, months: None, at_most }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactTable {
    pub name: String,
    pub role: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub areas: Vec<String>,
    #[serde(default)]
    pub services: Vec<String>,
    #[serde(default)]
    pub sources: Vec<String>,
    #[serde(default)]
    pub channels: Vec<String>,
}

/// Checks both tables. Areas and services are checked against register and catalogue when these
/// are read.
pub(super) fn check(table: RequestTable, contacts: Vec<ContactTable>, sources: &[SourceSpec]) -> Result<RequestSpec> {
    let deadline = match &table.deadline {
        None => None,
        Some(text) => Some(parse_date(text).map_err(|_| {
            Error::config(say!(
                "requests.deadline = \"{text}\" ist kein Datum",
                "requests.deadline = \"{text}\" is not a date"
            ))
            .hint(say!("Das Datum so schreiben: 2025-09-30", "write it as 2025-09-30"))
        })?),
    };
    if let Some(months) = table.months.filter(|months| !(1..=120).contains(months)) {
        return Err(Error::config(say!(
            "requests.months = {months} liegt nicht zwischen 1 und 120",
            "requests.months = {months} is not between 1 and 120"
        ))
        .hint(say!("Für zwei Jahre: months = 24", "for two years: months = 24")));
    }
    if let Some(email) = &table.sender_email {
        check_email(email).map_err(|error| error.at("requests.sender_email"))?;
    }
    let RequestTable { enabled, sender, sender_email, months, at_most, .. } = table;
    let contacts = contacts.into_iter().map(|contact| checked(contact, sources)).collect::<Result<_>>()?;
    Ok(RequestSpec { enabled, sender, sender_email, deadline, months, at_most, contacts })
}

fn checked(contact: ContactTable, sources: &[SourceSpec]) -> Result<Contact> {
    let ContactTable { name, role, email, areas, services, sources: named, channels } = contact;
    if name.trim().is_empty() {
        return Err(Error::config(say!("Ein [[contact]] hat keinen Namen", "a [[contact]] has no name")));
    }
    let at = |error: Error| error.at(&format!("[[contact]] {name}"));
    let role = Role::ALL.into_iter().find(|known| known.id() == role).ok_or_else(|| {
        at(Error::config(say!("role = \"{role}\" gibt es nicht", "role = \"{role}\" is not known")).hint(say!(
            "Möglich sind \"department\" (Amt), \"vendor\" (Dienstleister) und \"town\" (Gemeinde)",
            "write \"department\", \"vendor\" or \"town\""
        )))
    })?;
    if role == Role::Town && areas.is_empty() {
        return Err(at(Error::config(say!(
            "role = \"town\" braucht `areas`",
            "role = \"town\" needs `areas`"
        ))
        .hint(say!(
            "Ohne diese Angabe ginge ein Schreiben über alle Orte an eine einzige Gemeinde; zum Beispiel: areas = [\"01001000\"]",
            "without it one town would get a letter about all towns; for example: areas = [\"01001000\"]"
        ))));
    }
    if let Some(email) = &email {
        check_email(email).map_err(at)?;
    }
    for wanted in &named {
        if !sources.iter().any(|source| &source.name == wanted) {
            let known: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
            let error = Error::config(say!(
                "sources: Die Quelle „{wanted}“ gibt es nicht",
                "sources: there is no source \"{wanted}\""
            ));
            return Err(at(match closest(wanted, &known) {
                Some(similar) => error.did_you_mean(similar),
                None => error.hint(say!("Die Quellen sind: {}", "the sources are: {}", known.join(", "))),
            }));
        }
    }
    let channel = |text: &String| {
        Channel::parse(text).ok_or_else(|| {
            let known = Channel::ALL.map(Channel::id).join(", ");
            at(Error::config(say!(
                "channels: Den Zugangsweg „{text}“ gibt es nicht",
                "channels: there is no channel \"{text}\""
            ))
            .hint(say!("Möglich sind {known}", "write one of {known}")))
        })
    };
    let channels = channels.iter().map(channel).collect::<Result<_>>()?;
    Ok(Contact { name, email, role, areas, services, sources: named, channels })
}

/// Only what cannot break the header of a message.
fn check_email(text: &str) -> Result<()> {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    if text.split_once('@').is_some_and(|(local, host)| plain(local) && plain(host)) {
        return Ok(());
    }
    Err(Error::config(say!("„{text}“ ist keine E-Mail-Adresse", "\"{text}\" is not an e-mail address")).hint(say!(
        "Nur die Adresse selbst angeben, etwa meldestelle@beispiel.example",
        "give the address alone, for example office@example.org"
    )))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Project;
    use super::*;
    use crate::domain::Lang;

    fn parse(body: &str) -> Result<RequestSpec> {
        let text = format!(
            "schema_version = 1\n[project]\nname = \"T\"\n{body}\n\
             [[source]]\nname = \"orte\"\nkind = \"register\"\nfiles = \"r.csv\"\n\
             [[source]]\nname = \"leistungen\"\nkind = \"services\"\nfiles = \"l.csv\"\n"
        );
        Project::parse(&text, Path::new(".")).map(|project| project.requests)
    }

    fn refused(body: &str) -> (String, String) {
        let error = parse(body).unwrap_err();
        let hints: Vec<&str> = error.hints().iter().map(|h| h.get(Lang::De)).collect();
        (format!("{} | {}", error.message(Lang::De), hints.join(" | ")), error.to_string())
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        assert_eq!(parse("").unwrap(), RequestSpec::default());
        let spec = parse(
            "[requests]\ndeadline = \"30.09.2025\"\nmonths = 6\nat_most = 10\nsender = \"Stabsstelle\"\n\
             [[contact]]\nname = \"Meldestelle\"\nrole = \"department\"\nchannels = [\"Papier\", \"counter\"]\nsources = [\"orte\"]",
        )
        .unwrap();
        assert_eq!(spec.deadline.map(|d| d.to_string()), Some("2025-09-30".to_owned()));
        assert_eq!((spec.months, spec.at_most, spec.enabled), (Some(6), 10, true));
        assert_eq!(spec.contacts[0].channels, [Channel::Paper, Channel::Counter]);
    }

    #[test]
    fn mistakes_are_named_with_their_cure() {
        insta::assert_snapshot!(refused("[requests]\ndeadline = \"bald\"").0, @r#"requests.deadline = "bald" ist kein Datum | Das Datum so schreiben: 2025-09-30"#);
        insta::assert_snapshot!(refused("[requests]\nmonths = 0").0, @"requests.months = 0 liegt nicht zwischen 1 und 120 | Für zwei Jahre: months = 24");
        insta::assert_snapshot!(refused("[[contact]]\nname = \"Amt\"\nrole = \"amt\"").0, @r#"[[contact]] Amt: role = "amt" gibt es nicht | Möglich sind "department" (Amt), "vendor" (Dienstleister) und "town" (Gemeinde)"#);
        insta::assert_snapshot!(refused("[[contact]]\nname = \"Aheim\"\nrole = \"town\"").0, @r#"[[contact]] Aheim: role = "town" braucht `areas` | Ohne diese Angabe ginge ein Schreiben über alle Orte an eine einzige Gemeinde; zum Beispiel: areas = ["01001000"]"#);
        insta::assert_snapshot!(refused("[[contact]]\nname = \"Amt\"\nrole = \"department\"\nsources = [\"leistung\"]").0, @"[[contact]] Amt: sources: Die Quelle „leistung“ gibt es nicht | Gemeint ist vielleicht „leistungen“.");
        insta::assert_snapshot!(refused("[[contact]]\nname = \"Amt\"\nrole = \"department\"\nchannels = [\"Brieftaube\"]").0, @"[[contact]] Amt: channels: Den Zugangsweg „Brieftaube“ gibt es nicht | Möglich sind online, paper, counter, phone, mail, email, fax, other, all");
        for address in
            ["ohne", "a b@c.example", "a@b@c.example", "x@y.example\\nBcc: z@y.example", "<a@b.example>", "@b", "a@"]
        {
            let body = format!("[[contact]]\nname = \"Amt\"\nrole = \"department\"\nemail = \"{address}\"");
            let said = refused(&body).1;
            assert!(said.contains("is not an e-mail address"), "{address}: {said}");
        }
        for name in ["", " "] {
            assert!(refused(&format!("[[contact]]\nname = \"{name}\"\nrole = \"vendor\"")).1.contains("has no name"));
        }
    }
}
