//! A file system that is too small for the output.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Work;

/// A file system in memory, taken away at the end.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, kib: u32) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={kib}k");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "small"]).arg(at).status().unwrap();
        assert!(done.success(), "mounting takes root");
        Self(at.to_path_buf())
    }

    fn resize(&self, kib: u32) {
        let size = format!("remount,size={kib}k");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Wherever the disk is full, the earlier output stands, nothing else is left, and the next run succeeds.
#[test]
#[ignore = "mounts a file system, which takes root"]
fn full_disk_leaves_the_earlier_output() {
    let work = Work::new();
    work.ok(&["demo", "project"]);
    std::fs::remove_dir_all(work.path("project/out")).unwrap();
    work.edit("project/resonanz.toml", "output = \"out\"", "output = \"../small/out\"");
    let small = Small::mount(&work.path("small"), 200_000);
    work.ok(&["run", "project"]);
    let whole = work.tree("small/out");
    let bytes: usize = whole.values().map(Vec::len).sum();
    // Room for the output that stands and for a part of the next one.
    for tenths in [0, 1, 4, 8] {
        let kib = bytes / 1024;
        small.resize(u32::try_from(kib + kib * tenths / 10 + 2_000).unwrap());
        let outcome = work.run(&["run", "project"]);
        assert_eq!(outcome.code, 4, "{tenths}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains("No space left on device"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("small/"), "it says where: {}", outcome.stderr);
        assert!(work.tree("small/out") == whole, "{tenths}: the earlier output has changed");
        let left: Vec<String> = work.tree("small").into_keys().filter(|name| !name.starts_with("out/")).collect();
        assert!(left.iter().all(|name| name.ends_with("lock")), "{tenths}: {left:?}");
    }
    small.resize(200_000);
    work.ok(&["run", "project"]);
    assert!(work.tree("small/out") == whole);
}
