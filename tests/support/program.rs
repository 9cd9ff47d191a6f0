//! Runs the programs of examples/, as a user does.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// `cargo test` builds the examples beside the tests.
pub fn program(name: &str) -> Command {
    let exe = std::env::current_exe().unwrap();
    let examples = exe.parent().and_then(Path::parent).unwrap().join("examples");
    let program = examples.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is not built: run `cargo build --examples`", program.display());
    Command::new(program)
}

pub fn stream(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/streams").join(name)
}

/// The sample streams, by path.
pub fn streams() -> Vec<PathBuf> {
    let mut streams: Vec<_> = std::fs::read_dir(stream("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    streams.sort();
    assert!(streams.len() >= 8, "{streams:?}");
    streams
}

pub fn run(name: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child =
        program(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A program that does not read its input closes the pipe: that is its right.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

pub fn out(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

pub fn said(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}
