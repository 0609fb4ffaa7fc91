use std::path::Path;

use super::files::{discard, remove_file, rename, stands, sync_dir};
use super::place::{COMPLETE, DISCARDED, Place};
use crate::domain::say;
use crate::{Error, Result};

/// What [`recover`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing was left over.
    Clean,
    /// A swap had been interrupted; now it is done and the new output stands.
    Finished,
    /// A run had been interrupted while writing; its rest is gone and the former output stands.
    RolledBack,
}

/// The steps of a swap, in order. A power cut may fall after any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All files are on the disk.
    Synced,
    /// The staging folder is marked complete: from here on the new output wins.
    Marked,
    /// The former output has stepped aside.
    OldAside,
    /// The new output stands under its name.
    NewInPlace,
    /// Its mark is gone.
    Unmarked,
    /// The former output is gone.
    OldGone,
}

/// Finishes or rolls back what an interrupted run left beside `out`. Every command that reads or
/// writes an output calls it first; [`Staging::begin`](super::Staging::begin) does so by itself.
pub fn recover(out: &Path) -> Result<Recovery> {
    let place = Place::new(out)?;
    if !leftovers(&place) {
        return Ok(Recovery::Clean);
    }
    let _lock = place.lock()?;
    recover_locked(&place)
}

fn leftovers(place: &Place) -> bool {
    stands(&place.staging) || stands(&place.old) || place.out.join(COMPLETE).exists()
}

/// [`recover`] for a caller that holds the lock.
pub(super) fn recover_locked(place: &Place) -> Result<Recovery> {
    if !leftovers(place) {
        return Ok(Recovery::Clean);
    }
    for dir in [&place.staging, &place.old] {
        if stands(dir) {
            Place::check_own(dir)?;
        }
    }
    if place.out.join(COMPLETE).exists() {
        clean_up(place, &mut |_| Ok(()))?;
        return Ok(Recovery::Finished);
    }
    if place.staging.join(COMPLETE).exists() {
        swap(place, &mut |_| Ok(()))?;
        return Ok(Recovery::Finished);
    }
    let mut done = Recovery::Finished;
    if stands(&place.staging) {
        discard(&place.staging)?;
        done = Recovery::RolledBack;
    }
    if stands(&place.old) {
        // A half removed output is none, and where one stands under the name, it is the newer one.
        if stands(&place.out) || place.old.join(DISCARDED).exists() {
            discard(&place.old)?;
        } else {
            rename(&place.old, &place.out)?;
            done = Recovery::RolledBack;
        }
    }
    sync_dir(&place.parent)?;
    Ok(done)
}

/// Puts the marked staging folder under the name of the output. `after` is told each step done; its
/// error stops the swap there, as a power cut would.
pub(super) fn swap(place: &Place, after: &mut dyn FnMut(Step) -> Result<()>) -> Result<()> {
    if stands(&place.out) {
        place.check_foreign()?;
        // Left from a swap that was interrupted while it removed the output before last.
        if stands(&place.old) {
            discard(&place.old)?;
        }
        rename(&place.out, &place.old).map_err(waits)?;
        after(Step::OldAside)?;
    }
    if let Err(error) = rename(&place.staging, &place.out) {
        // An output under its name is worth more than the new one beside it.
        if stands(&place.old) && !stands(&place.out) {
            rename(&place.old, &place.out)?;
        }
        return Err(waits(error));
    }
    sync_dir(&place.parent)?;
    after(Step::NewInPlace)?;
    clean_up(place, after)
}

fn waits(error: Error) -> Error {
    error.hint(say!(
        "Die neue Ausgabe ist vollständig und bleibt erhalten; der nächste Aufruf versucht es erneut.",
        "the new output is complete and kept: the next command tries again to put it in place"
    ))
}

fn clean_up(place: &Place, after: &mut dyn FnMut(Step) -> Result<()>) -> Result<()> {
    remove_file(&place.out.join(COMPLETE))?;
    after(Step::Unmarked)?;
    if stands(&place.old) {
        discard(&place.old)?;
    }
    sync_dir(&place.parent)?;
    after(Step::OldGone)
}
