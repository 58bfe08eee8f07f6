#!/usr/bin/env python3
"""The figures that this project states, each measured against the truth in the same run.

    bench/figures.py [NAME ...] [--bin build/bin/epochcost] [--json]

Prints one row a figure: what was measured, the truth beside it, the floor that must hold and the
goal. Exit status 1 if a floor is missed. Standard library only. Needs root for the figures that
say so; those are skipped, with the reason, where it is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
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

from workloads import CHILDREN, LOADERS, RANK_WORK, RANKS, REAPER, RECEIVER, SAWTOOTH, SENDER, SIXTY_FOUR, STAMP, STORM

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




def figure_children_user(bench: Bench) -> None:
    user = 65534 if os.geteuid() == 0 else None
    for lifetime, count in ((0.005, 200), (0.05, 200), (0.5, 40), (2.0, 10)):
        out = tempfile.mktemp(prefix="epochcost-reaped-", dir=bench.home)
        own = tempfile.mktemp(prefix="epochcost-own-", dir=bench.home)
        cost = bench.run(PYTHON, "-c", REAPER, out, PYTHON, "-c", CHILDREN, str(lifetime), str(count), own,
                         user=user, options=("--source", "process-clocks"))
        percent_row(f"CPU of {count} children of {lifetime * 1000:.0f} ms, ordinary user",
                    int(cost["total"]["cpu_ns"]), int(pathlib.Path(out).read_text()), 1.0, 0.1)




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


class BpfStatistics:
    """Has the kernel time eBPF programs for as long as it is held, by the descriptor that
    BPF_ENABLE_STATS gives (bpf(2)); nothing of the machine's settings is changed."""

    ENABLE_STATS = 32
    SYSTEM_CALL = {"x86_64": 321, "aarch64": 280}

    def __enter__(self) -> "BpfStatistics":
        number = self.SYSTEM_CALL.get(os.uname().machine, -1)
        attributes = (ctypes.c_uint32 * 32)(0)  # .enable_stats.type = BPF_STATS_RUN_TIME
        self.file = ctypes.CDLL(None, use_errno=True).syscall(number, self.ENABLE_STATS, attributes, 128)
        if self.file < 0:
            raise Skip(f"the kernel does not time eBPF programs: {os.strerror(ctypes.get_errno())}")
        return self

    def __exit__(self, *_: Any) -> None:
        os.close(self.file)

    @staticmethod
    def run_time_ns() -> int:
        """What our programs have taken since they were loaded."""
        tool = shutil.which("bpftool") or "/usr/sbin/bpftool"
        if not os.path.exists(tool):
            raise Skip("needs bpftool, to read what eBPF programs took")
        shown = json.loads(subprocess.run([tool, "prog", "show", "--json"], capture_output=True, check=True).stdout)
        ours = [p for p in shown if str(p.get("name", "")).startswith("ec_")]
        # Those that count packets may have seen none; what is run at each switch of a task has been run.
        if any(p["name"] == "ec_switch" for p in ours) and not any(p.get("run_cnt", 0) for p in ours):
            raise Skip(f"no run of {len(ours)} eBPF programs was timed")
        return sum(p.get("run_time_ns", 0) for p in ours)


def figure_own_cost(bench: Bench) -> None:
    for name, options in (("", ()), (", eBPF process tree", ("--source", "bpf-sched-switch"))):
        if options:
            try:
                need_root()
            except Skip:
                continue
        own_cost(bench, name, options)


