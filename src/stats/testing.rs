//! What the tests of all methods share.

/// Asserts that two numbers agree up to the relative tolerance (absolute below 1e-300).
#[track_caller]
pub(crate) fn close(found: f64, wanted: f64, tolerance: f64) {
    let error = (found - wanted).abs() / wanted.abs().max(1e-300);
    assert!(found == wanted || error <= tolerance, "found {found:e}, wanted {wanted:e}, relative error {error:e}");
}
