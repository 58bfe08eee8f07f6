#!/usr/bin/env python3
"""The figures that this project states, each measured against the truth in the same run.

    bench/figures.py [NAME ...] [--bin build/bin/epochcost] [--json]

Prints one row a figure: what was measured, the truth beside it, the floor that must hold and the
goal. Exit status 1 if a floor is missed. Standard library only. Needs root for the figures that
say so; those are skipped, with the reason, where it is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Optional

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
ROWS: list[dict[str, Any]] = []


class Skip(Exception):
    """This machine or user cannot show the figure; the argument says why."""


class Bench:
    """One program under test and a ledger of its own."""

    def __init__(self, binary: str) -> None:
        self.binary = binary
        self.home = tempfile.mkdtemp(prefix="epochcost-bench-")
        os.chmod(self.home, 0o777)
        self.environment = dict(os.environ, EPOCHCOST_HOME=self.home)

    def run(self, *command: str, options: tuple[str, ...] = (), user: Optional[int] = None,
            check: bool = True) -> dict[str, Any]:
        """Meters `command` and returns what `show --json` says of it."""
        prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        if user:  # a ledger of its own: root's is not its to write
            self.environment["EPOCHCOST_HOME"] = os.path.join(self.home, "user")
            os.makedirs(self.environment["EPOCHCOST_HOME"], exist_ok=True)
            os.chown(self.environment["EPOCHCOST_HOME"], user, user)
        environment = dict(self.environment, HOME=self.home, PYTHONPATH=str(HERE.parent / "sdk" / "python"))
        done = subprocess.run(prefix + [self.binary, "run", *options, "--", *command],
                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr.decode()[-2000:]}")
        return self.show()

    def show(self, run: str = "") -> dict[str, Any]:
        command = [self.binary, "show", "--json"] + ([run] if run else [])
        shown = json.loads(subprocess.run(command, env=self.environment, check=True, capture_output=True).stdout)
        self.environment["EPOCHCOST_HOME"] = self.home
        return shown

    def meter_log(self, run: str) -> str:
        return pathlib.Path(self.home, "runs", run, "meter.log").read_text()

    def close(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)


def row(figure: str, measured: str, truth: str, floor: str, goal: str, holds: bool, reaches: bool) -> None:
    ROWS.append({"figure": figure, "measured": measured, "truth": truth, "floor": floor, "goal": goal,
                 "floor_holds": holds, "goal_reached": reaches})
    mark = "✓✓" if reaches else "✓ " if holds else "✗ "
    print(f"{mark} {figure:<58} {measured:<26} truth {truth:<26} floor {floor:<12} goal {goal}", flush=True)


def percent_row(figure: str, booked: int, truth: int, floor: float, goal: float) -> None:
    error = 100.0 * (booked - truth) / truth
    row(figure, f"{booked:,} ({error:+.3f} %)", f"{truth:,}", f"±{floor} %", f"±{goal} %",
        abs(error) <= floor, abs(error) <= goal)


def need_root() -> None:
    if os.geteuid() != 0:
        raise Skip("needs root")


# The workload: 200 children that live LIFETIME seconds and compute; every fifth is double-forked and
# re-parented. When all are gone it writes what the kernel counted for its own cgroup, and what
# getrusage says of itself and of the children that it waited for.
CHILDREN = r"""
import os, resource, sys, time
lifetime, count, out = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
read_end, write_end = os.pipe()
def compute():
    end = time.monotonic() + lifetime
    x = 0
    while time.monotonic() < end:
        x += sum(range(200))
    os._exit(0)
def child(index):
    pid = os.fork()
    if pid:
        return pid
    os.close(read_end)
    if index % 5 == 0:
        if os.fork() == 0:
            compute()
        os._exit(0)
    compute()
for start in range(0, count, 10):
    for pid in [child(start + i) for i in range(10)]:
        os.waitpid(pid, 0)
