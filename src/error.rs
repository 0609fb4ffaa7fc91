use std::fmt;

/// What kind of failure ended the work; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Findings exceed the error budget: nothing was published.
    Budget,
    /// The command line or the configuration is wrong.
    Config,
    /// An input cannot be read.
    Input,
    /// The program failed, or the machine did (a full disk).
    Internal,
}

/// The one error that reaches the edge of the program: a message and hints that cure it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hints: Vec<String>,
}

/// A result with the program's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind`. The message names file, place and value where there are any.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// A wrong command line or configuration.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// An input that cannot be read.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// A failure of the program or the machine.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Adds a hint that cures the error.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The hints, in the order given.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The process exit code of this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Budget => 1,
            ErrorKind::Config => 2,
            ErrorKind::Input => 3,
            ErrorKind::Internal => 4,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
