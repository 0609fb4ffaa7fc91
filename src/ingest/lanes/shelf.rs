//! Where facts go that there is no room for in memory.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Lanes, Where};
use crate::domain::say;
use crate::{Error, Result};

/// Bytes of a word on the shelf.
const BYTES: usize = size_of::<u64>();
/// What a run of any size needs besides plain facts, in bytes; of the rest of its memory, half is for what is
/// made of them.
const BESIDES: u64 = 256 << 20;

/// Where facts go that there is no room for in memory: a file without a name.
///
/// Facts are read back share by share, as they are worked on. What cannot be read back is missing until
/// [`Shelf::check`] says so: whoever uses facts asks before the result counts.
#[derive(Debug)]
pub struct Shelf {
    dir: PathBuf,
    /// Bytes of facts that stay in memory; `None` = all.
    room: Option<u64>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: u64,
    file: Option<File>,
    end: u64,
    buffer: Vec<u8>,
    trouble: Option<io::Error>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { dir: PathBuf::new(), room: None, state: Mutex::default() }
    }
}

impl Shelf {
    /// A shelf whose file is made in the folder `dir` as soon as it is needed, so that a run takes about
    /// `memory_limit` bytes.
    #[must_use]
    pub fn new(dir: &Path, memory_limit: Option<u64>) -> Self {
        let room = memory_limit.map(|limit| limit.saturating_sub(BESIDES) / 2);
        Self { dir: dir.to_path_buf(), room, state: Mutex::default() }
    }

    /// Whether memory is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.room.is_some()
    }

    /// Puts `lanes` onto the shelf if there is no room for them in memory.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    pub fn put(self: &Arc<Self>, lanes: Lanes) -> Result<Lanes> {
        let Where::Held(pieces) = &lanes.at else { return Ok(lanes) };
        let words = pieces.iter().map(|piece| piece.len() as u64).sum::<u64>();
        let bytes = words * BYTES as u64;
        let mut state = self.state();
        state.held += bytes;
        if self.room.is_none_or(|room| state.held <= room) {
            return Ok(lanes);
        }
        state.held -= bytes;
        let at = state.end;
        state.store(&self.dir, pieces).map_err(|error| self.failed(&error))?;
        state.end = at + words;
        drop(state);
        Ok(Lanes { at: Where::Shelved(Arc::clone(self), at), ..lanes })
    }

    /// Whether everything could be read back.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self) -> Result<()> {
        self.state().trouble.take().map_or(Ok(()), |error| Err(self.failed(&error)))
    }

    pub(super) fn fetch(&self, at: u64, words: usize) -> Vec<u64> {
        let mut state = self.state();
        match state.read(at, words) {
            Ok(()) => state.buffer.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
            Err(error) => {
                state.trouble.get_or_insert(error);
                Vec::new()
            }
        }
    }

    /// A thread that panicked leaves the state as it was before its fact.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &io::Error) -> Error {
        let dir = self.dir.display();
        Error::input(say!(
            "{dir}: Eine Hilfsdatei für Zahlen, die nicht in den Speicher passen, ist nicht benutzbar: {error}",
            "{dir}: a file for numbers that do not fit into memory cannot be used: {error}"
        ))
        .hint(say!("Dort Platz schaffen oder memory_limit erhöhen.", "make room there, or raise memory_limit"))
    }
}

impl State {
    fn store(&mut self, dir: &Path, pieces: &[Box<[u64]>]) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.extend(pieces.iter().flatten().flat_map(|word| word.to_le_bytes()));
        if self.file.is_none() {
            fs::create_dir_all(dir)?;
            self.file = Some(tempfile::tempfile_in(dir)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.seek(SeekFrom::Start(self.end * BYTES as u64))?;
        file.write_all(&self.buffer)
    }

    fn read(&mut self, at: u64, words: usize) -> io::Result<()> {
        self.buffer.resize(words * BYTES, 0);
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotFound.into()) };
        file.seek(SeekFrom::Start(at * BYTES as u64))?;
        file.read_exact(&mut self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Month, Period};
    use crate::ingest::facts::{FactKey, PlainFact};
    use crate::ingest::{Measure, Split};

    fn fact(area: u32, row: u32) -> PlainFact {
        let month = Period::month(Month::new(2025, 1 + row % 12).unwrap());
        PlainFact { key: FactKey::of(area, area, month, Measure::Comments).unwrap(), count: 7 + row, row }
    }

    #[test]
    fn facts_come_back_from_the_shelf_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let facts: Vec<PlainFact> = (0..100).map(|row| fact(row * 7 % 100, row)).collect();
        let held = Lanes::group(&facts, Split::new(100, 50));
        let shelf = Arc::new(Shelf { room: Some(1_000), ..Shelf::new(dir.path(), None) });
        let put: Vec<Lanes> = (0..3).map(|_| shelf.put(held.clone()).unwrap()).collect();
        let is_held = |lanes: &Lanes| matches!(lanes.at, Where::Held(_));
        assert_eq!(put.iter().map(is_held).collect::<Vec<_>>(), [true, false, false], "there is room for one");
        for lanes in &put {
            assert!((0..50).all(|share| lanes.share(share).iter().eq(held.share(share).iter())));
            assert_eq!(lanes.iter().collect::<Vec<_>>(), held.iter().collect::<Vec<_>>());
            assert_eq!((lanes.len(), lanes.months(), lanes.is_empty()), (100, held.months(), false));
            assert_eq!(lanes.last_service(), 99);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
        assert!(shelf.check().is_ok());
    }

    #[test]
    fn what_cannot_be_shelved_or_read_back_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let lanes = Lanes::group(&[fact(1, 1)], Split::new(10, 4));
        fs::write(dir.path().join("file"), "").unwrap();
        let gone = Arc::new(Shelf { room: Some(0), ..Shelf::new(&dir.path().join("file"), None) });
        assert!(gone.put(lanes.clone()).unwrap_err().to_string().contains("numbers that do not fit into memory"));
        let shelf = Arc::new(Shelf { room: Some(0), ..Shelf::new(dir.path(), None) });
        let lanes = shelf.put(lanes).unwrap();
        shelf.state().file.as_mut().unwrap().set_len(3).unwrap();
        assert!(lanes.share(0).is_empty());
        assert!(shelf.check().unwrap_err().to_string().contains("numbers that do not fit into memory"));
    }
}
