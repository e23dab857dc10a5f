//! The program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    clickwarden::process::hardening::raise();
    match clickwarden::cli::parse(std::env::args_os()) {
        Ok(arguments) => clickwarden::cli::run(arguments).into(),
        Err(exit) => exit.into(),
    }
}
