use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::place::{COMPLETE, DISCARDED, WRITING};
use super::swap::Step;
use super::*;
use crate::domain::{Lang, Month};
use crate::{Error, ErrorKind};

const STEPS: [Step; 6] = [Step::Synced, Step::Marked, Step::OldAside, Step::NewInPlace, Step::Unmarked, Step::OldGone];

fn write_version(out: &Path, version: &str) -> crate::Result<()> {
    stage_version(out, version)?.commit(&Manifest::new(json!({ "v": version })))
}

fn stage_version(out: &Path, version: &str) -> crate::Result<Staging> {
    let stage = Staging::begin(out)?;
    stage.write("publish/bericht/index.html", version.as_bytes())?;
    stage.write(&format!("publish/only-in-{version}.csv"), b"a\n")?;
    stage.write("internal/panel.csv", version.as_bytes())?;
    Ok(stage)
}

/// The version that stands complete under the name of the output.
fn version(out: &Path) -> String {
    let text = fs::read_to_string(out.join("publish/bericht/index.html")).unwrap();
    assert_eq!(fs::read_to_string(out.join("internal/panel.csv")).unwrap(), text);
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("internal/manifest.json")).unwrap()).unwrap();
    let mut listed = vec!["internal/manifest.json".to_owned()];
    for file in manifest["outputs"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        assert_eq!(file["sha256"], sha256_hex(&fs::read(out.join(path)).unwrap()), "{path}");
        listed.push(path.to_owned());
    }
    listed.sort();
    assert_eq!(files::list(out).unwrap(), listed);
    text
}

fn neighbours(out: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(out.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    (dir, out)
}

#[test]
fn an_output_replaces_the_former_one_as_a_whole() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    assert_eq!(version(&out), "one");
    write_version(&out, "two").unwrap();
    assert_eq!(version(&out), "two");
    assert!(!out.join("publish/only-in-one.csv").exists());
    assert_eq!(neighbours(&out), ["out"]);
    assert!(fs::read_to_string(out.join("internal/NICHT-WEITERGEBEN.txt")).unwrap().contains("DO NOT PASS ON"));
    assert_eq!(recover(&out).unwrap(), Recovery::Clean);
}

#[test]
fn an_uncommitted_output_leaves_no_trace() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    drop(stage_version(&out, "two").unwrap());
    assert_eq!(version(&out), "one");
    assert_eq!(neighbours(&out), ["out"]);
}

#[test]
fn a_power_cut_after_any_step_leaves_one_complete_output() {
    for step in STEPS {
        for former in [true, false] {
            if !former && step == Step::OldAside {
                continue;
            }
            let (_dir, out) = place();
            if former {
                write_version(&out, "one").unwrap();
            }
            let stage = stage_version(&out, "two").unwrap();
            let staging = out.with_file_name(".out.new");
            let cut = stage.commit_observed(&Manifest::default(), &mut |done| {
                if done == step { Err(Error::internal("power cut")) } else { Ok(()) }
            });
            assert_eq!(cut.unwrap_err().to_string(), "power cut");
            if step == Step::Synced {
                // The error was seen by a living process, which tidied up.
                assert!(!staging.exists());
                continue;
            }
            let found = recover(&out).unwrap();
            assert_eq!(version(&out), "two", "{step:?}");
            let clean = step == Step::OldGone || (step == Step::Unmarked && !former);
            assert_eq!(found, if clean { Recovery::Clean } else { Recovery::Finished }, "{step:?} {former}");
            assert_eq!(neighbours(&out), ["out"], "{step:?}");
            assert_eq!(recover(&out).unwrap(), Recovery::Clean);
            write_version(&out, "three").unwrap();
            assert_eq!(version(&out), "three");
        }
    }
}

#[test]
fn a_power_cut_while_writing_leaves_the_former_output() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    stage_version(&out, "two").unwrap().lose_power();
    assert_eq!(neighbours(&out), [".out.new", "out"]);
    assert_eq!(recover(&out).unwrap(), Recovery::RolledBack);
    assert_eq!(version(&out), "one");
    assert_eq!(neighbours(&out), ["out"]);
}

#[test]
fn a_former_output_set_aside_comes_back_when_the_new_one_is_lost() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    fs::rename(&out, out.with_file_name(".out.old")).unwrap();
    let staging = out.with_file_name(".out.new");
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join(WRITING), "").unwrap();
    assert_eq!(recover(&out).unwrap(), Recovery::RolledBack);
    assert_eq!(version(&out), "one");
}

