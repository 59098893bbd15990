//! The home's own figures: shipped ones, replaced one by one by `config.toml` in the home.

use std::path::Path;

use serde::Deserialize;
use toml::Table;

use crate::error::{Error, Result};

const SHIPPED: &str = include_str!("../config.toml");
/// Name of the file within its home.
const FILE: &str = "config.toml";

/// What a home keeps.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Strangers' files and ours.
    pub(crate) files: FileLimits,
}

/// How much of files is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileLimits {
    /// Bytes of one file.
    pub(crate) max_bytes: u64,
    /// Bytes of all files together.
    pub(crate) total_bytes: u64,
}

impl Config {
    /// Reads the home's figures. A file that cannot be used is an error: a limit that was meant to hold must not silently be
    /// another.
    pub(crate) fn load(home: &Path) -> Result<Self> {
        let path = home.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(""),
            Err(source) => Err(Error::File { path: path.display().to_string(), source }),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let unusable = |error: toml::de::Error| Error::invalid(FILE, error.to_string());
        let mut table: Table = SHIPPED.parse().map_err(unusable)?;
        for (name, section) in text.parse::<Table>().map_err(unusable)? {
            match (table.get_mut(&name).and_then(toml::Value::as_table_mut), section) {
                (Some(shipped), toml::Value::Table(section)) => shipped.extend(section),
                (_, section) => drop(table.insert(name, section)),
            }
        }
        table.try_into().map_err(unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_replaces_single_figures() {
        let shipped = Config::parse("").unwrap();
        let own = Config::parse("[files]\nmax_bytes = 7\n").unwrap();
        assert_eq!(own.files, FileLimits { max_bytes: 7, ..shipped.files });
        assert!(shipped.files.total_bytes > shipped.files.max_bytes);
    }

    #[test]
    fn a_figure_that_is_misspelt_or_no_number_is_an_error() {
        for bad in
            ["[files]\nmax_byte = 7", "[files]\nmax_bytes = \"many\"", "[file]\nmax_bytes = 7", "files = 7", "[files"]
        {
            assert!(matches!(Config::parse(bad), Err(Error::Invalid { .. })), "{bad}");
        }
    }
}
