//! Prints a section of docs/benchmarks.md for the build that this is, and draws its plots.

use std::{
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use compare::{readers::READERS, rows::ChunksOf};
use plotters::prelude::*;

use crate::{
    decode::{self, Ratios},
    encode,
};

const RUNS: usize = 3;

/// With a title, the page begins with the build's section: what was measured, and how.
pub fn run(rounds: usize, build: &str) {
    match section(rounds, build) {
        Ok(section) => print!("{section}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

fn section(rounds: usize, build: &str) -> Result<String, Box<dyn Error>> {
    let is_first = build == "shipped";
    // (First: what the readers leave of the heap moves the buffers of 64 KiB.)
    let encoding: Vec<Vec<encode::Times>> = (0..RUNS).map(|_| encode::measure(3 * rounds)).collect();
    let decoding: Vec<Vec<decode::Times>> = (0..RUNS).map(|_| decode::measure(rounds, false, "")).collect();
    let ratios = decode::medians(&decoding);
    let mut page = if is_first { head(rounds)? } else { String::new() };

    let title = if is_first { "The build that people ship: `lto = \"fat\"`, `codegen-units = 1`" } else { "Plain release" };
    writeln!(page, "## {title}\n\n### Decoding\n")?;
    for line in decode::summary(&decoding[0], &ratios) {
        writeln!(page, "- {line}")?;
    }
    if is_first {
        writeln!(page, "\n![Decoding in chunks of 1460 bytes](benchmarks-decode.svg)")?;
    }
    writeln!(page)?;
    page += &decode_table(&decoding[0], &ratios)?;
    writeln!(page, "\nEveryone, in nanoseconds per event (of the first run):\n")?;
    page += &everyone(&decoding[0])?;
    if is_first {
        writeln!(page, "\nAllocations per event, in chunks of 1460 bytes:\n")?;
        page += &allocations()?;
    }
    writeln!(page, "\n### Encoding\n")?;
    if is_first {
        writeln!(page, "![Encoding](benchmarks-encode.svg)\n")?;
    }
    page += &encode_table(&encoding)?;
    if is_first {
        writeln!(
            page,
            "\n### Passing everything on, as a gateway that looks at the type of each event\n\n{}",
            beside("passing")?
        )?;
        writeln!(page, "\n### Publishing to 10,000 subscribers that wait\n\n{}", wakeups()?)?;
    }
    writeln!(page)?;
    if is_first {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
        plot_decoding(&folder.join("benchmarks-decode.svg"), &decoding[0])?;
        plot_encoding(&folder.join("benchmarks-encode.svg"), &encoding[0])?;
    }
    Ok(page)
}

fn head(rounds: usize) -> Result<String, Box<dyn Error>> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |(_, name)| name);
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let rustc = String::from_utf8(Command::new("rustc").arg("--version").output()?.stdout)?;
    let lock = include_str!("../Cargo.lock");
    let mut page = String::from("# How fast it is\n\n");
    writeln!(
        page,
        "Written by `ci/compare.sh`. ssewire and all others are measured in two builds, with their default features: the one that \
         people ship, and plain release. The machine: {model}, {count} processors, shared with others, {}.\n\n\
         Everyone takes turns on the same input in one process, {rounds} rounds a run (encoders: three times as many, each elsewhere in \
         its buffers), and the best round counts. Ratios are medians of {RUNS} runs; times are those of the first. A ratio above 1 means \
         that ssewire is faster. Before anything is measured, every reader's events are compared. Who sees other events is left out of the \
         row (`-`), and so is who would take minutes for one long line.\n",
        rustc.trim()
    )?;
    write!(page, "Versions:")?;
    let names = READERS
        .iter()
        .filter(|reader| reader.kind.is_rival() && !reader.name.contains(' '))
        .map(|reader| reader.name)
        .chain(["axum", "russe", "ssewire"]);
    for (place, name) in names.enumerate() {
        let package = lock.split("[[package]]").find(|package| package.contains(&format!("name = \"{name}\"\n")));
        let version = package.and_then(|package| package.split("version = \"").nth(1)).and_then(|rest| rest.split('"').next());
        write!(page, "{} {name} {}", if place == 0 { "" } else { "," }, version.unwrap_or("?"))?;
    }
    page.push_str(
        ".\n\n`Parser` gives borrowed events, `EventBuf` is `EventBuf::from` behind it, `EventStream` gives owned events from a stream of \
         `Bytes`. The others give owned events, and each is driven in the fastest way that it documents. Owned events are compared with \
         those who are driven in the same way: by slices, or by a stream. The limits: `memcpy` copies the chunks, `memchr2_iter` finds \
         their line ends, and the UTF-8 check is that of the standard library.\n\n",
    );
    Ok(page)
}

/// What a time is divided by: events, or what has none, blocks.
fn units(times: &decode::Times) -> f64 {
    if times.row.events == 0 { times.row.bytes as f64 / 14.0 } else { times.row.events as f64 }
}

fn decode_table(rows: &[decode::Times], ratios: &[Ratios]) -> Result<String, std::fmt::Error> {
    let mut table = String::from(
        "| stream | chunks | `Parser`: ns | best other: ns | `Parser` to it | `EventBuf` to the best by slices | `EventStream` to the best by streams | `Parser` to `memchr2_iter` |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (times, ratios) in rows.iter().zip(ratios) {
        let (rival, time) = times.best_rival();
        writeln!(
            table,
            "| {} | {} | {:.1} | {:.1} ({rival}) | **{:.2}** | {:.2} | {:.2} | {:.2} |",
            times.row.stream,
            times.row.chunks_of,
            times.of("ssewire Parser") / units(times),
            time / units(times),
            ratios.borrowed,
            ratios.owned,
            ratios.streamed,
            ratios.borrowed_of_line_ends,
        )?;
    }
    Ok(table)
}

fn everyone(rows: &[decode::Times]) -> Result<String, std::fmt::Error> {
    let mut table = String::from("| stream | chunks |");
    READERS.iter().try_for_each(|reader| write!(table, " {} |", reader.name))?;
    writeln!(table, "\n|---|---|{}", "---|".repeat(READERS.len()))?;
    for times in rows {
        write!(table, "| {} | {} |", times.row.stream, times.row.chunks_of)?;
        for time in &times.best {
            match time {
                Some(time) => write!(table, " {:.1} |", time / units(times))?,
                None => write!(table, " - |")?,
            }
        }
        table.push('\n');
    }
    Ok(table)
}

/// Counted by a program that lies beside this one.
fn allocations() -> Result<String, Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("allocations");
    let output = Command::new(&program).output().map_err(|error| format!("{}: {error}", program.display()))?;
    let lines = String::from_utf8(output.stdout)?;
    let counts: Vec<Vec<&str>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    let readers: Vec<_> = READERS.iter().filter(|reader| reader.kind.decodes()).map(|reader| reader.name).collect();
    let mut streams: Vec<&str> = counts.iter().map(|count| count[0]).collect();
    streams.dedup();
    let mut table = format!("| stream | {} |\n|---|{}\n", readers.join(" | "), "---|".repeat(readers.len()));
    for stream in streams {
        write!(table, "| {stream} |")?;
        for reader in &readers {
            let count = counts.iter().find(|count| count[0] == stream && count[1] == *reader).map_or("-", |count| count[2]);
            write!(table, " {count} |")?;
        }
        table.push('\n');
    }
    Ok(table)
}

/// What a program that lies beside this one prints.
fn beside(program: &str) -> Result<String, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?.with_file_name(program)).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

