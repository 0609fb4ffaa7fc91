//! Damage to inputs, and a loop that feeds them to a target and watches.
//!
//! An input is drawn from the seeds and from earlier inputs that made the target behave in a new
//! way (another message, another set of findings), and is then damaged one to eight times. Every
//! choice comes from one seed: the same seed and number of rounds give the same inputs.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The longest input that damage makes.
const LONGEST: usize = 1 << 16;
/// Inputs kept beyond the seeds.
const KEPT: usize = 600;
/// What one input may take, in the unoptimised build and on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(10);
/// After this the process is ended: the input does not come back.
const LOST: Duration = Duration::from_secs(120);

/// What a target says of one input: how it behaved, or what it broke.
pub type Verdict = Result<String, String>;

/// Reads one input.
pub type Run = dyn FnMut(&[u8]) -> Verdict;

/// Something that reads bytes.
pub struct Target {
    pub name: &'static str,
    pub seeds: Vec<Vec<u8>>,
    /// Words that the format knows.
    pub words: &'static [&'static str],
    /// Damages an input; the second is another of the corpus.
    pub damage: fn(&mut Damage, &[u8], &[u8]) -> Vec<u8>,
    pub run: Box<Run>,
}

/// When a target has seen enough.
#[derive(Clone, Copy)]
pub enum Until {
    Rounds(u64),
    Time(Duration),
}

/// What came of a target.
pub struct Outcome {
    pub rounds: u64,
    pub seconds: f64,
    /// Ways of behaving that were seen.
    pub behaviours: usize,
    pub slowest: Duration,
    /// Distinct failures, each with the input that shows it.
    pub failures: Vec<String>,
}

/// Seeded damage.
pub struct Damage {
    pub rng: ChaCha8Rng,
    pub words: &'static [&'static str],
}

/// Numbers at the limits of the types and formats.
const NUMBERS: [&str; 30] = [
    "0",
    "-0",
    "1",
    "-1",
    "12",
    "13",
    "31",
    "32",
    "127",
    "255",
    "256",
    "1900",
    "2199",
    "2200",
    "9999",
    "65535",
    "65536",
    "99999999",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "99999999999999999999999999999999999999999",
];

/// Signs that delimit, group, hide or end something somewhere.
const SIGNS: [&str; 40] = [
    ",",
    ";",
    "\t",
    "|",
    "\"",
    "'",
    "\n",
    "\r\n",
    "\r",
    "\0",
    " ",
    "\u{a0}",
    "\u{202f}",
    "\u{2009}",
    "\u{feff}",
    "\u{200b}",
    "\u{2212}",
    ".",
    "-",
    "/",
    ":",
    "=",
    "+",
    "@",
    "%",
    "*",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "&",
    "\u{0}",
    "ä",
    "ß",
    "€",
    "\u{1b}[31m",
    "٣",
    "𝟙",
];

impl Damage {
    fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.rng.random_range(0..end) }
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn range(&mut self, len: usize) -> (usize, usize) {
        let from = self.below(len + 1);
        let longest = if self.one_in(4) { len } else { 32 };
        let to = (from + self.below(longest + 1)).min(len);
        (from, to)
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    /// One to eight damages.
    pub fn apply(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        let times = 1 << self.below(4);
        for _ in 0..times {
            self.once(&mut bytes, other);
            bytes.truncate(LONGEST);
        }
        bytes
    }

    fn once(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let len = bytes.len();
        match self.below(16) {
            0 if len > 0 => {
                let (at, bit) = (self.below(len), self.below(8));
                bytes[at] ^= 1 << bit;
            }
            1 if len > 0 => {
                let at = self.below(len);
                bytes[at] = self.rng.random();
            }
            2 => {
                let at = self.below(len + 1);
                let byte: u8 = self.rng.random();
                bytes.insert(at, byte);
            }
            3 => {
                let (from, to) = self.range(len);
                bytes.drain(from..to);
            }
            4 => {
                let (from, to) = self.range(len);
                let part = bytes[from..to].to_vec();
                let at = self.below(len + 1);
                bytes.splice(at..at, part);
            }
            5 => {
                let (from, to) = self.range(other.len());
                let (at, end) = self.range(len);
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 | 7 if !self.words.is_empty() => {
                let word = self.pick(self.words);
                self.put(bytes, word.as_bytes());
            }
            8 => {
                let sign = self.pick(&SIGNS);
                self.put(bytes, sign.as_bytes());
            }
            9 | 10 => self.number(bytes),
            11 => self.repeat(bytes),
            12 => {
                let to = self.below(len + 1);
                bytes.truncate(to);
            }
            13 | 14 => self.line(bytes),
            _ => {
                let (from, to) = self.range(len);
                bytes[from..to].reverse();
            }
        }
    }

    /// Inserts or overwrites.
    fn put(&mut self, bytes: &mut Vec<u8>, word: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let end = if self.one_in(2) { at } else { (at + word.len()).min(bytes.len()) };
        bytes.splice(at..end, word.iter().copied());
    }

    /// Replaces a number by one at a limit, or a little by a neighbour.
    fn number(&mut self, bytes: &mut Vec<u8>) {
        let starts: Vec<usize> = (0..bytes.len())
            .filter(|&at| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit()))
            .collect();
        if starts.is_empty() {
            return;
        }
        let at = starts[self.below(starts.len())];
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = self.pick(&NUMBERS);
        if self.one_in(3) {
            bytes[at] = b'0' + u8::try_from(self.below(10)).unwrap();
        } else {
            bytes.splice(at..end, text.bytes());
        }
    }

    /// One part very often.
    fn repeat(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = self.range(bytes.len());
        let part = bytes[from..to].to_vec();
        let room = LONGEST.saturating_sub(bytes.len()) / part.len().max(1);
        let times = if self.one_in(8) { room } else { self.below(room.min(64) + 1) };
        bytes.splice(to..to, part.repeat(times));
    }

    /// A line twice, not at all, or elsewhere; sometimes cut at a delimiter.
    fn line(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return;
        }
        let (from, to) = (self.below(lines.len()), self.below(lines.len()));
        match self.below(4) {
            0 => lines.insert(to, lines[from].clone()),
            1 => drop(lines.remove(from)),
            2 => lines.swap(from, to),
            _ => {
                let delimiter = b";,\t|\" "[self.below(6)];
                let mut parts: Vec<Vec<u8>> =
                    lines[from].split(|&byte| byte == delimiter).map(<[u8]>::to_vec).collect();
                let (a, b) = (self.below(parts.len()), self.below(parts.len()));
                if self.one_in(2) {
                    parts.swap(a, b);
                } else {
                    parts[a] = parts[b].clone();
                }
                lines[from] = parts.join(&delimiter);
            }
        }
        *bytes = lines.concat();
    }
}

