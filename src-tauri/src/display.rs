//! Whether a display answers. The toolkit panics where none does and waits for ever where one is silent, so the display is asked first,
//! with the first words of its own protocol.

/// Finds out whether a window can be shown.
///
/// # Errors
/// With what to tell the person.
#[cfg(target_os = "linux")]
pub(crate) fn find() -> Result<(), String> {
    linux::find(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    gtk::init().map_err(|_| "the display lets nobody in".to_owned())
}

/// Elsewhere a person who is signed in has a display.
#[cfg(not(target_os = "linux"))]
pub(crate) fn find() -> Result<(), String> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, Read, Write};
    use std::net::{TcpStream, ToSocketAddrs as _};
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixStream};
    use std::path::Path;
    use std::time::Duration;

    /// How long a display may take to answer; one that is there takes milliseconds.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// First port of displays on other machines.
    const FIRST_PORT: u16 = 6000;
    /// Set-up of an X connection without a proof of identity: byte order, version 11.0. Even a refusal is an answer.
    const X_GREETING: [u8; 12] = [b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// `variable` gives the environment.
    pub(super) fn find(variable: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        if let Some(name) = variable("WAYLAND_DISPLAY") {
            let folder = variable("XDG_RUNTIME_DIR").unwrap_or_default();
            // Where nobody listens the toolkit goes on to the other display by itself; a silent one would hold it.
            if let Ok(stream) = UnixStream::connect(Path::new(&folder).join(&name)) {
                return answers(stream, &wayland_greeting())
                    .map_err(|error| format!("the display {name} does not answer: {error}"));
            }
        }
        let name = variable("DISPLAY").ok_or("there is no display here")?;
        let does_not_answer = |error: io::Error| format!("the display {name} does not answer: {error}");
        x(&name).map_err(does_not_answer)
    }

    fn x(name: &str) -> io::Result<()> {
        let unreadable = || io::Error::other("DISPLAY is not HOST:NUMBER");
        let (host, number) = name.rsplit_once(':').ok_or_else(unreadable)?;
        let number: u16 = number.split('.').next().and_then(|n| n.parse().ok()).ok_or_else(unreadable)?;
        if host.is_empty() || host == "unix" {
            let path = format!("/tmp/.X11-unix/X{number}");
            let stream = UnixStream::connect(&path).or_else(|error| {
                SocketAddr::from_abstract_name(&path)
                    .and_then(|address| UnixStream::connect_addr(&address))
                    .map_err(|_| error)
            })?;
            return answers(stream, &X_GREETING);
        }
        let port = FIRST_PORT.checked_add(number).ok_or_else(unreadable)?;
        let address = (host, port).to_socket_addrs()?.next().ok_or_else(unreadable)?;
        answers(TcpStream::connect_timeout(&address, PATIENCE)?, &X_GREETING)
    }

    /// `wl_display.sync`: object 1, operation 0, 12 bytes, the answer to be object 2; in the machine's byte order.
    fn wayland_greeting() -> Vec<u8> {
        [1u32, 12 << 16, 2].into_iter().flat_map(u32::to_ne_bytes).collect()
    }

    /// A stream whose reads end.
    trait Timed: Read + Write {
        fn limit(&self, patience: Duration) -> io::Result<()>;
    }

    impl Timed for UnixStream {
        fn limit(&self, patience: Duration) -> io::Result<()> {
            self.set_read_timeout(Some(patience))
        }
    }

    impl Timed for TcpStream {
        fn limit(&self, patience: Duration) -> io::Result<()> {
            self.set_read_timeout(Some(patience))
        }
    }

    fn answers(mut stream: impl Timed, greeting: &[u8]) -> io::Result<()> {
        stream.limit(PATIENCE)?;
        stream.write_all(greeting)?;
        stream.read_exact(&mut [0])
    }

    #[cfg(test)]
    mod tests {
        use std::io::{Read as _, Write as _};
        use std::net::TcpListener;
        use std::os::unix::net::UnixListener;

        use super::*;

        fn with<'a>(variables: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
            |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }

        #[test]
        fn no_display_and_one_that_cannot_be_read_are_told_apart_from_a_silent_one() {
            assert_eq!(find(&with(&[])).unwrap_err(), "there is no display here");
            assert!(find(&with(&[("DISPLAY", "nonsense")])).unwrap_err().contains("HOST:NUMBER"));
            assert!(
                find(&with(&[("DISPLAY", ":65000")])).unwrap_err().starts_with("the display :65000 does not answer")
            );
        }

        #[test]
        fn a_display_that_answers_is_found_and_one_that_hangs_up_is_not() {
            for (answer, found) in [(&b"\0"[..], true), (b"", false)] {
                let folder = tempfile::tempdir().unwrap();
                let listener = UnixListener::bind(folder.path().join("wayland-9")).unwrap();
                let display = std::thread::spawn(move || {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut greeting = [0; 12];
                    stream.read_exact(&mut greeting).unwrap();
                    stream.write_all(answer).unwrap();
                    greeting
                });
                let runtime = folder.path().to_str().unwrap();
                let variables =
                    [("WAYLAND_DISPLAY", "wayland-9"), ("XDG_RUNTIME_DIR", runtime), ("DISPLAY", "nonsense")];
                assert_eq!(find(&with(&variables)).is_ok(), found);
                assert_eq!(display.join().unwrap(), *wayland_greeting());
            }
        }

        #[test]
        fn a_display_of_another_machine_is_asked_at_its_port() {
            let listener = (0..100).find_map(|number| {
                TcpListener::bind(("127.0.0.1", FIRST_PORT + 900 + number))
                    .ok()
                    .map(|listener| (listener, 900 + number))
            });
            let (listener, number) = listener.unwrap();
            let display = std::thread::spawn(move || listener.accept().unwrap().0.write_all(&[1]).unwrap());
            x(&format!("127.0.0.1:{number}.0")).unwrap();
            display.join().unwrap();
        }
    }
}
