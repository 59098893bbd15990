//! Reads the configuration of the window, and which commands the page may be allowed to call.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let commands = tauri_build::AppManifest::new().commands(&[
        "follow",
        "alive",
        "badge",
        "notify",
        "withdraw",
        "starts_itself",
        "start_itself",
        "open_outside",
    ]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
