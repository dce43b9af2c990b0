//! `wardwatch-ingest` as a process, and the memory that it takes.
//!
//! Invariant: no process outlives what measures it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often the memory is looked at.
const LOOKS: Duration = Duration::from_millis(20);

/// A running `wardwatch-ingest run`, killed when dropped.
#[derive(Debug)]
pub(crate) struct Daemon(Child);

impl Daemon {
    pub(crate) fn start(mut command: Command) -> anyhow::Result<Self> {
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?))
    }

    /// The greatest memory so far, in MiB.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn peak_mib(&mut self) -> anyhow::Result<u64> {
        if let Some(status) = self.0.try_wait()? {
            anyhow::bail!("wardwatch-ingest run ended by itself: {status}");
        }
        Ok(peak_mib(self.0.id()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command to its end. Returns its greatest memory in MiB, and the seconds.
///
/// What the system says of an ended child counts the memory of who forked it, so the running one is looked at.
pub(crate) async fn measured(mut command: Command) -> anyhow::Result<(u64, f64)> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut peak = 0;
    loop {
        peak = peak.max(peak_mib(child.id()));
        if let Some(status) = child.try_wait()? {
            // 3: taken, with records that wait.
            anyhow::ensure!(matches!(status.code(), Some(0 | 3)), "wardwatch-ingest failed: {status}");
            return Ok((peak, start.elapsed().as_secs_f64()));
        }
        tokio::time::sleep(LOOKS).await;
    }
}

/// 0 where the process has ended, or the system has no /proc.
fn peak_mib(process: u32) -> u64 {
    let said = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
