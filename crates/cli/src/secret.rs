//! Secrets from files and standard input. Never from an argument: every program of the machine can read those.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dragoman_engine::Error;
use dragoman_secrets::Secret;

use crate::failure::{Failure, Outcome};

/// Where one secret comes from.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Input,
}

/// Refuses what cannot be meant, before anything is read.
pub(crate) fn check(given: &[String]) -> Outcome {
    sources(given).map(drop)
}

/// Reads what `--secret` was given, by field.
pub(crate) fn read_all(given: &[String]) -> Outcome<BTreeMap<String, Secret>> {
    let sources = sources(given)?;
    sources.into_iter().map(|(field, source)| Ok((field, read(&source)?))).collect()
}

/// Reads a passphrase from a file, or from standard input for `-`.
pub(crate) fn read_passphrase(file: &Path) -> Outcome<Secret> {
    read(&if file == Path::new("-") { Source::Input } else { Source::File(file.to_owned()) })
}

/// A secret as the text that a request carries.
pub(crate) fn text(secret: &Secret) -> Outcome<&str> {
    Ok(secret.expose_str().map_err(Error::from)?)
}

fn read(source: &Source) -> Outcome<Secret> {
    let secret = match source {
        Source::File(path) => Secret::from_file(path),
        Source::Input => Secret::from_reader(std::io::stdin().lock()),
    };
    Ok(secret.map_err(Error::from)?)
}

/// The messages name the field only: what stands behind the sign may be the key itself.
fn sources(given: &[String]) -> Outcome<BTreeMap<String, Source>> {
    let mut sources = BTreeMap::new();
    for text in given {
        let (field, from) =
            text.split_once('=').ok_or_else(|| Failure::usage("--secret: write NAME=@FILE or NAME=-"))?;
        let source = match from.strip_prefix('@') {
            Some(path) if !path.is_empty() => Source::File(path.into()),
            _ if from == "-" => Source::Input,
            _ => {
                return Err(Failure::usage(format!(
                    "--secret {field}=…: a secret is never an argument, where other programs can read it; \
                     write {field}=@FILE, or {field}=- to read it from standard input"
                )));
            }
        };
        if source == Source::Input && sources.values().any(|known| *known == Source::Input) {
            return Err(Failure::usage("--secret: standard input can give one secret only; put the others into files"));
        }
        if sources.insert(field.to_owned(), source).is_some() {
            return Err(Failure::usage(format!("--secret {field}: given twice")));
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(given: &[&str]) -> String {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        match sources(&given) {
            Err(Failure::Usage(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn secrets_come_from_files_and_standard_input() {
        let given = ["token=@/run/key".to_owned(), "api_key=-".to_owned()];
        let sources = sources(&given).unwrap();
        assert_eq!(sources["token"], Source::File("/run/key".into()));
        assert_eq!(sources["api_key"], Source::Input);
    }

    #[test]
    fn a_plain_secret_is_refused_and_not_repeated() {
        for given in ["token=canary", "token=@", "token=", "canary"] {
            let text = refused(&[given]);
            assert!(text.contains("@FILE") && !text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn one_field_and_standard_input_are_taken_once() {
        assert!(refused(&["token=-", "api_key=-"]).contains("one secret only"));
        assert!(refused(&["token=-", "token=@f"]).contains("twice"));
    }

    #[test]
    fn a_missing_passphrase_file_is_a_problem_that_names_it() {
        match read_passphrase(Path::new("/no/such/file")) {
            Err(Failure::Problem(problem)) => assert!(problem.message.contains("/no/such/file"), "{problem:?}"),
            other => panic!("{other:?}"),
        }
    }
}
