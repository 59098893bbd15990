//! Finds the built page. Where it was not built, a page that says so is built into the program instead, so that the crates compile
//! with nothing but cargo.

use std::path::Path;
use std::{env, fs};

const STAND_IN: &str = "<!doctype html><meta charset=\"utf-8\"><title>Dragoman</title><p>This program was compiled without its \
                        page. Run <code>npm ci</code> and <code>npm run build</code> in the folder <code>ui</code>, or \
                        <code>cargo xtask run</code>, and compile it again.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let built = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../ui/dist");
    println!("cargo:rerun-if-changed={}", built.display());
    println!("cargo:rerun-if-changed=build.rs");
    if built.join("index.html").is_file() {
        println!("cargo:rustc-env=DRAGOMAN_PAGE={}", built.display());
        return Ok(());
    }
    println!("cargo:warning=the page is not built; `npm ci && npm run build` in ui makes it");
    let folder = Path::new(&env::var("OUT_DIR")?).join("page");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), STAND_IN)?;
    println!("cargo:rustc-env=DRAGOMAN_PAGE={}", folder.display());
    Ok(())
}
