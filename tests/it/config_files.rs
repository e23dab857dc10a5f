//! Several configuration files: `conf.d` beside the main one.

use std::path::Path;

use clickwarden::config::{Config, Problem};
use tempfile::TempDir;

use crate::config::GUID;
use crate::tenants::file;

fn tenant(name: &str) -> String {
    format!(
        "[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\nclient_id = {GUID:?}\n\
         client_secret_file = \"/etc/{name}\"\n"
    )
}

/// A folder with a main file and those of `conf.d`.
fn folder(main: &str, beside: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    file(&folder, "c.toml", main, 0o600);
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    for (name, text) in beside {
        file(&folder, &format!("conf.d/{name}"), text, 0o600);
    }
    folder
}

fn load(folder: &TempDir, env: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(&folder.path().join("c.toml")), env)
}

fn problems(folder: &TempDir, env: &[(&str, &str)]) -> Vec<String> {
    let shown = format!("{}/", folder.path().display());
    let problems = load(folder, env).unwrap_err();
    problems.iter().map(|problem| problem.to_string().replace(&shown, "")).collect()
}

#[test]
fn sections_are_appended_and_settings_win() {
    let main = format!("[collect]\ninterval = \"10m\"\nfetch_rows = 5\n{}", tenant("a"));
    let folder = folder(
        &main,
        &[
            ("20-more.toml", &format!("{}[collect]\ninterval = \"2m\"", tenant("d"))),
            (
                "10-some.toml",
                &format!("{}{}[collect]\ninterval = \"1m\"", tenant("b"), tenant("c")),
            ),
            ("notes.txt", "no configuration"),
            (".20-more.toml", "no configuration"),
        ],
    );
    let config = load(&folder, &[]).unwrap();
    let names: Vec<_> = config.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(config.collect.interval.as_secs(), 120);
    assert_eq!(config.collect.fetch_rows, 5);
    let place = &config.tenants[2].location;
    assert_eq!(Path::new(&place.file).file_name().unwrap(), "10-some.toml");
    assert_eq!(place.section, "tenant[1]");
    let problem = config.tenants[3].check_files().remove(0).to_string();
    assert!(problem.contains("20-more.toml: tenant[0].client_secret_file: /etc/d"), "{problem}");
    // In the environment the places are those of all files together.
    let env = [("CLICKWARDEN__TENANT__3__CLOUD", "dod"), ("CLICKWARDEN__COLLECT__INTERVAL", "3m")];
    let config = load(&folder, &env).unwrap();
    assert_eq!(config.tenants[3].cloud.name(), "dod");
    assert_eq!(config.collect.interval.as_secs(), 180);
}

#[test]
fn a_problem_names_the_file_and_the_place_there() {
    let folder = folder(
        &format!("{}[summary]\nwindow = \"7d\"", tenant("a")),
        &[
            ("1.toml", &format!("{}{}cloud = \"china\"\n", tenant("b"), tenant("c"))),
            (
                "2.toml",
                &format!(
                    "{}clint = 1\n[summary]\nwindow = \"x\"\n[collect]\nfetch = 1",
                    tenant("A")
                ),
            ),
        ],
    );
    assert_eq!(
        problems(&folder, &[]),
        [
            "conf.d/1.toml: tenant[1].cloud: \"china\" is no cloud that has hunting; choose global, \
             gcc, gcc-high or dod",
            "conf.d/2.toml: tenant[0].clint: unknown key; did you mean client_id?",
            "conf.d/2.toml: tenant[0].name: another tenant is named \"A\", too; give each a name of \
             its own",
            "conf.d/2.toml: collect.fetch: unknown key; did you mean fetch_rows?",
            "conf.d/2.toml: summary.window: is no duration; write it as 90s, 5m, 24h, 30d or 1h30m",
        ]
    );
    let env = [("CLICKWARDEN__TENANT__2__CLOUD", "mars")];
    assert!(problems(&folder, &env)[0].starts_with("environment: tenant[2].cloud: \"mars\""));
}

#[test]
fn every_file_must_be_toml() {
    let folder = folder("[store", &[("1.toml", "[a]\nb = \"canary"), ("2.toml", "tenant = 3")]);
    let shown = problems(&folder, &[]);
    assert_eq!(shown.len(), 2);
    assert!(shown[0].starts_with("c.toml: is not TOML at line 1: "), "{shown:?}");
    assert!(shown[1].starts_with("conf.d/1.toml: is not TOML at line 2: "), "{shown:?}");
    assert!(!shown.concat().contains("canary"));
    file(&folder, "c.toml", &tenant("a"), 0o600);
    file(&folder, "conf.d/1.toml", "", 0o600);
    assert_eq!(
        problems(&folder, &[])[0],
        "conf.d/2.toml: tenant: is no list of sections; write it as [[tenant]], with two brackets"
    );
    std::fs::remove_dir_all(folder.path().join("conf.d")).unwrap();
    file(&folder, "conf.d", "no folder", 0o600);
    assert!(problems(&folder, &[])[0].starts_with("conf.d: cannot be read: "));
}
