use super::output::Output;
use crate::Result;
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}
pub(super) fn run(_arguments: &Arguments, _output: &Output) -> Result<()> {
    Ok(())
}
