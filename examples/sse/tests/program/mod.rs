//! Runs the program, as a user does.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// `sse` with one of its commands.
pub fn program(command: &str) -> Command {
    let mut sse = Command::new(env!("CARGO_BIN_EXE_sse"));
    sse.arg(command);
    sse
}

pub fn stream(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../streams").join(name)
}

/// The sample streams, by path.
pub fn streams() -> Vec<PathBuf> {
    let mut streams: Vec<_> = std::fs::read_dir(stream("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    streams.sort();
    assert!(streams.len() >= 8, "{streams:?}");
    streams
}

pub fn run(command: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut sse = program(command);
    let mut child = sse.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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
