use super::{Content, DATES, Template, date, key, number, same};
use crate::domain::Text;

pub(super) const TERRITORY: Template = Template {
    file: Text::new("gebietsaenderungen.csv", "territory.csv"),
    about: Text::new(
        "Freigestellt: Zusammenschlüsse, Teilungen und neue Schlüssel von Orten.",
        "Optional: mergers, splits and new keys of places.",
    ),
    content: Content::Csv,
    columns: &[
        key(
            Text::new("Alter Schlüssel", "Old key"),
            Text::new("Der Schlüssel bis zur Änderung.", "The key until the change."),
            Text::new("Auch ein Schlüssel, der nicht mehr im Register steht.", "Also a key no longer in the register."),
            same("99001099"),
        ),
        key(
            Text::new("Neuer Schlüssel", "New key"),
            Text::new(
                "Der Schlüssel seit der Änderung; für den Teil, der bleibt, der alte.",
                "The key since the change; the old one for the part that stays.",
            ),
            Text::new(
                "Ein Schlüssel aus dem Register oder einer, der sich später wieder ändert.",
                "A key from the register, or one that changes again later.",
            ),
            same("99001001"),
        ),
        date(
            Text::new("Gültig ab", "Valid from"),
            Text::new("Der erste Tag mit dem neuen Schlüssel.", "The first day with the new key."),
            DATES,
            Text::new("01.01.2020", "2020-01-01"),
        ),
        number(
            Text::new("Anteil", "Share"),
            Text::new(
                "Welcher Teil des alten Gebiets übergeht; je altem Schlüssel und Tag zusammen 1.",
                "Which part of the old unit passes over; 1 in all per old key and day.",
            ),
            Text::new("Eine Zahl über 0 bis 1; leer ist 1.", "A number above 0 and up to 1; empty is 1."),
            same("1"),
        ),
    ],
};
