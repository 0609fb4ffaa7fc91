//! What people write freely: made safe to store before anything else is done with it.
//!
//! This room knows nothing of sources and tables; it works on plain text.

mod mask;

pub(crate) use self::mask::look_alike;
pub use self::mask::{Category, Masked, mask, mask_file_name};
