//! A platform's specification files, put together into one OpenAPI document behind one address.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

/// Reads and merges files of one platform.
///
/// Every component is renamed after its file, because files use the same names for different things; addresses of servers
/// are dropped, because the merged document stands behind one.
///
/// # Errors
/// If a file cannot be read, or two files claim the same path.
pub fn merge(folder: &Path, files: &[&str]) -> anyhow::Result<Value> {
    let mut paths = Map::new();
    let mut components = Map::new();
    for file in files {
        let mut document = read(&folder.join(file))?;
        let stem = file.split('.').next().unwrap_or(file);
        rename_references(&mut document, stem);
        let security = document.get("security").cloned();
        for (section, members) in take_object(&mut document, "components") {
            let Value::Object(members) = members else { bail!("{file}: components/{section} is no object") };
            let section_so_far = components.entry(section.clone()).or_insert_with(|| json!({}));
            let Some(section_so_far) = section_so_far.as_object_mut() else { continue };
            for (name, member) in members {
                // Security schemes are named by requirement, not by reference.
                let name = if section == "securitySchemes" { name } else { format!("{stem}-{name}") };
                section_so_far.insert(name, member);
            }
        }
        for (path, mut item) in take_object(&mut document, "paths") {
            settle_in(&mut item, security.as_ref());
            if paths.insert(path.clone(), item).is_some() {
                bail!("{file}: {path} is already in another file");
            }
        }
    }
    Ok(json!({
        "openapi": "3.0.3",
        "info": { "title": "merged", "version": "1" },
        "paths": paths,
        "components": components,
    }))
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let parsed = if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    } else {
        serde_saphyr::from_str(&text).map_err(anyhow::Error::from)
    };
    parsed.with_context(|| format!("{} is not valid", path.display()))
}

fn take_object(document: &mut Value, key: &str) -> Map<String, Value> {
    match document.get_mut(key).map(Value::take) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// `#/components/schemas/Error` of the file `shop.yaml` becomes `#/components/schemas/shop-Error`.
fn rename_references(value: &mut Value, stem: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        if let Some((section, name)) = reference.rsplit_once('/') {
                            *reference = format!("{section}/{stem}-{name}");
                        }
                    }
                    _ => rename_references(value, stem),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, stem)),
        _ => {}
    }
}

/// Gives every operation of a path its file's security, and takes away the addresses.
fn settle_in(item: &mut Value, security: Option<&Value>) {
    let Some(item) = item.as_object_mut() else { return };
    item.remove("servers");
    for operation in item.values_mut().filter_map(Value::as_object_mut) {
        operation.remove("servers");
        if let Some(security) = security {
            operation.entry("security").or_insert_with(|| security.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
    use super::*;

    fn files(second_path: &str) -> (tempfile::TempDir, Value, String) {
        let folder = tempfile::tempdir().unwrap();
        let first = json!({
            "security": [{ "Key": [] }],
            "paths": { "/a": { "servers": [], "get": { "responses": { "400": { "$ref": "#/components/responses/Bad" } } } } },
            "components": { "responses": { "Bad": { "description": "one" } }, "securitySchemes": { "Key": {} } },
        });
        std::fs::write(folder.path().join("first.json"), first.to_string()).unwrap();
        let second = format!(
            "paths:\n  {second_path}:\n    post: {{}}\ncomponents:\n  responses:\n    Bad: {{description: two}}\n"
        );
        std::fs::write(folder.path().join("second.yaml"), &second).unwrap();
        (folder, first, second)
    }

    #[test]
    fn components_of_equal_names_stay_apart() {
        let (folder, ..) = files("/b");
        let merged = merge(folder.path(), &["first.json", "second.yaml"]).unwrap();
        let reference = merged["paths"]["/a"]["get"]["responses"]["400"]["$ref"].as_str().unwrap();
        assert_eq!(merged.pointer(reference.trim_start_matches('#')).unwrap(), &json!({ "description": "one" }));
        assert_eq!(merged["components"]["responses"]["second-Bad"]["description"], "two");
    }

    #[test]
    fn operations_keep_their_files_security_and_lose_its_addresses() {
        let (folder, ..) = files("/b");
        let merged = merge(folder.path(), &["first.json", "second.yaml"]).unwrap();
        assert_eq!(
            merged["paths"]["/a"],
            json!({
                "get": {
                    "responses": { "400": { "$ref": "#/components/responses/first-Bad" } },
                    "security": [{ "Key": [] }],
                },
            })
        );
        assert_eq!(merged["paths"]["/b"], json!({ "post": {} }));
    }

    #[test]
    fn two_files_with_the_same_path_are_refused() {
        let (folder, ..) = files("/a");
        assert!(merge(folder.path(), &["first.json", "second.yaml"]).is_err());
    }
}
