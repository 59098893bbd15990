//! The project's chores: each subcommand installs what it lacks, does its job and says how to repeat a step that failed.

mod bench;
mod bundle;
mod call;
mod conformance;
mod dependencies;
mod direction;
mod metadata;
mod page;
mod run;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use crate::workspace::Workspace;

const USAGE: &str = "\
cargo xtask COMMAND

  run [--serve] [-- ARGS] the demo in a window, or on 127.0.0.1 where there is no display; ARGS go to the program
                          that is started: `dragoman-desktop`, or `dragoman serve`
  test [--fast | --long]  everything that has to hold before a change is merged
                          --fast: no lints, documentation or page tests
                          --long: the crash and fault campaigns at full length
  bench [ARGS]            release build, then the benchmark (--messages N, --corpus FILE, --json FILE)
  bench --ui [ARGS]       the window over a filled inbox beside a bare one (--messages N, --keep DIR, --starts N,
                          --presses N, --opened N)
  conformance [--specs DIR]
                          simulators and connectors against the platforms' specification files
  bundle [--debug]        the package that people install, with the window and `dragoman` in it
  direction               check which crate may depend on which
  licences                check licences, banned crates and sources of all dependencies
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();

    let done = match command.as_str() {
        "run" => Workspace::find().and_then(|workspace| run::demo(&workspace, &rest)),
        "test" => match test::Extent::parse(&rest) {
            Some(extent) => Workspace::find().and_then(|workspace| test::all(&workspace, extent)),
            None => return misused(),
        },
        "bench" => Workspace::find().and_then(|workspace| bench::run(&workspace, &rest)),
        "conformance" => match conformance::Specs::parse(&rest) {
            Some(specs) => Workspace::find().and_then(|workspace| conformance::asked_for(&workspace, &specs)),
            None => return misused(),
        },
        "bundle" => match bundle::Profile::parse(&rest) {
            Some(profile) => Workspace::find().and_then(|workspace| bundle::make(&workspace, profile)),
            None => return misused(),
        },
        "direction" if rest.is_empty() => Workspace::find().and_then(|workspace| direction::check(&workspace)),
        "licences" if rest.is_empty() => Workspace::find().and_then(|workspace| dependencies::check(&workspace)),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return misused(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn misused() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}
