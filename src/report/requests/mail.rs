//! An e-mail as a draft: RFC 5322 with MIME, the same bytes on every day.
//!
//! Date and Message-ID are missing on purpose: the mail program adds them when the draft is sent
//! (`X-Unsent: 1` makes it open as one).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Neither base64 nor quoted-printable can contain `=_`, so no part can contain the boundary.
const BOUNDARY: &str = "=_resonanz_request";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Longest line of base64 and quoted-printable.
const LINE: usize = 76;

/// What a draft is made of.
pub(super) struct Draft<'a> {
    /// Name and address of the sender.
    pub from: Option<(&'a str, &'a str)>,
    /// Name and address of the recipient.
    pub to: Option<(&'a str, &'a str)>,
    pub subject: &'a str,
    pub body: &'a str,
    /// An ASCII name without blanks.
    pub file_name: &'a str,
    pub attachment: &'a [u8],
}

impl Draft<'_> {
    /// The bytes of an `.eml` file, with CRLF.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = String::from("X-Unsent: 1\r\n");
        for (header, person) in [("From", self.from), ("To", self.to)] {
            if let Some((name, address)) = person {
                out.push_str(&format!("{header}: {}\r\n <{address}>\r\n", encoded_words(name, header.len() + 2)));
            }
        }
        out.push_str(&format!("Subject: {}\r\n", encoded_words(self.subject, "Subject: ".len())));
        out.push_str("MIME-Version: 1.0\r\n");
        out.push_str(&format!("Content-Type: multipart/mixed;\r\n boundary=\"{BOUNDARY}\"\r\n\r\n"));
        out.push_str(&format!("--{BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\n"));
        out.push_str("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        out.push_str(&quoted_printable(self.body));
        out.push_str(&format!("\r\n--{BOUNDARY}\r\nContent-Type: {XLSX};\r\n name=\"{0}\"\r\n", self.file_name));
        out.push_str("Content-Transfer-Encoding: base64\r\n");
        out.push_str(&format!("Content-Disposition: attachment;\r\n filename=\"{}\"\r\n\r\n", self.file_name));
        let coded = STANDARD.encode(self.attachment);
        for line in coded.as_bytes().chunks(LINE) {
            out.push_str(&String::from_utf8_lossy(line));
            out.push_str("\r\n");
        }
        out.push_str(&format!("--{BOUNDARY}--\r\n"));
        out.into_bytes()
    }
}

/// RFC 2047: words of at most 75 characters that never split a character, one to a line. Everything
/// is encoded, so that no name can end the header or look like another one.
fn encoded_words(text: &str, used: usize) -> String {
    // "=?UTF-8?B?" and "?=" take 12 of 75; 45 bytes make 60 characters. The first line is shared
    // with the header's name.
    let mut words = Vec::new();
    let mut word = String::new();
    let mut room = 45usize.saturating_sub(used);
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if word.len() + c.len_utf8() > room {
            words.push(std::mem::take(&mut word));
            room = 45;
        }
        word.push(c);
    }
    words.push(word);
    let coded = words.iter().map(|w| format!("=?UTF-8?B?{}?=", STANDARD.encode(w)));
    coded.collect::<Vec<_>>().join("\r\n ")
}

/// RFC 2045, with CRLF at the ends of lines.
fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let bytes = line.as_bytes();
        let mut length = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
            let width = if plain { 1 } else { 3 };
            if length + width > LINE - 1 {
                out.push_str("=\r\n");
                length = 0;
            }
            length += width;
            if plain {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("={byte:02X}"));
            }
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        let joined = text.replace("=\r\n", "");
        let (mut out, mut rest) = (Vec::new(), joined.as_bytes());
        while let [first, tail @ ..] = rest {
            if *first == b'=' {
                out.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                rest = &tail[2..];
            } else {
                out.push(*first);
                rest = tail;
            }
        }
        out
    }

    fn subject(text: &str) -> String {
        let words = text.split("\r\n ").map(|w| w.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap());
        words.map(|w| String::from_utf8(STANDARD.decode(w).unwrap()).unwrap()).collect()
    }

    #[test]
    fn no_name_can_write_a_header_of_its_own() {
        let to = Some(("Amt\r\nBcc: x@beispiel.example", "amt@beispiel.example"));
        let draft = Draft { from: None, to, subject: "s", body: "b", file_name: "a.xlsx", attachment: b"PK" };
        let text = String::from_utf8(draft.bytes()).unwrap();
        assert!(!text.contains("\r\nBcc"));
        let headers: Vec<&str> = text.split("\r\n\r\n").next().unwrap().split("\r\n").collect();
        assert!(headers.iter().all(|l| l.starts_with(' ') || l.contains(": ")), "{headers:?}");
        assert!(!headers.iter().any(|l| l.starts_with("Date") || l.starts_with("Message-ID")));
    }

    proptest! {
        #[test]
        fn bodies_and_subjects_come_back(lines in prop::collection::vec("[^\\r\\n]{0,120}", 1..5), line in "\\PC{0,150}") {
            let body = lines.join("\n");
            let coded = quoted_printable(&body);
            prop_assert!(coded.is_ascii() && coded.split("\r\n").all(|l| l.len() <= LINE));
            let back = String::from_utf8(decoded(&coded)).unwrap();
            let expected: Vec<&str> = body.lines().collect();
            let found: Vec<&str> = back.split("\r\n").collect();
            prop_assert_eq!(&found[..expected.len()], &expected[..]);
            let words = encoded_words(&line, 9);
            prop_assert!(words.split("\r\n ").all(|w| w.len() <= 75));
            prop_assert_eq!(subject(&words), line);
        }
    }
}
