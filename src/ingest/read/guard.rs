//! Panics of the libraries that decode binary files.
//!
//! Damaged Parquet files and workbooks make them panic where an error was due. The input is at
//! fault, so whoever runs the program is told of the file and not of a line in a library.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Guarded calls under way, on whatever thread.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// The result of `call` into a decoder, or `None` if it panicked. The panic is not reported on stderr.
///
/// `call` must hold no code of this program that could panic: its faults would be taken for those of the file.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A decoder may hand its work to threads of its own.
            let of_decoder = |file: &str| file.contains("polars-");
            let elsewhere =
                || ACTIVE.load(Ordering::Relaxed) > 0 && panic.location().is_some_and(|place| of_decoder(place.file()));
            if !GUARDED.get() && !elsewhere() {
                earlier(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    ACTIVE.fetch_add(1, Ordering::Relaxed);
    // What `call` was building is dropped unseen: nothing half done is used.
    let result = catch_unwind(AssertUnwindSafe(call));
    ACTIVE.fetch_sub(1, Ordering::Relaxed);
    GUARDED.set(before);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_none_and_a_result_stays() {
        assert_eq!(guarded(|| 5), Some(5));
        assert_eq!(guarded(|| Vec::<u8>::new()[1]), None);
        assert!(!GUARDED.get());
        assert_eq!(guarded(|| guarded(|| Vec::<u8>::new()[1])), Some(None));
    }
}