#[test]
fn a_half_removed_folder_is_removed_and_never_comes_back() {
    for under_its_name in [true, false] {
        let (_dir, out) = place();
        if under_its_name {
            write_version(&out, "one").unwrap();
        }
        let old = out.with_file_name(".out.old");
        fs::create_dir_all(old.join("publish")).unwrap();
        fs::write(old.join(DISCARDED), "").unwrap();
        fs::write(old.join("publish/rest.csv"), "").unwrap();
        recover(&out).unwrap();
        assert!(!old.exists());
        assert_eq!(out.exists(), under_its_name);
        write_version(&out, "two").unwrap();
        assert_eq!(version(&out), "two");
    }
}

#[test]
fn the_next_run_finishes_the_swap_first() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    let stage = stage_version(&out, "two").unwrap();
    let cut = |done| if done == Step::OldAside { Err(Error::internal("power cut")) } else { Ok(()) };
    stage.commit_observed(&Manifest::default(), &mut { cut }).unwrap_err();
    assert!(!out.exists() && out.with_file_name(".out.new").join(COMPLETE).exists());
    let third = stage_version(&out, "three").unwrap();
    assert_eq!(version(&out), "two");
    third.commit(&Manifest::default()).unwrap();
    assert_eq!(version(&out), "three");
}

#[test]
fn foreign_folders_and_files_are_never_touched() {
    let (_dir, out) = place();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.docx"), "years of work").unwrap();
    let refused = Staging::begin(&out).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Config);
    assert!(refused.to_string().contains("thesis.docx"));
    assert_eq!(refused.hints().len(), 1);
    assert_eq!(neighbours(&out), ["out"]);

    // An empty folder is welcome, and so is what a file manager leaves in it.
    fs::rename(out.join("thesis.docx"), out.join("Thumbs.db")).unwrap();
    write_version(&out, "one").unwrap();

    // A file of one's own in the output folder would be lost with it.
    fs::write(out.join("publish/notes.txt"), "mine").unwrap();
    let refused = Staging::begin(&out).unwrap_err();
    assert!(refused.to_string().contains("publish/notes.txt"), "{refused}");
    fs::remove_file(out.join("publish/notes.txt")).unwrap();

    // Put there while the run works: the swap refuses, the new output waits.
    let stage = stage_version(&out, "two").unwrap();
    fs::write(out.join("late.txt"), "mine").unwrap();
    assert!(stage.commit(&Manifest::default()).unwrap_err().to_string().contains("late.txt"));
    assert!(recover(&out).is_err());
    fs::remove_file(out.join("late.txt")).unwrap();
    assert_eq!(recover(&out).unwrap(), Recovery::Finished);
    assert_eq!(version(&out), "two");

    // A file under the name of the output, and a neighbour that only has our name.
    let file = out.with_file_name("file");
    fs::write(&file, "").unwrap();
    assert!(Staging::begin(&file).is_err());
    let other = out.with_file_name(".out.new");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mine.txt"), "mine").unwrap();
    assert!(Staging::begin(&out).unwrap_err().to_string().contains(".out.new"));
    assert!(other.join("mine.txt").exists());
}

#[test]
fn an_output_without_one_of_its_folders_is_still_known() {
    for lost in ["internal", "publish"] {
        let (_dir, out) = place();
        write_version(&out, "one").unwrap();
        fs::remove_dir_all(out.join(lost)).unwrap();
        write_version(&out, "two").unwrap();
        assert_eq!(version(&out), "two");
    }
}

#[test]
fn one_process_at_a_time() {
    let (_dir, out) = place();
    let first = stage_version(&out, "one").unwrap();
    assert!(Staging::begin(&out).unwrap_err().to_string().contains("another run"));
    assert!(recover(&out).is_err());
    first.commit(&Manifest::default()).unwrap();
    assert_eq!(version(&out), "one");
}

#[test]
fn a_run_that_publishes_nothing_keeps_what_was_published() {
    let (_dir, out) = place();
    write_version(&out, "one").unwrap();
    let before = fs::read(out.join("publish/manifest.json")).unwrap();
    let stage = Staging::begin(&out).unwrap();
    stage.write("internal/findings.csv", b"code\n").unwrap();
    stage.carry_over(PUBLISH).unwrap();
    stage.commit(&Manifest::default()).unwrap();
    assert!(!out.join("internal/panel.csv").exists() && out.join("internal/findings.csv").exists());
    assert_eq!(fs::read(out.join("publish/manifest.json")).unwrap(), before);
    assert_eq!(fs::read_to_string(out.join("publish/bericht/index.html")).unwrap(), "one");
    write_version(&out, "two").unwrap();
    assert_eq!(version(&out), "two");

    // Nothing was ever published: there is nothing to carry over.
    let (_dir, out) = place();
    let stage = Staging::begin(&out).unwrap();
    stage.write("internal/findings.csv", b"code\n").unwrap();
    stage.carry_over(PUBLISH).unwrap();
    stage.commit(&Manifest::default()).unwrap();
    assert!(!out.join("publish").exists());
    write_version(&out, "one").unwrap();
}

