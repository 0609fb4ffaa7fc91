//! The `resonanz` command: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    resonanz::cli::main()
}
