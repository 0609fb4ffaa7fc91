//! One file per source kind: its fields and what a record of it means.

pub(super) mod auszug_gv;
pub(super) mod events;
pub(super) mod feedback;
pub(super) mod gv100ad;
pub(super) mod offer;
pub(super) mod register;
pub(super) mod services;
pub(super) mod survey;
pub(super) mod targets;
pub(super) mod territory;
pub(super) mod usage;
pub(super) mod work;

use super::bulk::{Plain, Sample};
use super::context::{Accepted, Context, Reject};
use super::facts::FactBlock;
use super::mapping::{ColumnMap, Entry, FieldSpec};
use super::part::Numbers;
use super::spec::{SourceKind, SourceSpec};
use crate::Result;

/// Settings that the kind of a source gives a meaning to.
///
/// # Errors
/// Kind `Config` for a setting that this kind does not have or a value that it does not know.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    offer::check(spec)?;
    work::check(spec)?;
    survey::check(spec)?;
    if spec.kind == SourceKind::Usage { usage::check(spec) } else { Ok(()) }
}

/// Turns the entries of one source kind into records.
pub(super) trait Kind {
    /// The fields it understands; constants of the kind's file name their positions.
    fn fields(&self) -> &'static [FieldSpec];

    /// Called before each file with the headers, for kinds that read further columns.
    fn begin(&mut self, _spec: &SourceSpec, _headers: &[String], _file: &str) -> Result<()> {
        Ok(())
    }

    /// One entry.
    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject>;

    /// What tells the plain records of a file by themselves, if its declaration lets anything: see
    /// [`crate::ingest::bulk`].
    fn plain(&self, _context: &Context<'_>, _map: &ColumnMap, _sample: &Sample) -> Option<Plain> {
        None
    }

    /// Plain facts of the file that is being read.
    fn block(&mut self, _block: FactBlock) {}

    /// Where the files of a source like `spec` add their numbers, if what each adds depends on no other file:
    /// then a store may keep it.
    fn numbers(&mut self, _spec: &SourceSpec) -> Option<&mut Numbers> {
        None
    }

    /// Positions of columns read beyond the mapped fields.
    fn further_columns(&self) -> &[usize] {
        &[]
    }
}
