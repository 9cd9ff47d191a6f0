//! Server-Sent Events on the command line. `sse --help` says what it can do.
//!
//! Exit status: 0; 1 if something was left out or refused, or, of `why`, if something has no effect; 2 for wrong usage, or what cannot be read or written.

mod bench;
mod decode;
mod encode;
mod proxy;
#[cfg(feature = "net")]
mod serve;
#[cfg(feature = "net")]
mod watch;
mod why;

use std::{
    ffi::OsStr,
    fmt::Display,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "sse", version, about = "Server-Sent Events on the command line")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Decode(decode::Options),
    Encode(encode::Options),
    Why(why::Options),
    Proxy(proxy::Options),
    Bench(bench::Options),
    #[cfg(feature = "net")]
    Watch(watch::Options),
    #[cfg(feature = "net")]
    Serve(serve::Options),
    /// Prints completions for a shell
    Completions {
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
}

/// What a command comes to, and why it failed.
type Outcome = Result<ExitCode, Failure>;

enum Failure {
    Said(String),
    /// Nobody reads on: `sse decode | head` has what it wanted.
    NobodyReads,
}

fn fail(why: impl Display) -> Failure {
    Failure::Said(why.to_string())
}

/// What was written, or why not.
fn written<T>(result: io::Result<T>) -> Result<T, Failure> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::NobodyReads,
        _ => fail(format_args!("cannot write: {error}")),
    })
}

/// A file, or standard input, and its name.
fn open(file: Option<&PathBuf>) -> Result<(Box<dyn Read>, String), Failure> {
    match file.filter(|file| file.as_os_str() != OsStr::new("-")) {
        None => Ok((Box::new(io::stdin().lock()), "standard input".to_owned())),
        Some(path) => match File::open(path) {
            Ok(file) => Ok((Box::new(file), path.display().to_string())),
            Err(_) if path.starts_with("http:") || path.starts_with("https:") => {
                Err(fail(format_args!("a file is needed; for a URL: curl -sN {} | sse …", path.display())))
            }
            Err(error) => Err(fail(format_args!("cannot open {}: {error}", path.display()))),
        },
    }
}

fn main() -> ExitCode {
    let (name, outcome) = match Arguments::parse().command {
        Command::Decode(options) => ("decode", decode::run(options)),
        Command::Encode(options) => ("encode", encode::run(&options)),
        Command::Why(options) => ("why", why::run(&options)),
        Command::Proxy(options) => ("proxy", proxy::run(&options)),
        Command::Bench(options) => ("bench", bench::run(&options)),
        #[cfg(feature = "net")]
        Command::Watch(options) => ("watch", watch::run(&options)),
        #[cfg(feature = "net")]
        Command::Serve(options) => ("serve", serve::run(options)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "sse", &mut io::stdout());
            ("completions", Ok(ExitCode::SUCCESS))
        }
        Command::Man => {
            let page = clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout());
            ("man", written(page).map(|()| ExitCode::SUCCESS))
        }
    };
    match outcome {
        Ok(status) => status,
        Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Said(why)) => {
            eprintln!("sse {name}: {why}");
            ExitCode::from(2)
        }
    }
}