def own_cost(bench: Bench, name: str, options: tuple[str, ...]) -> None:
    with contextlib.ExitStack() as stack:
        statistics_of_bpf = stack.enter_context(BpfStatistics()) if os.geteuid() == 0 else None
        program = subprocess.Popen([bench.binary, "run", *options, "--", PYTHON, "-c", SIXTY_FOUR, "14"],
                                   env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        meter = meter_of(program.pid)

        def spent() -> tuple[int, int, int]:
            bpf_ns = statistics_of_bpf.run_time_ns() if statistics_of_bpf else 0
            return cpu_ns(meter) + cpu_ns(program.pid), bpf_ns, time.monotonic_ns()

        own_before, bpf_before, start = spent()
        time.sleep(10)
        own_after, bpf_after, end = spent()
        memory = resident(meter) + resident(program.pid)
        program.wait()
    own, bpf = own_after - own_before, bpf_after - bpf_before
    share = 100.0 * (own + bpf) / (end - start)
    row(f"own CPU at 10 Hz, 64 processes{name}", f"{share:.3f} % of a core",
        f"{own / 1e6:.1f} ms + {bpf / 1e6:.1f} ms eBPF", "≤ 1 %", "≤ 0.3 %", share <= 1.0, share <= 0.3)
    row(f"resident memory, supervisor and meter{name}", f"{memory / 1e6:.1f} MB", "VmRSS", "≤ 40 MB", "≤ 16 MB",
        memory <= 40e6, memory <= 16e6)




def figure_storm(bench: Bench) -> None:
    """A fork storm: what the meter costs and what it books. The truth is the control group's own counter."""
    need_root()
    for options in ((), ("--source", "bpf-sched-switch")):
        name = options[1] if options else "default"
        out = tempfile.mktemp(prefix="epochcost-storm-", dir=bench.home)
        with BpfStatistics() as statistics_of_bpf:
            program = subprocess.Popen([bench.binary, "run", "-q", *options, "--", PYTHON, "-c", STORM, "5000", "10", out],
                                       env=bench.environment)
            time.sleep(1)
            meter = meter_of(program.pid)
            before, bpf_before, start = cpu_ns(meter) + cpu_ns(program.pid), statistics_of_bpf.run_time_ns(), time.monotonic_ns()
            time.sleep(8)
            own, bpf = cpu_ns(meter) + cpu_ns(program.pid) - before, statistics_of_bpf.run_time_ns() - bpf_before
            end = time.monotonic_ns()
            program.wait()
        usage, made = map(int, pathlib.Path(out).read_text().split())
        share = 100.0 * (own + bpf) / (end - start)
        row(f"own CPU in a fork storm of {made / 10:,.0f}/s, {name}", f"{share:.2f} % of a core",
            f"{own / 1e6:.0f} ms + {bpf / 1e6:.0f} ms eBPF", "≤ 5 %", "≤ 2 %", share <= 5, share <= 2)
        percent_row(f"CPU booked of the storm, {name}", int(bench.show()["total"]["cpu_ns"]), usage, 1.0, 0.1)


def figure_ranks(bench: Bench) -> None:
    """Which rank used what: each rank's own control group is the truth."""
    need_root()
    out = os.path.join(bench.home, "ranks")
    bench.environment.update(OUT=out, WORK=RANK_WORK)
    cost = bench.run("sh", "-c", RANKS, "launcher", "1", "2", "3", "4")
    booked = {int(r["replica"]): int(r["cpu_ns"] or 0) for r in cost["replicas"]}
    for rank, usage in (map(int, line.split()) for line in pathlib.Path(out).read_text().splitlines()):
        percent_row(f"CPU of rank {rank} of 4", booked.get(rank, 0), usage * 1000, 1.0, 0.1)
    exact = sum(booked.values()) == int(cost["total"]["cpu_ns"])
    row("Σ ranks and shared = whole control group's", str(sum(booked.values())), str(cost["total"]["cpu_ns"]), "exact", "exact",
        exact, exact)


def figure_kills(bench: Bench) -> None:
    """A meter killed at a random instant, a hundred times: the integration test, as often as the figure says."""
    need_root()
    test = "test_survival.Survival.test_a_meter_killed_at_random_instants_misses_and_doubles_nothing"
    done = subprocess.run([PYTHON, "-B", "-m", "unittest", test], cwd=HERE.parent / "test" / "integration", capture_output=True,
                          env=dict(os.environ, EPOCHCOST_TEST_KILLS="100", EPOCHCOST_TEST_BIN=bench.binary,
                                   PYTHONPATH=str(HERE.parent / "sdk" / "python")))
    failed = done.stderr.decode().count("FAIL: ") + done.stderr.decode().count("ERROR: ")
    row("meter killed at 100 random instants", f"{failed} runs with a fault", "exit code, cpu.stat, 8 epochs", "0", "0",
        done.returncode == 0, done.returncode == 0)


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
        bench = Bench(os.path.abspath(chosen.bin))
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
