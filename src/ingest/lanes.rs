//! Plain facts by shares of the areas, in memory or on a shelf.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::facts::{FactKey, PlainFact};
use crate::domain::{Month, say};
use crate::{Error, Result};

/// How the areas are divided into shares that are worked on one after the other: each a run of
/// neighbouring area numbers, so that shares in order are areas in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// An area has the share of its number shifted by so many bits.
    bits: u32,
    shares: u32,
}

impl Default for Split {
    fn default() -> Self {
        Self { bits: 0, shares: 1 }
    }
}

impl Split {
    /// Between `shares` and twice as many shares of `areas` areas, or one for each area where there are fewer.
    #[must_use]
    pub fn new(areas: usize, shares: usize) -> Self {
        let areas = u32::try_from(areas.max(1)).unwrap_or(u32::MAX);
        let bits = (areas / u32::try_from(shares.max(1)).unwrap_or(u32::MAX)).max(1).ilog2();
        Self { bits, shares: ((areas - 1) >> bits) + 1 }
    }

    /// Number of shares.
    #[must_use]
    pub fn shares(self) -> usize {
        self.shares as usize
    }

    /// The share of an area.
    #[must_use]
    #[inline]
    pub fn share(&self, area: u32) -> usize {
        (area >> self.bits) as usize
    }
}

/// Facts by shares of the areas: those of one share together, in file order within.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    at: Where,
    /// Where the facts of each share begin, counted from the first of all.
    starts: Vec<u32>,
    /// The first and the last month.
    months: Option<(Month, Month)>,
}

#[derive(Debug, Clone)]
enum Where {
    /// A few pieces of neighbouring shares: what has been worked on can be let go of.
    Held(Vec<Box<[PlainFact]>>),
    /// From this byte of the shelf on.
    Shelved(Arc<Shelf>, u64),
}

impl Default for Where {
    fn default() -> Self {
        Self::Held(Vec::new())
    }
}

/// Shares of a piece.
const SHARES_OF_PIECE: usize = 16;

impl Lanes {
    /// Groups `facts`, which are in file order, by the shares of `split`.
    #[must_use]
    pub fn group(facts: &[PlainFact], split: Split) -> Self {
        let mut starts = vec![0u32; split.shares() + 1];
        for fact in facts {
            starts[split.share(fact.key.area()) + 1] += 1;
        }
        for share in 1..starts.len() {
            starts[share] += starts[share - 1];
        }
        let blank = PlainFact { key: FactKey::from_raw(0), count: 0, row: 0 };
        let pieces = (0..split.shares()).step_by(SHARES_OF_PIECE);
        let length = |from: usize| starts[(from + SHARES_OF_PIECE).min(split.shares())] - starts[from];
        let mut pieces: Vec<Box<[PlainFact]>> =
            pieces.map(|from| vec![blank; length(from) as usize].into_boxed_slice()).collect();
        let mut next: Vec<u32> = (0..split.shares())
            .map(|share| starts[share] - starts[share / SHARES_OF_PIECE * SHARES_OF_PIECE])
            .collect();
        let (mut first, mut last) = (u32::MAX, 0);
        for fact in facts {
            let share = split.share(fact.key.area());
            pieces[share / SHARES_OF_PIECE][next[share] as usize] = *fact;
            next[share] += 1;
            let month = fact.key.month_index();
            (first, last) = (first.min(month), last.max(month));
        }
        let month = |index: u32| Month::from_index(index.cast_signed());
        let months = (first <= last).then(|| (month(first), month(last)));
        Self { at: Where::Held(pieces), starts, months }
    }

    /// Number of facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first and the last month of the facts.
    #[must_use]
    pub fn months(&self) -> Option<(Month, Month)> {
        self.months
    }

    /// Number of facts of one share.
    #[must_use]
    pub fn share_len(&self, share: usize) -> usize {
        self.starts.get(share..share + 2).map_or(0, |ends| (ends[1] - ends[0]) as usize)
    }

    /// The facts of one share; none if the shelf is in trouble.
    #[must_use]
    pub fn share(&self, share: usize) -> Cow<'_, [PlainFact]> {
        let Some(&[from, to]) = self.starts.get(share..share + 2).and_then(|ends| ends.first_chunk()) else {
            return Cow::Borrowed(&[]);
        };
        match &self.at {
            Where::Held(pieces) => {
                let first = self.starts[share / SHARES_OF_PIECE * SHARES_OF_PIECE];
                let piece = pieces.get(share / SHARES_OF_PIECE);
                let facts = piece.and_then(|piece| piece.get((from - first) as usize..(to - first) as usize));
                Cow::Borrowed(facts.unwrap_or_default())
            }
            Where::Shelved(shelf, at) => Cow::Owned(shelf.fetch(at + u64::from(from) * BYTES, to - from)),
        }
    }

    /// Lets go of the facts of all shares before `share`.
    pub fn release(&mut self, share: usize) {
        if let Where::Held(pieces) = &mut self.at {
            pieces.iter_mut().take(share / SHARES_OF_PIECE).for_each(|piece| *piece = Box::default());
        }
    }

    /// All facts, share by share.
    pub fn iter(&self) -> impl Iterator<Item = PlainFact> {
        (0..self.starts.len().saturating_sub(1)).flat_map(|share| self.share(share).into_owned())
    }
}

