//! Reading the arguments: what clap says of them repeats them, and so is escaped like all else.

use std::ffi::OsString;

use clap::FromArgMatches as _;
use clap::error::Error;

use super::print::text::plain;
use super::{Arguments, Exit, command_line, json_flag};

/// Reads the arguments, the program's name first. What is asked for instead of a command (help, the
/// version), and what is wrong, is printed here.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Exit> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    read(&arguments).map_err(|error| {
        let shown: Vec<String> =
            arguments.iter().map(|text| plain(&text.to_string_lossy())).collect();
        // Read again as they may be shown, clap says the same of them.
        if shown.iter().zip(&arguments).all(|(shown, text)| *text == **shown) {
            print(&error)
        } else {
            read(shown).map_or_else(|error| print(&error), |_| say(&error))
        }
    })
}

fn read(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Arguments, Error> {
    let mut command = command_line();
    let matches = command.try_get_matches_from_mut(arguments)?;
    json_flag::check(&mut command, &matches)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// As clap does it, in colours where there are any. Nobody reads what cannot be written.
fn print(error: &Error) -> Exit {
    let _ = error.print();
    exit(error)
}

/// The same of arguments that are wrong only as they were given, such as bytes that are no text.
fn say(error: &Error) -> Exit {
    for line in error.to_string().lines().filter(|line| !line.is_empty()) {
        super::print::stderr::print_error(line.trim_start_matches("error: "));
    }
    exit(error)
}

fn exit(error: &Error) -> Exit {
    if error.exit_code() == 0 { Exit::Done } else { Exit::Usage }
}
