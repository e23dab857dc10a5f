//! The files that the tenants' sections name, looked at before they are needed.

use super::CommandError;
use crate::config::{Problem, Tenant};

/// Looks at the files that the tenants' sections name: all problems.
pub(in crate::cli) fn file_problems<'c>(
    tenants: impl IntoIterator<Item = &'c Tenant>,
) -> Vec<Problem> {
    let mut problems: Vec<_> = tenants.into_iter().flat_map(Tenant::check_files).collect();
    // What stands in [app] is wrong once, not once for each tenant.
    let mut said = std::collections::HashSet::new();
    problems.retain(|problem| said.insert(problem.to_string()));
    problems
}

/// The same, all problems at once in words.
pub(in crate::cli) fn check_files<'c>(
    tenants: impl IntoIterator<Item = &'c Tenant>,
) -> Result<(), CommandError> {
    let problems = file_problems(tenants);
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}