#[test]
fn a_path_is_written_once_and_stays_inside() {
    let (_dir, out) = place();
    let stage = Staging::begin(&out).unwrap();
    stage.write("publish/A.csv", b"").unwrap();
    assert!(stage.write("publish/a.csv", b"").is_err());
    assert!(stage.write("../escape.csv", b"").is_err());
    assert!(stage.write(".resonanz-complete", b"").is_err());
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let (dir, out) = place();
    write_version(&out, "one").unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&out, &link).unwrap();
    write_version(&link, "two").unwrap();
    assert!(link.is_symlink());
    assert_eq!(version(&out), "two");
}

fn sample() -> Table {
    let text = |name: &str| Column::new(name, "deutsch", "English");
    Table::builder("online-share", Label::new("Nutzungsrate", "Online share"))
        .describe("Anteil online.", "Share online.")
        .text(text("area").describe("Gemeindeschlüssel", "municipality key"), ["01001000", "=1+1"])
        .month(text("month"), [Month::new(2025, 3), None])
        .number(text("value").unit("share"), [Some(0.384), None])
        .integer(text("n"), [12, -3])
        .boolean(text("hidden"), [false, true])
        .key(&["area", "month"])
        .build()
        .unwrap()
}

#[test]
fn the_data_package_describes_both_forms_of_a_table() {
    let info = PackageInfo {
        name: "Musterstadt Nutzung".into(),
        title: Label::new("Nutzung", "Use"),
        description: Label::default(),
        lang: Lang::De,
        licence: None,
    };
    let bytes = |name: &str| {
        let (_dir, out) = place();
        let stage = Staging::begin(&out).unwrap();
        write_tables(&stage, "publish/daten", &[sample()], &info).unwrap();
        stage.commit(&Manifest::default()).unwrap();
        fs::read(out.join("publish").join(name)).unwrap()
    };
    let csv = String::from_utf8(bytes("daten/online-share.csv")).unwrap();
    assert_eq!(csv, "area,month,value,n,hidden\n01001000,2025-03,0.384,12,false\n'=1+1,,,-3,true\n");
    let package: Value = serde_json::from_slice(&bytes("daten/datapackage.json")).unwrap();
    assert_eq!(package["profile"], "tabular-data-package");
    assert_eq!(package["name"], "musterstadt-nutzung");
    assert_eq!((&package["title"], &package["title_en"]), (&json!("Nutzung"), &json!("Use")));
    let [first, second] = package["resources"].as_array().unwrap().as_slice() else { panic!("two resources") };
    assert_eq!(first["path"], "online-share.csv");
    assert_eq!(first["hash"], format!("sha256:{}", sha256_hex(csv.as_bytes())));
    assert_eq!(first["bytes"], csv.len());
    assert_eq!(first["schema"]["missingValues"], json!([""]));
    assert_eq!(first["schema"]["primaryKey"], json!(["area", "month"]));
    let kinds = |resource: &Value| -> Vec<Value> {
        resource["schema"]["fields"].as_array().unwrap().iter().map(|field| field["type"].clone()).collect()
    };
    assert_eq!(kinds(first), ["string", "yearmonth", "number", "integer", "boolean"]);
    assert_eq!(kinds(second), ["string", "date", "number", "integer", "boolean"]);
    assert_eq!(second["path"], "online-share.parquet");
    for name in ["daten/datapackage.json", "daten/online-share.parquet", "manifest.json"] {
        assert_eq!(bytes(name), bytes(name), "{name}");
    }
}

#[test]
fn a_table_that_does_not_fit_is_refused() {
    let column = |name: &str| Column::new(name, "", "");
    let table = |name: &str| Table::builder(name, Label::default());
    for (wrong, says) in [
        (table("T"), "file name"),
        (table("t"), "no columns"),
        (table("t").integer(column("Größe"), [1]), "a-z"),
        (table("t").integer(column("a"), [1]).integer(column("a"), [1]), "two columns"),
        (table("t").integer(column("a"), [1]).integer(column("b"), [1, 2]), "2 cells"),
        (table("t").number(column("a"), [1.0, f64::NAN]), "row 2"),
        (table("t").number(column("a"), [1.0]).key(&["b"]), "key"),
    ] {
        let error = wrong.build().unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