/// Ends the process when an input does not come back, after telling which.
struct Watch {
    begun: Arc<Mutex<Option<(Instant, PathBuf)>>>,
    done: Arc<AtomicBool>,
}

impl Watch {
    fn new(name: &'static str) -> Self {
        let begun: Arc<Mutex<Option<(Instant, PathBuf)>>> = Arc::default();
        let done = Arc::new(AtomicBool::new(false));
        let (seen, end) = (Arc::clone(&begun), Arc::clone(&done));
        std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(200));
                if let Some((since, path)) = seen.lock().unwrap().as_ref()
                    && since.elapsed() > LOST
                {
                    eprintln!("{name}: no end after {LOST:?}; the input: {}", path.display());
                    std::process::exit(101);
                }
            }
        });
        Self { begun, done }
    }

    fn begin(&self, path: &Path) {
        *self.begun.lock().unwrap() = Some((Instant::now(), path.to_path_buf()));
    }

    fn end(&self) {
        *self.begun.lock().unwrap() = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
    }
}

/// Runs one input: `Err` for a panic, a broken promise or too long a time.
pub fn feed(target: &mut Target, input: &[u8]) -> (Verdict, Duration) {
    let begin = Instant::now();
    let verdict = catch_unwind(AssertUnwindSafe(|| (target.run)(input)))
        .unwrap_or_else(|panic| Err(format!("panicked: {}", said(panic.as_ref()))));
    let took = begin.elapsed();
    let verdict = verdict.and_then(|how| if took > LIMIT { Err("took too long".into()) } else { Ok(how) });
    (verdict, took)
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// Feeds the seeds, then damaged inputs.
pub fn fuzz(target: &mut Target, seed: u64, until: Until, folder: &Path) -> Outcome {
    let begin = Instant::now();
    let watch = Watch::new(target.name);
    let input_file = folder.join(format!("{}.last", target.name));
    let mut corpus = target.seeds.clone();
    let (seeds, mut seen, mut known) = (corpus.len(), BTreeSet::new(), BTreeSet::new());
    let mut out = Outcome { rounds: 0, seconds: 0.0, behaviours: 0, slowest: Duration::ZERO, failures: Vec::new() };
    loop {
        let going = match until {
            Until::Rounds(rounds) => out.rounds < rounds + seeds as u64,
            Until::Time(time) => begin.elapsed() < time || out.rounds < seeds as u64,
        };
        if !going {
            break;
        }
        let round = out.rounds;
        let input = match usize::try_from(round).ok().filter(|&at| at < seeds) {
            Some(at) => corpus[at].clone(),
            None => {
                let rng = ChaCha8Rng::seed_from_u64(seed ^ round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                let mut damage = Damage { rng, words: target.words };
                let (a, b) = (damage.below(corpus.len()), damage.below(corpus.len()));
                (target.damage)(&mut damage, &corpus[a], &corpus[b])
            }
        };
        // Stays behind if the process ends, as it does where memory or stack runs out.
        fs::write(&input_file, &input).unwrap();
        watch.begin(&input_file);
        let (verdict, took) = feed(target, &input);
        watch.end();
        out.rounds += 1;
        out.slowest = out.slowest.max(took);
        match verdict {
            Ok(how) => {
                if seen.insert(how) && out.rounds > seeds as u64 && corpus.len() < seeds + KEPT {
                    corpus.push(input);
                }
            }
            Err(what) => {
                // Numbers differ from input to input, the cause does not.
                let kind: String = what.chars().filter(|c| !c.is_ascii_digit()).take(120).collect();
                if known.insert(kind) {
                    out.failures.push(keep(target.name, round, &input, &what));
                }
            }
        }
    }
    out.behaviours = seen.len();
    out.seconds = begin.elapsed().as_secs_f64();
    out
}

/// Writes a failing input where it survives the test.
fn keep(name: &str, round: u64, input: &[u8], what: &str) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("resonanz-fuzz-{name}-{}-{number}", std::process::id()));
    fs::write(&path, input).unwrap();
    let head = input.iter().take(64).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let what: String = what.chars().take(600).collect();
    format!("{name}, round {round}: {what}\n  input: {} ({} bytes, {head})", path.display(), input.len())
}
