//! Sees to the tools on a fresh machine, and says what it does: cargo-llvm-cov, and llvm-cov with
//! llvm-profdata of the LLVM version that rustc is built on.
//!
//! The tools of LLVM come from, in this order: LLVM_COV and LLVM_PROFDATA, if someone set them; the
//! toolchain's component, if it is there or can be added; a system LLVM of the same major version.
//! It asks for no password and no package manager of the system: `.ci/run` may.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::failure::Failure;
use crate::process;

const COMPONENT: &str = "llvm-tools-preview";
/// A component is a download of some 100 MB; a machine without the network must not hang here.
const PATIENCE: Duration = Duration::from_secs(120);

/// The two programs that read profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tools {
    pub(crate) cov: PathBuf,
    pub(crate) profdata: PathBuf,
}

/// Everything that the measurement needs.
pub(crate) fn prepare(root: &Path) -> Result<Tools> {
    install_cargo_llvm_cov(root)?;
    let machine = ThisMachine::look()?;
    let (tools, origin) = choose(&machine)?;
    println!("LLVM tools: {origin}, {}", tools.cov.display());
    Ok(tools)
}

fn install_cargo_llvm_cov(root: &Path) -> Result<()> {
    let mut ask = process::cargo(root, &["llvm-cov", "--version"]);
    let found = ask.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.context("could not start cargo")?.success() {
        return Ok(());
    }
    println!("cargo-llvm-cov is missing here: it is built and installed now");
    process::run(
        &mut process::cargo(root, &["install", "cargo-llvm-cov", "--locked"]),
        "cargo-llvm-cov could not be installed",
        "run `cargo install cargo-llvm-cov --locked`",
    )
}

/// What has to be known of a machine in order to choose.
trait Machine {
    fn variable(&self, name: &str) -> Option<PathBuf>;
    /// The tools of the toolchain's component, if it is installed.
    fn component(&self) -> Option<Tools>;
    /// Tries to add the component; whether that worked.
    fn add_component(&self) -> bool;
    /// The major version of LLVM that rustc is built on.
    fn llvm_major(&self) -> u32;
    /// Where a program is, given by name or by path, and the major version of LLVM that it tells.
    fn llvm_program(&self, name: &str) -> Option<(PathBuf, u32)>;
}

fn choose(machine: &impl Machine) -> Result<(Tools, &'static str)> {
    match (
        machine.variable("LLVM_COV"),
        machine.variable("LLVM_PROFDATA"),
    ) {
        (Some(cov), Some(profdata)) => {
            return Ok((Tools { cov, profdata }, "LLVM_COV and LLVM_PROFDATA"));
        }
        (None, None) => {}
        _ => {
            let problem = "only one of LLVM_COV and LLVM_PROFDATA is set, and they go together";
            return Err(
                Failure::new(problem, "set both or none, then run `cargo xtask coverage`").into(),
            );
        }
    }
    if let Some(tools) = machine.component() {
        return Ok((tools, "the toolchain's component"));
    }
    if machine.add_component()
        && let Some(tools) = machine.component()
    {
        return Ok((tools, "the toolchain's component, just added"));
    }
    let major = machine.llvm_major();
    if let Some(tools) = of_the_system(machine, major) {
        return Ok((tools, "the system's LLVM"));
    }
    Err(Failure::new(
        format!("there is no llvm-cov {major}, which is the LLVM version of rustc"),
        format!(
            "run `rustup component add {COMPONENT}`, or as root `apt-get install llvm-{major}`, or \
             set LLVM_COV and LLVM_PROFDATA; then run `cargo xtask coverage`"
        ),
    )
    .into())
}

/// A pair of programs of one version, and from one place.
fn of_the_system(machine: &impl Machine, major: u32) -> Option<Tools> {
    let places = [
        (format!("/usr/lib/llvm-{major}/bin/"), String::new()),
        (String::new(), format!("-{major}")),
        (String::new(), String::new()),
    ];
    places.iter().find_map(|(before, after)| {
        let program = |name: &str| {
            let (path, version) = machine.llvm_program(&format!("{before}{name}{after}"))?;
            (version == major).then_some(path)
        };
        Some(Tools {
            cov: program("llvm-cov")?,
            profdata: program("llvm-profdata")?,
        })
    })
}

