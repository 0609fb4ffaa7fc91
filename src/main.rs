//! The `resonanz` command: parse, dispatch, exit code.

use std::process::ExitCode;

/// Large tables are made and let go of block by block, which the allocator of the system answers by asking
/// for its pages anew each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    resonanz::cli::main()
}
