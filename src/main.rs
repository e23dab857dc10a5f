//! The program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    clickwarden::shield::raise();
    clickwarden::cli::run(clickwarden::cli::Arguments::parse()).into()
}
