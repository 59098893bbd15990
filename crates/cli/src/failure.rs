//! How a command ends other than well, and what is said about it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use dragoman_api::{ErrorCode, Problem};

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked the wrong way: said on standard error, exit 2.
    Usage(String),
    /// It could not be done: the problem document, exit 1.
    Problem(Box<Problem>),
    /// What was printed says it already: exit 1.
    Told,
    /// Whoever read our output has gone, as `head` does: nothing more to say, exit 0.
    Unheard,
}

/// What a command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// An argument that cannot be used.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Says what is left to say and gives the exit code that scripts rely on.
    pub(crate) fn end(self, json: bool) -> ExitCode {
        match self {
            Self::Usage(text) => {
                eprintln!("error: {text}\n\nFor more information, try '--help'.");
                ExitCode::from(2)
            }
            Self::Problem(problem) => {
                if json {
                    // Whoever no longer reads it has the exit code.
                    let _ = serde_json::to_writer(io::stdout(), &problem);
                    let _ = writeln!(io::stdout());
                } else {
                    eprintln!("error ({}): {}", problem.code.word(), problem.message);
                    if let Some(seconds) = problem.retry_after_s {
                        eprintln!("try again in {seconds} s");
                    }
                }
                ExitCode::FAILURE
            }
            Self::Told => ExitCode::FAILURE,
            Self::Unheard => ExitCode::SUCCESS,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<dragoman_engine::Error> for Failure {
    fn from(error: dragoman_engine::Error) -> Self {
        Problem::from(error).into()
    }
}

/// Standard output that cannot be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Unheard;
        }
        Problem::new(ErrorCode::FileUnusable, format!("standard output: {error}"))
            .with("path", "standard output")
            .into()
    }
}
