//! The keyring of the operating system this was built for: the only place that names the three of them.

use std::sync::Arc;

use keyring_core::CredentialStore;

/// Connects to the keyring of the operating system.
///
/// The crate's process-wide default store is not used: it would decide once, and a keyring that starts after the
/// program would stay unseen.
#[cfg(target_os = "linux")]
pub(crate) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Connects to the login keychain.
#[cfg(target_os = "macos")]
pub(crate) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// Connects to the Credential Manager.
#[cfg(target_os = "windows")]
pub(crate) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}
