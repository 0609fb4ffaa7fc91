//! What one file adds to what has been read.

use super::InputFile;
use super::facts::{FactBlock, FactFile, LooseFact};
use super::kinds::feedback::Vote;
use super::lanes::{Shelf, Split};
use super::losses::Losses;
use super::outcome::{Balance, Findings};
use super::records::{Catalogue, Register};
use super::spec::SourceSpec;

/// Numbers that files add, each whatever the others say.
#[derive(Default)]
pub(super) struct Numbers {
    /// Plain facts.
    pub(super) blocks: Vec<FactBlock>,
    /// Counts of use that are not plain.
    pub(super) loose: Vec<LooseFact>,
    /// Votes that are not plain.
    pub(super) votes: Vec<Vote>,
    /// Rejected records.
    pub(super) lost: Losses,
}

impl Numbers {
    /// Adds those of the next file.
    pub(super) fn append(&mut self, mut next: Self) {
        self.blocks.append(&mut next.blocks);
        self.loose.append(&mut next.loose);
        self.votes.append(&mut next.votes);
        self.lost.append(next.lost);
    }
}

/// A file that is about to be read, and what its records are checked against.
pub(super) struct Reading<'a> {
    /// Its source.
    pub(super) spec: &'a SourceSpec,
    /// The source's number.
    pub(super) source: u16,
    /// The file's path relative to the configuration.
    pub(super) file: String,
    /// Its number, in the order of reading.
    pub(super) number: u32,
    /// How the areas are divided into shares.
    pub(super) split: Split,
    /// Where plain facts go.
    pub(super) shelf: &'a std::sync::Arc<Shelf>,
    pub(super) register: &'a Register,
    pub(super) catalogue: &'a Catalogue,
}

/// What reading a file comes to.
pub(super) struct Part {
    /// The file as it was read.
    pub(super) input: InputFile,
    /// Its name, and how it spells plain facts.
    pub(super) file: FactFile,
    /// What was found, the balances left out.
    pub(super) findings: Findings,
    /// What became of its entries.
    pub(super) balance: Balance,
    /// Its records in quarantine, whether kept or not.
    pub(super) quarantined: usize,
    /// Its numbers, where they depend on no other file; else the kind of the source has them.
    pub(super) numbers: Numbers,
}