os.close(write_end)
os.read(read_end, 1)  # ends when the last re-parented child is gone
own = [l.split("::")[1].strip() for l in open("/proc/self/cgroup") if l.startswith("0::")][0]
usage = -1
for root in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
    try:
        usage = int(open(f"{root}{own}/cpu.stat").readline().split()[1]) * 1000
        break
    except OSError:
        pass
spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
waited = sum(int((r.ru_utime + r.ru_stime) * 1e9) for r in spent)
open(out, "w").write(f"{usage} {waited} {own}")
os._exit(0)  # what Python tidies up at its end would be in no truth
"""


def children(bench: Bench, source: str, floor: float, goal: float, user: Optional[int] = None) -> None:
    for lifetime, count in ((0.005, 200), (0.05, 200), (0.5, 40), (2.0, 10)):
        out = tempfile.mktemp(prefix="epochcost-children-", dir=bench.home)
        cost = bench.run(PYTHON, "-c", CHILDREN, str(lifetime), str(count), out, user=user,
                         options=("--source", source) if source else ())
        usage, waited, _ = pathlib.Path(out).read_text().split()
        who = "as a user, " if user else ""
        percent_row(f"CPU of {count} children of {lifetime * 1000:.0f} ms, {who}{source or 'default'}",
                    int(cost["total"]["cpu_ns"]), int(waited) if user else int(usage), floor, goal)


def figure_children_root(bench: Bench) -> None:
    need_root()
    children(bench, "", 1.0, 0.1)


def figure_children_bpf(bench: Bench) -> None:
    need_root()
    children(bench, "bpf-sched-switch", 1.0, 0.1)


# What wait4 of the supervisor says: the program, its children, and the orphans that came to the
# supervisor. The wrapper is the subreaper here, so its getrusage sees the same processes.
REAPER = r"""
import ctypes, os, resource, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
if os.fork() == 0:
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
open(sys.argv[1], "w").write(str(sum(int((r.ru_utime + r.ru_stime) * 1e9) for r in spent)))
os._exit(0)
"""


def figure_children_user(bench: Bench) -> None:
    user = 65534 if os.geteuid() == 0 else None
    for lifetime, count in ((0.005, 200), (0.05, 200), (0.5, 40), (2.0, 10)):
        out = tempfile.mktemp(prefix="epochcost-reaped-", dir=bench.home)
        own = tempfile.mktemp(prefix="epochcost-own-", dir=bench.home)
        cost = bench.run(PYTHON, "-c", REAPER, out, PYTHON, "-c", CHILDREN, str(lifetime), str(count), own,
                         user=user, options=("--source", "process-clocks"))
        percent_row(f"CPU of {count} children of {lifetime * 1000:.0f} ms, ordinary user",
                    int(cost["total"]["cpu_ns"]), int(pathlib.Path(out).read_text()), 1.0, 0.1)


SENDER = r"""
import socket, sys
s = socket.create_connection((sys.argv[1], 5999))
block = bytes(1 << 20)
for _ in range(int(sys.argv[2])):
    s.sendall(block)
s.shutdown(socket.SHUT_WR)
s.recv(1)
"""
RECEIVER = r"""
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 5999)); s.listen(1); print("ready", flush=True)
c, _ = s.accept()
while c.recv(1 << 20):
    pass