/// Bytes of a fact on the shelf.
const BYTES: u64 = 16;
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

    /// Puts `lanes` onto the shelf if there is no room for them in memory.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    pub fn put(self: &Arc<Self>, lanes: Lanes) -> Result<Lanes> {
        let Where::Held(pieces) = &lanes.at else { return Ok(lanes) };
        let bytes = lanes.len() as u64 * BYTES;
        let mut state = self.state();
        state.held += bytes;
        if self.room.is_none_or(|room| state.held <= room) {
            return Ok(lanes);
        }
        state.held -= bytes;
        let at = state.end;
        state.store(&self.dir, pieces).map_err(|error| self.failed(&error))?;
        state.end = at + bytes;
        drop(state);
        Ok(Lanes { at: Where::Shelved(Arc::clone(self), at), starts: lanes.starts, months: lanes.months })
    }

    /// Whether everything could be read back.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self) -> Result<()> {
        self.state().trouble.take().map_or(Ok(()), |error| Err(self.failed(&error)))
    }

    fn fetch(&self, at: u64, facts: u32) -> Vec<PlainFact> {
        let mut state = self.state();
        match state.read(at, facts) {
            Ok(()) => state.buffer.chunks_exact(BYTES as usize).filter_map(read_fact).collect(),
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
    fn store(&mut self, dir: &Path, pieces: &[Box<[PlainFact]>]) -> io::Result<()> {
        self.buffer.clear();
        for fact in pieces.iter().flatten() {
            self.buffer.extend_from_slice(&fact.key.raw().to_le_bytes());
            self.buffer.extend_from_slice(&(u64::from(fact.count) << 32 | u64::from(fact.row)).to_le_bytes());
        }
        if self.file.is_none() {
            fs::create_dir_all(dir)?;
            self.file = Some(tempfile::tempfile_in(dir)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&self.buffer)
    }

    fn read(&mut self, at: u64, facts: u32) -> io::Result<()> {
        self.buffer.resize(facts as usize * BYTES as usize, 0);
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotFound.into()) };
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut self.buffer)
    }
}

fn read_fact(bytes: &[u8]) -> Option<PlainFact> {
    let key = FactKey::from_raw(u64::from_le_bytes(*bytes.first_chunk()?));
    let rest = u64::from_le_bytes(*bytes.last_chunk()?);
    Some(PlainFact { key, count: (rest >> 32) as u32, row: rest as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Period;
    use crate::ingest::{FactBlock, Measure};

    fn fact(area: u32, row: u32) -> PlainFact {
        let month = Period::month(Month::new(2025, 1 + row % 12).unwrap());
        PlainFact { key: FactKey::of(area, 0, month, Measure::Comments).unwrap(), count: 7 + row, row }
    }

    fn rows(lanes: &Lanes, share: usize) -> Vec<u32> {
        assert_eq!(lanes.share(share).len(), lanes.share_len(share));
        lanes.share(share).iter().map(|fact| fact.row).collect()
    }

    #[test]
    fn shares_keep_areas_and_files_in_order() {
        let split = Split::new(10, 4);
        assert_eq!((split.shares(), split.share(0), split.share(2), split.share(3), split.share(9)), (5, 0, 1, 1, 4));
        let facts = Lanes::group(&[fact(9, 0), fact(1, 1), fact(9, 2), fact(0, 3)], split);
        let block = FactBlock { first_record: 5, first_line: 7, facts, ..FactBlock::default() };
        assert_eq!([0, 1, 2, 4].map(|share| rows(&block.facts, share)), [vec![1, 3], vec![], vec![], vec![0, 2]]);
        assert_eq!(block.facts.months(), Some((Month::new(2025, 1).unwrap(), Month::new(2025, 4).unwrap())));
        assert_eq!(block.place(2), (7, 9));
        assert_eq!(FactBlock { lines: Some(vec![0, 3, 4]), ..block }.place(2), (7, 11));
        let facts: Vec<PlainFact> = (0..100).map(|row| fact(99 - row, row)).collect();
        let mut lanes = Lanes::group(&facts, Split::new(100, 50));
        assert!((0..50u32).all(|share| rows(&lanes, share as usize) == [98 - 2 * share, 99 - 2 * share]));
        lanes.release(33);
        let rest: Vec<u32> = lanes.share(31).iter().chain(lanes.share(32).iter()).map(|fact| fact.row).collect();
        assert_eq!(rest, [34, 35]);
    }

    #[test]
    fn facts_come_back_from_the_shelf_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let facts: Vec<PlainFact> = (0..100).map(|row| fact(row * 7 % 100, row)).collect();
        let held = Lanes::group(&facts, Split::new(100, 50));
        let shelf = Arc::new(Shelf { room: Some(2_000), ..Shelf::new(dir.path(), None) });
        let put: Vec<Lanes> = (0..3).map(|_| shelf.put(held.clone()).unwrap()).collect();
        let is_held = |lanes: &Lanes| matches!(lanes.at, Where::Held(_));
        assert_eq!(put.iter().map(is_held).collect::<Vec<_>>(), [true, false, false], "there is room for one");
        for lanes in &put {
            assert!((0..50).all(|share| lanes.share(share) == held.share(share)));
            assert_eq!(lanes.iter().collect::<Vec<_>>(), held.iter().collect::<Vec<_>>());
            assert_eq!((lanes.len(), lanes.months(), lanes.is_empty()), (100, held.months(), false));
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
