use std::collections::HashMap;
use std::hash::Hash;

use super::context::{Accepted, Context, Reject};
use super::finding::{Code, Suggestion};
use super::mapping::Entry;
use super::spec::OnDuplicate;

/// Which record a key was first used by, and what its source wants done with a second one.
pub(super) struct Ledger<K> {
    seen: HashMap<K, Earlier>,
    files: Vec<String>,
}

struct Earlier {
    at: usize,
    file: usize,
    record: u64,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self { seen: HashMap::new(), files: Vec::new() }
    }
}

impl<K: Hash + Eq> Ledger<K> {
    /// Where the item of `key` stands.
    pub(super) fn position(&self, key: &K) -> Option<usize> {
        self.seen.get(key).map(|earlier| earlier.at)
    }

    /// Where the earlier item of `key` stands and what to answer if it is to be replaced; `None` if the key is new.
    pub(super) fn earlier(
        &self,
        key: &K,
        context: &Context<'_>,
        field: usize,
    ) -> Result<Option<(usize, Accepted)>, Reject> {
        let Some(earlier) = self.seen.get(key) else { return Ok(None) };
        let code = match context.spec.on_duplicate {
            OnDuplicate::Replace => return Ok(self.replacing(key, field)),
            OnDuplicate::First => Code::DuplicateIgnored,
            OnDuplicate::Reject => Code::Duplicate,
        };
        Err(Reject::new(code, field).suggest(self.place(earlier)))
    }

    /// [`Self::earlier`] where a second record always replaces the first, whatever the source says.
    pub(super) fn replacing(&self, key: &K, field: usize) -> Option<(usize, Accepted)> {
        let earlier = self.seen.get(key)?;
        Some((earlier.at, Accepted::Replacing(field, self.place(earlier))))
    }

    fn place(&self, earlier: &Earlier) -> Suggestion {
        Suggestion::EarlierRecord(self.files[earlier.file].clone(), earlier.record)
    }

    /// Notes that `key` is used by the item at `at`.
    pub(super) fn enter(&mut self, key: K, at: usize, context: &Context<'_>, entry: &Entry<'_>) {
        if self.files.last() != Some(&context.file) {
            self.files.push(context.file.clone());
        }
        self.seen.insert(key, Earlier { at, file: self.files.len() - 1, record: entry.record });
    }

    /// Stores `item` in `items`, in the place of an earlier one with the same key if so declared.
    pub(super) fn store<T>(
        &mut self,
        items: &mut Vec<T>,
        key: K,
        item: T,
        context: &Context<'_>,
        entry: &Entry<'_>,
        field: usize,
    ) -> Result<Accepted, Reject> {
        if let Some((at, replacing)) = self.earlier(&key, context, field)? {
            items[at] = item;
            return Ok(replacing);
        }
        self.enter(key, items.len(), context, entry);
        items.push(item);
        Ok(Accepted::Used)
    }
}
