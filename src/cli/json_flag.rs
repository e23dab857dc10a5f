//! `--json`, short for `--format json`: every command that has the one has the other.

use clap::builder::ArgPredicate;
use clap::error::{Error, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

const FORMAT: &str = "format";
const JSON: &str = "json";
/// What prints instead of doing: a command that has it has a format for that alone.
const DRY_RUN: &str = "dry_run";

/// Adds `--json` wherever `--format json` is.
pub(super) fn with_json(command: Command) -> Command {
    let command = command.mut_subcommands(with_json);
    if !command.get_arguments().any(is_format_with_json) {
        return command;
    }
    let mut json = Arg::new(JSON)
        .long(JSON)
        .action(ArgAction::SetTrue)
        .help("The same as --format json")
        .help_heading(None::<&str>);
    if command.get_arguments().any(|arg| arg.get_id() == DRY_RUN) {
        json = json.requires(DRY_RUN);
    }
    let is_given = ArgPredicate::Equals("true".into());
    command.mut_arg(FORMAT, |format| format.default_value_if(JSON, is_given, Some(JSON))).arg(json)
}

fn is_format_with_json(arg: &Arg) -> bool {
    arg.get_id() == FORMAT && arg.get_possible_values().iter().any(|value| value.get_name() == JSON)
}

/// Refuses `--json` beside another format.
pub(super) fn check(command: &mut Command, matches: &ArgMatches) -> Result<(), Error> {
    if let Some((name, inner)) = matches.subcommand() {
        let Some(command) = command.find_subcommand_mut(name) else { return Ok(()) };
        return check(command, inner);
    }
    let is_json = matches.try_get_one::<bool>(JSON).ok().flatten() == Some(&true);
    if !is_json || matches.value_source(FORMAT) != Some(ValueSource::CommandLine) {
        return Ok(());
    }
    let given = matches.get_raw(FORMAT).and_then(Iterator::last).unwrap_or_default();
    if given == JSON {
        return Ok(());
    }
    let given = given.to_string_lossy();
    let why = format!("the argument '--json' cannot be used with '--format {given}'");
    Err(command.error(ErrorKind::ArgumentConflict, why))
}