fn wakeups() -> Result<String, Box<dyn Error>> {
    let lines = beside("wakeups")?;
    let mut table = String::from("| by | ns a delivery |\n|---|---|\n");
    for (by, time) in lines.lines().filter_map(|line| line.split_once('\t')) {
        writeln!(table, "| {by} | {time} |")?;
    }
    Ok(table
        + "\nFrom `publish` until each task has the event and waits again, on one thread. `Broadcast` gives ids, keeps the past and has a timer for each \
           subscriber; the channel has none of these.\n")
}

fn encode_table(runs: &[Vec<encode::Times>]) -> Result<String, std::fmt::Error> {
    let mut table = String::from(
        "| payload | encoder | ns per event | GB/s | to the best of the others | of `memcpy` |\n|---|---|---|---|---|---|\n",
    );
    for (row, times) in runs[0].iter().enumerate() {
        for (way, (name, _, time)) in times.best.iter().enumerate() {
            let median = |of: &dyn Fn(&encode::Times) -> f64| {
                let mut values: Vec<f64> = runs.iter().map(|run| of(&run[row])).collect();
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
            writeln!(
                table,
                "| {} | {name} | {time:.1} | {:.2} | {:.2} | {:.0} % |",
                times.payload,
                times.size as f64 / time,
                median(&|times| times.best_rival() / times.best[way].2),
                100.0 * median(&|times| times.memcpy() / times.best[way].2),
            )?;
        }
    }
    Ok(table)
}

/// Groups of bars: for each group, a value for each of the series.
fn bars(path: &Path, title: &str, unit: &str, series: &[&str], groups: &[(String, Vec<f64>)]) -> Result<(), Box<dyn Error>> {
    const COLOURS: [RGBColor; 5] = [
        RGBColor(200, 60, 40),
        RGBColor(90, 120, 160),
        RGBColor(130, 160, 110),
        RGBColor(170, 150, 190),
        RGBColor(190, 180, 150),
    ];
    let root = SVGBackend::new(path, (1100, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let highest = groups.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    let slots = series.len() + 1;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..(groups.len() * slots) as f64, 0.0..highest * 1.3)?;
    let label = |at: &f64| groups.get((at / slots as f64) as usize).map_or(String::new(), |(name, _)| name.clone());
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .light_line_style(TRANSPARENT)
        .y_desc(unit)
        .x_labels(groups.len())
        .x_label_formatter(&label)
        .draw()?;
    for (place, (name, _)) in groups.iter().enumerate() {
        let middle = (place * slots) as f64 + (slots - 1) as f64 / 2.0;
        let (x, y) = chart.backend_coord(&(middle, 0.0));
        root.draw(&Text::new(name.clone(), (x - 4 * name.len() as i32, y + 12), ("sans-serif", 14)))?;
    }
    for (which, name) in series.iter().enumerate() {
        let colour = COLOURS[which % COLOURS.len()];
        chart
            .draw_series(groups.iter().enumerate().map(|(group, (_, values))| {
                let left = (group * slots + which) as f64;
                Rectangle::new([(left + 0.08, 0.0), (left + 0.92, values[which])], colour.filled())
            }))?
            .label(*name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).label_font(("sans-serif", 14)).draw()?;
    root.present()?;
    Ok(())
}

fn plot_decoding(path: &Path, rows: &[decode::Times]) -> Result<(), Box<dyn Error>> {
    let readers = ["ssewire Parser", "ssewire EventStream", "sse-core", "sse-stream", "sseer"];
    let plotted = |times: &&decode::Times| times.row.chunks_of == ChunksOf::Bytes(1460) && times.row.events > 0;
    let groups: Vec<_> = rows
        .iter()
        .filter(plotted)
        .filter(|times| !times.row.long_line && !times.row.stream.contains("new reader"))
        .map(|times| {
            let speeds = readers.iter().map(|reader| times.row.bytes as f64 / times.of(reader));
            (times.row.stream.replace("event + data ", "typed "), speeds.collect())
        })
        .collect();
    bars(path, "Decoding streams in chunks of 1460 bytes", "GB/s", &readers, &groups)
}

fn plot_encoding(path: &Path, rows: &[encode::Times]) -> Result<(), Box<dyn Error>> {
    let ways = ["ssewire, Vec", "ssewire, BytesMut", "russe, BytesMut", "sse-stream, body", "axum, body"];
    let groups: Vec<_> = rows
        .iter()
        .map(|times| {
            let speed = |way: &&str| {
                times.best.iter().find(|(name, ..)| name == way).map_or(0.0, |(.., time)| times.size as f64 / time)
            };
            (times.payload.replace(" with a type", " typed"), ways.iter().map(speed).collect())
        })
        .collect();
    bars(path, "Encoding events", "GB/s", &ways, &groups)
}
