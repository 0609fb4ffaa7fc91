use crate::domain::say;
use crate::{Error, Result};

/// Less than this a run of any size takes anyhow.
const LEAST: u64 = 512 << 20;

/// The bytes of `memory_limit = "600 MiB"`.
///
/// # Errors
/// If the text is no such number, or less than a run needs.
pub(super) fn limit(text: &str) -> Result<u64> {
    let (number, unit) = text.trim().split_at(text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
    let factor = match unit.trim() {
        "MB" => Some(1_000_000),
        "MiB" => Some(1 << 20),
        "GB" => Some(1_000_000_000),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let bytes = number.parse().ok().zip(factor).and_then(|(number, factor): (u64, u64)| number.checked_mul(factor));
    match bytes {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        found => Err(Error::config(if found.is_some() {
            say!(
                "memory_limit = \"{text}\": So wenig reicht für keinen Lauf",
                "memory_limit = \"{text}\": no run gets along with so little"
            )
        } else {
            say!("memory_limit = \"{text}\" ist keine Größe", "memory_limit = \"{text}\" is no size")
        })
        .hint(say!(
            "Mindestens 512 MiB, als ganze Zahl mit MB, MiB, GB oder GiB: memory_limit = \"2 GiB\"",
            "at least 512 MiB, as a whole number of MB, MiB, GB or GiB: memory_limit = \"2 GiB\""
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        let sizes =
            [("600 MiB", 629_145_600), ("2GiB", 2_147_483_648), (" 600 MB", 600_000_000), ("1 GB", 1_000_000_000)];
        for (text, bytes) in sizes {
            assert_eq!(limit(text).unwrap(), bytes, "{text}");
        }
        for text in
            ["", "600", "MiB", "-1 GiB", "1.5 GiB", "600 mib", "99999999999999999999 GiB", "18446744073709551615 GiB"]
        {
            assert!(limit(text).unwrap_err().to_string().contains("is no size"), "{text}");
        }
        assert!(limit("511 MiB").unwrap_err().to_string().contains("so little"));
    }
}