c.close()
"""


def figure_network(bench: Bench) -> None:
    need_root()
    if shutil.which("ip") is None:
        raise Skip("needs ip, of the package iproute2")
    space, ours, theirs = f"ecb{os.getpid()}", f"ecv{os.getpid()}"[:15], "ecpeer0"
    setup = [["ip", "netns", "add", space],
             ["ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", space],
             ["ip", "addr", "add", "10.231.77.1/30", "dev", ours], ["ip", "link", "set", ours, "up"],
             ["ip", "-n", space, "addr", "add", "10.231.77.2/30", "dev", theirs],
             ["ip", "-n", space, "link", "set", theirs, "up"]]
    # Only addresses of this pair are used, and only between the two ends made here.
    try:
        for command in setup:
            subprocess.run(command, check=True, capture_output=True)
    except subprocess.CalledProcessError as fault:
        subprocess.run(["ip", "netns", "del", space], capture_output=True)
        raise Skip(f"cannot make a veth pair: {fault.stderr.decode().strip()}") from fault
    try:
        def counters() -> int:
            base = f"/sys/class/net/{ours}/statistics/"
            value = {n: int(open(base + n).read()) for n in ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets")}
            return value["rx_bytes"] + value["tx_bytes"] - 14 * (value["rx_packets"] + value["tx_packets"])

        receiver = subprocess.Popen(["ip", "netns", "exec", space, PYTHON, "-c", RECEIVER], stdout=subprocess.PIPE)
        assert receiver.stdout is not None
        receiver.stdout.readline()
        before = counters()
        cost = bench.run(PYTHON, "-c", SENDER, "10.231.77.2", "1024")
        receiver.wait(timeout=30)
        percent_row("network bytes of 1 GiB over veth", int(cost["total"]["network_bytes"]), counters() - before, 1.0, 0.1)
    finally:
        subprocess.run(["ip", "link", "del", ours], capture_output=True)
        subprocess.run(["ip", "netns", "del", space], capture_output=True)


# Memory that rises and falls by a known amount, with its own log of byte·ms above a base line that
# the program reads from its own smaps at start.
SAWTOOTH = r"""
import mmap, sys, time
from ciuic_sdk import CostMonitor
def own():
    total = 0
    for line in open("/proc/self/smaps_rollup"):
        if line.startswith(("Anonymous:", "Pss_Shmem:")):
            total += int(line.split()[1]) * 1024
    return total
