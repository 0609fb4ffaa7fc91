use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{INTERNAL, MANIFEST, sha256_hex};

/// The SHA-256 of the manifest in `out`, if an output stands there whole: every file that the manifest lists,
/// with its size.
#[must_use]
pub fn standing(out: &Path) -> Option<String> {
    let bytes = fs::read(out.join(INTERNAL).join(MANIFEST)).ok()?;
    let manifest: Value = serde_json::from_slice(&bytes).ok()?;
    let stands = |file: &Value| {
        let (path, size) = (file["path"].as_str()?, file["bytes"].as_u64()?);
        let metadata = fs::metadata(out.join(path)).ok()?;
        (metadata.is_file() && metadata.len() == size).then_some(())
    };
    manifest["outputs"].as_array()?.iter().all(|file| stands(file).is_some()).then(|| sha256_hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::{Manifest, Staging};

    #[test]
    fn an_output_stands_if_nothing_of_it_is_missing_or_of_another_size() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        assert_eq!(standing(&out), None);
        let stage = Staging::begin(&out).unwrap();
        stage.write("publish/a.txt", b"abc").unwrap();
        stage.commit(&Manifest::default()).unwrap();
        let digest = standing(&out).unwrap();
        assert_eq!(digest, sha256_hex(&fs::read(out.join("internal/manifest.json")).unwrap()));
        fs::write(out.join("publish/a.txt"), "ab").unwrap();
        assert_eq!(standing(&out), None);
        fs::write(out.join("publish/a.txt"), "abc").unwrap();
        assert_eq!(standing(&out), Some(digest));
        fs::remove_file(out.join("publish/a.txt")).unwrap();
        assert_eq!(standing(&out), None);
    }
}
