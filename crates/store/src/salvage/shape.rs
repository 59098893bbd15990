//! What the records of each table and index look like, asked of an empty inbox: so a page tells what it belongs to even when
//! everything that led to it is gone.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::record::{Record, Tree};
use crate::Error;

/// What becomes of the records of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// They are rows to bring back.
    Rows,
    /// They tell which rows there were: an index over all rows of a table.
    Witness,
    /// They follow from others and are made anew.
    None,
}

/// A table or an index.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its own name.
    pub(super) name: String,
    /// The table it belongs to.
    pub(super) table: String,
    pub(super) tree: Tree,
    /// In the order of the record.
    pub(super) columns: Vec<Column>,
    /// Columns that every record has; those added later may be missing.
    least: usize,
    pub(super) used: Use,
}

/// One value of a record.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
    nullable: bool,
    /// A record that is older than the column does not have it.
    optional: bool,
    /// It is the row's number and not in the record.
    pub(super) is_row: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Blob,
    /// Untyped, as in the tables of the search index.
    Key,
}

/// Tables whose content follows from others.
fn derived(table: &str) -> bool {
    table == "folder" || table == "search" || table.starts_with("search_") || table.starts_with("sqlite_")
}

/// The shapes of everything in an inbox.
pub(super) fn shapes(reference: &Connection) -> Result<Vec<Shape>, Error> {
    let mut tables = reference.prepare(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY name",
    )?;
    let tables: Vec<(String, bool)> =
        tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut shapes = Vec::new();
    for (table, without_rows) in tables {
        if table == "sqlite_schema" {
            shapes.push(schema());
            continue;
        }
        let used = if derived(&table) { Use::None } else { Use::Rows };
        let columns = columns(reference, &table, without_rows)?;
        let mut indexes = reference.prepare("SELECT name, origin, partial FROM pragma_index_list(?)")?;
        let indexes: Vec<(String, String, bool)> = indexes
            .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (name, origin, partial) in indexes {
            let itself = without_rows && origin == "pk";
            let keys = keys(reference, &name, &columns)?;
            shapes.push(Shape {
                table: table.clone(),
                tree: Tree::Keys,
                least: if itself { least(&keys) } else { keys.len() },
                used: match used {
                    used if itself => used,
                    Use::Rows if !without_rows && !partial => Use::Witness,
                    _ => Use::None,
                },
                columns: keys,
                name: if itself { table.clone() } else { name },
            });
        }
        if !without_rows {
            let least = least(&columns);
            shapes.push(Shape { name: table.clone(), table, tree: Tree::Rows, columns, least, used });
        }
    }
    Ok(shapes)
}

/// The list of all tables: type, name, table, first page, statement.
fn schema() -> Shape {
    let column =
        |name: &str, kind, nullable| Column { name: name.into(), kind, nullable, optional: false, is_row: false };
    Shape {
        name: SCHEMA.into(),
        table: SCHEMA.into(),
        tree: Tree::Rows,
        columns: vec![
            column("type", Kind::Text, false),
            column("name", Kind::Text, false),
            column("tbl_name", Kind::Text, false),
            column("rootpage", Kind::Integer, false),
            column("sql", Kind::Text, true),
        ],
        least: 5,
        used: Use::None,
    }
}

/// Name of the list of all tables.
pub(super) const SCHEMA: &str = "sqlite_schema";

fn columns(reference: &Connection, table: &str, without_rows: bool) -> Result<Vec<Column>, Error> {
    let mut statement =
        reference.prepare("SELECT name, type, \"notnull\", pk, dflt_value IS NOT NULL FROM pragma_table_info(?)")?;
    let columns = statement
        .query_map([table], |row| {
            let kind = match row.get_ref(1)?.as_str()? {
                "INTEGER" | "INT" => Kind::Integer,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Blob,
                _ => Kind::Key,
            };
            let key: i64 = row.get(3)?;
            let nullable = !row.get::<_, bool>(2)? && key == 0;
            Ok(Column {
                name: row.get(0)?,
                kind,
                nullable,
                optional: nullable || row.get(4)?,
                is_row: !without_rows && kind == Kind::Integer && key == 1,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(columns)
}

impl Column {
    fn fits(&self, value: &Value) -> bool {
        match value {
            Value::Null => self.nullable || self.is_row,
            Value::Integer(_) => !self.is_row && matches!(self.kind, Kind::Integer | Kind::Key),
            Value::Text(_) => self.kind == Kind::Text,
            Value::Blob(_) => matches!(self.kind, Kind::Blob | Kind::Key),
            Value::Real(_) => false,
        }
    }
}

/// Names of the columns of an index in the order of its records.
fn keys(reference: &Connection, index: &str, columns: &[Column]) -> Result<Vec<Column>, Error> {
    let mut statement = reference.prepare("SELECT cid, name FROM pragma_index_xinfo(?) ORDER BY seqno")?;
    let keys = statement
        .query_map([index], |row| {
            let name: Option<String> = row.get(1)?;
            let of_table = columns.iter().find(|column| Some(&column.name) == name.as_ref());
            Ok(match of_table {
                Some(column) => Column {
                    name: column.name.clone(),
                    kind: column.kind,
                    nullable: column.nullable,
                    optional: column.optional,
                    is_row: false,
                },
                None => {
                    Column { name: String::new(), kind: Kind::Integer, nullable: false, optional: false, is_row: false }
                }
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(keys)
}

/// How many columns the shortest record of a table may have.
fn least(columns: &[Column]) -> usize {
    columns.iter().rposition(|column| !column.optional).map_or(0, |last| last + 1)
}

impl Shape {
    /// Whether a record may be of this table or index.
    pub(super) fn fits(&self, tree: Tree, record: &Record) -> bool {
        self.tree == tree
            && (self.least..=self.columns.len()).contains(&record.values.len())
            && self.columns.iter().zip(&record.values).all(|(column, value)| column.fits(value))
    }
}