step = 64 << 20
level = own()
monitor = CostMonitor(project_id="sawtooth")  # epoch 0 is what the program logs
held, log, last = [], 0.0, time.monotonic()
begin = last
for tooth in range(3):
    for _ in range(6):
        m = mmap.mmap(-1, step, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for at in range(0, step, 4096):
            m[at] = 1
        held.append(m)
        now = time.monotonic(); before, level = level, own()
        log += (before + level) / 2 * (now - last); last = now
        time.sleep(0.25)
        now = time.monotonic(); log += level * (now - last); last = now
    while held:
        held.pop().close()
    now = time.monotonic(); before, level = level, own(); log += (before + level) / 2 * (now - last); last = now
    time.sleep(0.5)
    now = time.monotonic(); log += level * (now - last); last = now
monitor.update()
open(sys.argv[1], "w").write(f"{log / (last - begin):.0f}")
"""
LOADERS = r"""
import os, sys, time
from ciuic_sdk import CostMonitor
block = bytearray(os.urandom(1 << 20)) * 300
children = []
for _ in range(8):
    pid = os.fork()
    if pid == 0:
        own = bytearray(8 << 20)
        time.sleep(6); os._exit(0)
    children.append(pid)
time.sleep(1)
paths = [l.strip().split(":") for l in open("/proc/self/cgroup")]
v1 = [p for _, c, p in paths if c == "memory"]
v2 = [p for _, c, p in paths if c == ""]
def own():
    for root, own_paths, names in (("/sys/fs/cgroup/memory", v1, ("rss", "shmem")), ("/sys/fs/cgroup", v2, ("anon", "shmem"))):
        try:
            if "epochcost-" not in own_paths[0]:
                continue  # not the run's own group
            stat = dict(l.split() for l in open(f"{root}{own_paths[0]}/memory.stat"))
            return sum(int(stat[n]) for n in names if n in stat)
        except (OSError, IndexError):
            continue
    total = 0
    for pid in [os.getpid()] + children:
        for line in open(f"/proc/{pid}/smaps_rollup"):
            if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                total += int(line.split()[1]) * 1024
    return total
monitor = CostMonitor(project_id="loaders")
begin = time.monotonic_ns(); levels = []
while time.monotonic_ns() - begin < 4e9:
    levels.append(own()); time.sleep(0.05)
monitor.update()
open(sys.argv[1], "w").write(f"{sum(levels) / len(levels):.0f}")
for pid in children:
    os.waitpid(pid, 0)
"""


def figure_memory(bench: Bench) -> None:
    for who, user, options in (("", None, ()), ("ordinary user, ", 65534, ("--source", "process-clocks,proc-memory"))):
        if user and os.geteuid() != 0:
            user = None
        if not who:
            try:
                need_root()
            except Skip:
                continue
        for name, program in (("sawtooth", SAWTOOTH), ("eight forked loaders", LOADERS)):
            out = tempfile.mktemp(prefix="epochcost-memory-", dir=bench.home)
            cost = bench.run(PYTHON, "-c", program, out, user=user, options=options)
            floor, goal = (10.0, 0.5) if who else (2.0, 0.5)
            truth = int(pathlib.Path(out).read_text())
            epoch = cost["epochs"][0]
            percent_row(f"average memory, {who}{name}", int(epoch["memory_average_bytes"]), truth, floor, goal)


SIXTY_FOUR = r"""
import os, sys, time
for _ in range(63):
    if os.fork() == 0:
        end = time.monotonic() + float(sys.argv[1])
        while time.monotonic() < end:
            sum(range(2000)); time.sleep(0.02)
        os._exit(0)
time.sleep(float(sys.argv[1]))
"""


def meter_of(root: int) -> int:
    """The meter that a supervisor started."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = open(f"/proc/{entry}/stat").read()
                if "(epochcost-meter)" in fields and int(fields.rsplit(")", 1)[1].split()[1]) == root:
                    return int(entry)
            except OSError:
                continue
    raise RuntimeError("no meter found")


def cpu_ns(pid: int) -> int:
    """The process's CPU clock, as clock_getcpuclockid(3) names it."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def resident(pid: int) -> int:
    return int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M)[1]) * 1024  # type: ignore[index]


def bpf_run_time() -> Optional[int]:
    tool = shutil.which("bpftool") or "/usr/sbin/bpftool"
    if not os.path.exists(tool):
        return None
    shown = subprocess.run([tool, "prog", "show", "--json"], capture_output=True)
    if shown.returncode != 0:
        return None
    return sum(p.get("run_time_ns", 0) for p in json.loads(shown.stdout) if str(p.get("name", "")).startswith("ec_"))


def figure_own_cost(bench: Bench) -> None:
    statistics_switch = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
    was = statistics_switch.read_text() if statistics_switch.exists() else None
    try:
        if was is not None and os.geteuid() == 0:
            statistics_switch.write_text("1")
        program = subprocess.Popen([bench.binary, "run", "--", PYTHON, "-c", SIXTY_FOUR, "14"], env=bench.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        meter = meter_of(program.pid)
        bpf_before = bpf_run_time()
        before, start = cpu_ns(meter) + cpu_ns(program.pid), time.monotonic_ns()
        time.sleep(10)
        after, end = cpu_ns(meter) + cpu_ns(program.pid), time.monotonic_ns()
        memory = resident(meter) + resident(program.pid)
        bpf_after = bpf_run_time()
        program.wait()
    finally:
        if was is not None and os.geteuid() == 0:
            statistics_switch.write_text(was)
    bpf = (bpf_after or 0) - (bpf_before or 0)
    share = 100.0 * (after - before + bpf) / (end - start)
    row("own CPU at 10 Hz, 64 processes", f"{share:.3f} % of a core", f"BPF {bpf / 1e6:.1f} ms of it", "≤ 1 %", "≤ 0.3 %",
        share <= 1.0, share <= 0.3)
    row("resident memory, supervisor and meter", f"{memory / 1e6:.1f} MB", "VmRSS", "≤ 40 MB", "≤ 16 MB",
        memory <= 40e6, memory <= 16e6)


# Two lines: when it was started, by whom; the child writes the monotonic clock as its first act.
STAMP = r"""
#include <stdio.h>
#include <time.h>
int main(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); printf("%lld\n", t.tv_sec * 1000000000LL + t.tv_nsec); return 0; }
"""


def figure_exec(bench: Bench) -> None:
    source = pathlib.Path(bench.home, "stamp.c")
    stamp = pathlib.Path(bench.home, "stamp")
    source.write_text(STAMP)
    subprocess.run(["cc", "-O1", "-o", str(stamp), str(source)], check=True)

    def delay(command: list[str]) -> int:
        begin = time.monotonic_ns()
        done = subprocess.run(command, env=bench.environment, capture_output=True, check=True)
        return int(done.stdout) - begin

    pairs = [delay([bench.binary, "run", "-q", "--", str(stamp)]) - delay([str(stamp)]) for _ in range(30)]
    median = statistics.median(pairs) / 1e6
    row("from epochcost run to the child's exec, median of 30 pairs", f"{median:.1f} ms", f"max {max(pairs) / 1e6:.1f} ms",
        "≤ 100 ms", "≤ 20 ms", median <= 100, median <= 20)


def figure_latency(bench: Bench) -> None:
    for runs in (1, 8):
        program = "import time\nend = time.monotonic() + 10\nwhile time.monotonic() < end: sum(range(1000)); time.sleep(0.005)"
        started = [subprocess.Popen([bench.binary, "run", "-q", "--", PYTHON, "-c", program], env=bench.environment)
                   for _ in range(runs)]
        for each in started:
            each.wait()
        listed = json.loads(subprocess.run([bench.binary, "runs", "--json", "--limit", str(runs)], env=bench.environment,
                                           check=True, capture_output=True).stdout)
        worst, p50, commits = 0, [], 0
        for run in listed["runs"]:
            found = re.search(r"commits (\d+) latency_p50_ns (\d+) latency_p99_ns (\d+)", bench.meter_log(run["id"]))
            assert found, bench.meter_log(run["id"])
            commits += int(found[1])
            p50.append(int(found[2]))
            worst = max(worst, int(found[3]))
        row(f"newest reading to the commit's return, {runs} run(s), p99", f"{worst / 1e6:.1f} ms",
            f"p50 {statistics.median(p50) / 1e6:.1f} ms, n {commits}", "< 1 s", "< 250 ms", worst < 1e9, worst < 250e6)


def figure_conservation(bench: Bench) -> None:
    sdk = HERE.parent / "sdk" / "python"
    program = (f"import sys; sys.path.insert(0, {str(sdk)!r})\n"
               "from ciuic_sdk import CostMonitor\n"
               "m = CostMonitor(project_id='conservation', budget=1)\n"
               "for e in range(20):\n"
               "    sum(range(300000))\n"
               "    with m.phase('eval'): sum(range(100000))\n"
               "    m.update()\n"
               "m.close()\n")
    cost = bench.run(PYTHON, "-c", program)
    amount = int(cost["total"]["amount_nano"])
    parts = sum(int(e["amount_nano"]) for e in cost["epochs"] + cost["phases"])
    replicas = sum(int(r["amount_nano"]) for r in cost["replicas"])
    resources = sum(int(r["amount_nano"]) for r in cost["resources"].values() if r)
    exact = amount == parts == replicas == resources and amount > 0
    row("Σ epochs + Σ phases = Σ replicas = Σ resources = total", f"{parts} {replicas} {resources}", str(amount),
        "exact", "exact", exact, exact)


FIGURES: dict[str, Callable[[Bench], None]] = {
    name.removeprefix("figure_"): function for name, function in list(globals().items()) if name.startswith("figure_")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of: " + " ".join(FIGURES))
    parser.add_argument("--bin", default=str(HERE.parent / "build" / "bin" / "epochcost"))
    parser.add_argument("--json", action="store_true", help="also print the rows as JSON")
    chosen = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in chosen.names or FIGURES:
        if name not in FIGURES:
            parser.error(f"no figure named {name}")
        bench = Bench(chosen.bin)
        try:
            FIGURES[name](bench)
        except Skip as reason:
            print(f"–  {name}: skipped: {reason}", flush=True)
        finally:
            bench.close()
    if chosen.json:
        print(json.dumps(ROWS, ensure_ascii=False, indent=1))
    return 0 if all(r["floor_holds"] for r in ROWS) else 1


if __name__ == "__main__":
    sys.exit(main())