/// The machine that this runs on.
struct ThisMachine {
    llvm_major: u32,
    /// Where the component puts its programs.
    component: PathBuf,
}

impl ThisMachine {
    fn look() -> Result<Self> {
        let rustc = || Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let version = process::capture(rustc().arg("-vV"))?;
        let llvm_major = version
            .lines()
            .find_map(|line| line.strip_prefix("LLVM version: "))
            .and_then(major)
            .context("`rustc -vV` names no LLVM version")?;
        let libraries = process::capture(rustc().args(["--print", "target-libdir"]))?;
        let component = Path::new(libraries.trim()).with_file_name("bin");
        Ok(Self {
            llvm_major,
            component,
        })
    }
}

impl Machine for ThisMachine {
    fn variable(&self, name: &str) -> Option<PathBuf> {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    fn component(&self) -> Option<Tools> {
        let program = |name: &str| {
            let path = self
                .component
                .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            path.is_file().then_some(path)
        };
        Some(Tools {
            cov: program("llvm-cov")?,
            profdata: program("llvm-profdata")?,
        })
    }

    fn add_component(&self) -> bool {
        println!("$ rustup component add {COMPONENT}");
        let mut command = Command::new("rustup");
        command
            .args(["component", "add", COMPONENT])
            .stdin(Stdio::null());
        let added = ends_well_within(&mut command, PATIENCE);
        if !added {
            println!(
                "the component cannot be added here: looking for LLVM {}",
                self.llvm_major
            );
        }
        added
    }

    fn llvm_major(&self) -> u32 {
        self.llvm_major
    }

    fn llvm_program(&self, name: &str) -> Option<(PathBuf, u32)> {
        let output = Command::new(name).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text
            .split_once("LLVM version ")
            .and_then(|(_, version)| major(version))?;
        Some((PathBuf::from(name), version))
    }
}

/// The number before the first dot.
fn major(version: &str) -> Option<u32> {
    version.trim().split('.').next()?.parse().ok()
}

/// Runs a program, and ends it when it takes too long. One that is not there does not end well.
fn ends_well_within(command: &mut Command, patience: Duration) -> bool {
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if started.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(50));
            }
            _ => {
                // Already ended, or out of reach: either way there is nothing more to do.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A machine as a test wants it; by default there is nothing on it.
    #[derive(Default)]
    struct Fake {
        cov: Option<&'static str>,
        profdata: Option<&'static str>,
        installed: Cell<bool>,
        can_add: bool,
        asked_to_add: Cell<bool>,
        programs: Vec<(&'static str, u32)>,
    }

    impl Machine for Fake {
        fn variable(&self, name: &str) -> Option<PathBuf> {
            if name == "LLVM_COV" {
                self.cov
            } else {
                self.profdata
            }
            .map(PathBuf::from)
        }

        fn component(&self) -> Option<Tools> {
            self.installed.get().then(|| tools("component/"))
        }

        fn add_component(&self) -> bool {
            self.asked_to_add.set(true);
            self.installed.set(self.can_add);
            self.can_add
        }

        fn llvm_major(&self) -> u32 {
            22
        }

        fn llvm_program(&self, name: &str) -> Option<(PathBuf, u32)> {
            let (_, version) = self.programs.iter().find(|(program, _)| *program == name)?;
            Some((name.into(), *version))
        }
    }

    fn tools(place: &str) -> Tools {
        Tools {
            cov: format!("{place}llvm-cov").into(),
            profdata: format!("{place}llvm-profdata").into(),
        }
    }

    fn chosen(machine: &Fake) -> Option<Tools> {
        choose(machine).ok().map(|(tools, _)| tools)
    }

    #[test]
    fn what_someone_set_comes_first() {
        let machine = Fake {
            cov: Some("my/llvm-cov"),
            profdata: Some("my/llvm-profdata"),
            installed: Cell::new(true),
            ..Fake::default()
        };
        assert_eq!(chosen(&machine), Some(tools("my/")));
    }

    #[test]
    fn half_a_setting_is_a_mistake_that_is_told() {
        let machine = Fake {
            cov: Some("my/llvm-cov"),
            installed: Cell::new(true),
            ..Fake::default()
        };
        assert!(
            choose(&machine)
                .unwrap_err()
                .downcast_ref::<Failure>()
                .is_some()
        );
    }

    #[test]
    fn a_component_that_is_there_is_not_asked_for_again() {
        let machine = Fake {
            installed: Cell::new(true),
            ..Fake::default()
        };
        assert_eq!(chosen(&machine), Some(tools("component/")));
        assert!(!machine.asked_to_add.get());
    }

    #[test]
    fn a_component_that_can_be_added_is() {
        let machine = Fake {
            can_add: true,
            ..Fake::default()
        };
        assert_eq!(chosen(&machine), Some(tools("component/")));
    }

    #[test]
    fn the_system_has_to_offer_both_programs_in_the_right_version() {
        let folder = [
            "/usr/lib/llvm-22/bin/llvm-cov",
            "/usr/lib/llvm-22/bin/llvm-profdata",
        ];
        let both = Fake {
            programs: folder.map(|name| (name, 22)).to_vec(),
            ..Fake::default()
        };
        assert_eq!(chosen(&both), Some(tools("/usr/lib/llvm-22/bin/")));
        let one = Fake {
            programs: vec![(folder[0], 22)],
            ..Fake::default()
        };
        assert_eq!(chosen(&one), None);
    }

    #[test]
    fn a_suffix_or_a_plain_name_will_do_but_no_other_version() {
        let suffixed = Fake {
            programs: vec![
                ("llvm-cov", 14),
                ("llvm-profdata", 14),
                ("llvm-cov-22", 22),
                ("llvm-profdata-22", 22),
            ],
            ..Fake::default()
        };
        assert_eq!(chosen(&suffixed).unwrap().cov, PathBuf::from("llvm-cov-22"));
        let plain = Fake {
            programs: vec![("llvm-cov", 22), ("llvm-profdata", 22)],
            ..Fake::default()
        };
        assert_eq!(chosen(&plain), Some(tools("")));
        let old = Fake {
            programs: vec![("llvm-cov", 14), ("llvm-profdata", 14)],
            ..Fake::default()
        };
        assert_eq!(chosen(&old), None);
    }

    #[test]
    fn a_machine_with_nothing_on_it_is_told_what_to_do() {
        let refused = choose(&Fake::default()).unwrap_err();
        assert!(
            refused
                .downcast_ref::<Failure>()
                .unwrap()
                .next()
                .contains("llvm-22")
        );
    }

    #[test]
    fn versions_are_read_up_to_the_first_dot() {
        assert_eq!(major("22.1.2"), Some(22));
        assert_eq!(major(" 9 "), Some(9));
        assert_eq!(major("trunk"), None);
    }

    #[test]
    fn programs_that_fail_or_are_not_there_or_hang_do_not_end_well() {
        assert!(ends_well_within(Command::new("rustc").arg("-V"), PATIENCE));
        assert!(!ends_well_within(
            Command::new("rustc").arg("--no-such-option"),
            PATIENCE
        ));
        assert!(!ends_well_within(
            &mut Command::new("no-such-program-anywhere"),
            PATIENCE
        ));
        // Reads its standard input, which nobody writes to and nobody closes.
        let mut hanging = Command::new("rustc");
        hanging
            .args(["-", "--crate-name", "x"])
            .stdin(Stdio::piped());
        assert!(!ends_well_within(&mut hanging, Duration::from_millis(200)));
    }

    #[test]
    fn this_machine_knows_the_version_of_its_rustc() {
        let machine = ThisMachine::look().unwrap();
        assert!(machine.llvm_major() >= 21);
        assert_eq!(machine.variable("ANNALS_NO_SUCH_VARIABLE"), None);
        assert_eq!(machine.llvm_program("no-such-program-anywhere"), None);
    }
}
