#!/usr/bin/env python3
"""The figures of the page's server, each beside its truth in the same run.

    bench/http_figures.py [--bin build/bin/epochcost] [--clients 500] [--seconds 3]

A made-up run of 1,000,000 lines and 10,000 epochs and 10,000 small runs are written into a ledger of
their own. Then: how long the run takes to open; how many requests a second are answered beside nginx
serving the same bytes from a file (wrk; skipped where either is missing); how long /healthz takes while
clients follow a run that is committed five times a second, and how old the newest reading is when it
reaches them. Only this machine is asked. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import resource
import selectors
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

EPOCHS, RESOURCES, LINES_EACH = 10_000, (1, 2, 3, 4, 5), 20
SMALL_RUNS = 10_000
START = 1_795_000_000_000_000_000
SECOND = 1_000_000_000
BIG, LIVE = "b19000000000", "11fe00000000"


class Ledger:
    """Rows as a meter's commits leave them (src/store/migrations/0001_ledger.sql)."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("BEGIN IMMEDIATE")
        self.project = self.add("INSERT INTO project (id, threshold_ppm) VALUES ('bench', 800000)")
        self.pricing = self.db.execute("SELECT min(pricing_key) FROM pricing").fetchone()[0]

    def add(self, sql: str, *values: object) -> int:
        return int(self.db.execute(sql, values).lastrowid or 0)

    def run(self, run_id: str, name: str, start: int, end: int | None) -> tuple[int, int]:
        run = self.add(
            "INSERT INTO run (id, project_key, agent, name, arguments, working_directory, sheet, currency, started,"
            " ended, state, exit_code, epochs_from, hz) VALUES (?, ?, 'a', ?, x'', '/', 'reference', 'CNY', ?, ?, ?, ?, 'sdk', 10)",
            run_id, self.project, name, start, end, 1 if end else 0, 0 if end else None)
        meter = self.add("INSERT INTO meter (project_key, agent, boot, contiguous_seq, last_seq) VALUES (?, 'a', ?, 0, 0)",
                         self.project, run_id)
        self.add("INSERT INTO metering VALUES (?, ?)", run, meter)
        self.add("INSERT INTO run_progress VALUES (?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)", run, meter)
        return run, meter

    def account(self, run: int, epoch: int, resource: int, lines: int, nano: int, t0: int, t1: int) -> int:
        return self.add(
            "INSERT INTO account (run_key, scope_kind, scope_index, replica, resource, kind, quality, source, pricing_key,"
            " lines, quantity_hi, quantity_lo, amount_whole, amount_nano, t0, t1, held)"
            " VALUES (?, 0, ?, 0, ?, 0, 0, 1, ?, ?, 0, ?, 0, ?, ?, ?, ?)",
            run, epoch, resource, self.pricing, lines, lines * 1000, nano, t0, t1, t1 - t0)

    def scope(self, run: int, epoch: int) -> None:
        self.add("INSERT INTO scope VALUES (?, 0, ?, 10, 1)", run, epoch)

    def fill(self) -> None:
        length = EPOCHS * LINES_EACH * SECOND
        run, meter = self.run(BIG, "big", START, START + length)
        seq = 0
        for epoch in range(EPOCHS):
            t0 = START + epoch * LINES_EACH * SECOND
            self.scope(run, epoch)
            accounts = [self.account(run, epoch, r, LINES_EACH, LINES_EACH * (1000 + epoch % 97), t0,
                                     t0 + LINES_EACH * SECOND) for r in RESOURCES]
            rows = []
            for i in range(LINES_EACH):
                for resource, account in zip(RESOURCES, accounts):
                    seq += 1
                    rows.append((meter, seq, resource, t0 + i * SECOND, account, t0 + (i + 1) * SECOND, 0, seq * 1000, 0,
                                 seq * 1000 + 1000, 1000 + epoch % 97))
            self.db.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", rows)
        for i in range(SMALL_RUNS):
            start = START + i * 60 * SECOND
            small, _ = self.run(f"{i:012x}", f"small {i}", start, start + 50 * SECOND)
            self.scope(small, 0)
            for resource in RESOURCES:
                self.account(small, 0, resource, 5, 5000 + i, start, start + 50 * SECOND)
        self.db.execute("COMMIT")

    def live(self, stop: threading.Event, path: str) -> None:
        """Commits where a run stands, five times a second."""
        db = sqlite3.connect(path, isolation_level=None, timeout=10)
        run, meter = db.execute("SELECT run_key, meter_key FROM metering JOIN run USING (run_key) WHERE id = ?", (LIVE,)).fetchone()
        account = db.execute("SELECT account_key FROM account WHERE run_key = ?", (run,)).fetchone()[0]
        for step in range(1, 1_000_000):
            if stop.wait(0.2):
                return
            now = time.time_ns()
            db.execute("INSERT OR REPLACE INTO open_line VALUES (?, 0, ?, 1, 1, ?, ?, ?, 0, 0, 0, ?, ?, NULL)",
                       (run, meter, now - step * SECOND // 5, account, now, step * 1000, step * 1000))


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Served:
    def __init__(self, binary: str, home: str) -> None:
        self.process = subprocess.Popen([binary, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE,
                                        env=dict(os.environ, EPOCHCOST_HOME=home))
        assert self.process.stdout
        told = json.loads(self.process.stdout.readline())
        self.port, self.token = told["port"], told["url"].split("token=")[1]

    def get(self, path: str) -> tuple[bytes, float]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {self.token}"})
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read(), (time.perf_counter() - began) * 1000


def opening(served: Served) -> None:
    for name, path in (("overview", f"/api/v1/runs/{BIG}"), ("epochs", f"/api/v1/runs/{BIG}/epochs"),
                       ("composition", f"/api/v1/runs/{BIG}/composition"), ("series", f"/api/v1/runs/{BIG}/series"),
                       ("list of runs", "/api/v1/runs"), ("filtered list", "/api/v1/runs?text=small%2099&sort=-amount")):
        body, first = served.get(path)
        again = statistics.median(served.get(path)[1] for _ in range(5))
        print(f"{name:>16}: first {first:7.1f} ms, again {again:6.1f} ms, {len(body) / 1024:7.1f} KiB")
    began = time.perf_counter()
    while json.loads(served.get(f"/api/v1/runs/{BIG}/series")[0])["resolution"] != "lines":
        time.sleep(0.02)
    print(f"{'every line':>16}: {time.perf_counter() - began:7.2f} s after the series was first asked for")


def wrk(url: str, seconds: int, *headers: str) -> float:
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", *(word for header in headers for word in ("-H", header)), url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise RuntimeError(text)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))  # type: ignore[union-attr]


def throughput(served: Served, home: str, seconds: int) -> None:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not shutil.which("wrk") or not os.path.exists(nginx):
        print("skipped: requests a second (wrk or nginx-light is not installed)")
        return
    path = f"/api/v1/runs/{BIG}/epochs"
    folder = pathlib.Path(home) / "nginx"
    folder.mkdir()
    os.chmod(home, 0o755)
    (folder / "epochs").write_bytes(served.get(path)[0])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(
        f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; default_type application/json; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n")
    beside = subprocess.Popen([nginx, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    time.sleep(1)
    try:
        ours, theirs = [], []
        for _ in range(3):  # in turns, so that the machine's other work meets both
            ours.append(wrk(f"http://127.0.0.1:{served.port}{path}", seconds, f"Authorization: Bearer {served.token}"))
            theirs.append(wrk(f"http://127.0.0.1:{port}/epochs", seconds))
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"{'epochs':>16}: {a:.0f} requests/s, nginx's static file {b:.0f}: {100 * a / b:.0f} % (floor 25, goal 50)")
    finally:
        beside.terminate()
        beside.wait()


def following(served: Served, ledger: Ledger, path: str, clients: int, seconds: int) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=ledger.live, args=(stop, path))
    selector = selectors.DefaultSelector()
    for _ in range(clients):
        client = socket.create_connection(("127.0.0.1", served.port))
        client.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.token}\r\n\r\n".encode())
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
    writer.start()
    ages: list[float] = []
    counts = [0]

    def read() -> None:
        while not stop.is_set():
            for key, _ in selector.select(0.1):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                now = time.time_ns()
                for at in re.findall(rb'event: run\ndata: .*?"as_of":"([^"]+)Z"', data):
                    whole, nano = at.decode().split(".")
                    then = int(time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone) * SECOND + int(nano)
                    counts[0] += 1
                    ages.append((now - then) / 1e6)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(1)
    health: list[float] = []
    with socket.create_connection(("127.0.0.1", served.port)) as probe:
        until = time.monotonic() + seconds * 3
        while time.monotonic() < until:
            began = time.perf_counter()
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            probe.recv(4096)
            health.append((time.perf_counter() - began) * 1000)
            time.sleep(0.005)
    stop.set()
    writer.join()
    reader.join()
    print(f"{'/healthz':>16}: {clients} clients follow: p50 {quantile(health, .5):.2f} ms, p99 {quantile(health, .99):.2f} ms"
          f" (floor 50, goal 10), {len(health)} requests")
    if ages:
        print(f"{'commit to event':>16}: p50 {quantile(ages, .5):.0f} ms, p99 {quantile(ages, .99):.0f} ms, {counts[0]} events")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--bin", default="build/bin/epochcost")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    binary = os.path.abspath(options.bin)
    needed = 2 * options.clients + 1024  # the server inherits the limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    with tempfile.TemporaryDirectory(prefix="epochcost-http-") as home:
        subprocess.run([binary, "run", "--", "true"], env=dict(os.environ, EPOCHCOST_HOME=home), stderr=subprocess.DEVNULL, check=True)
        path = f"{home}/ledger.db"
        ledger = Ledger(path)
        live, _ = ledger.run(LIVE, "live", time.time_ns(), None)
        ledger.account(live, 0, 1, 1, 7, time.time_ns(), time.time_ns() + 1)
        ledger.fill()
        began = time.perf_counter()
        served = Served(binary, home)
        print(f"{'start':>16}: {(time.perf_counter() - began) * 1000:7.1f} ms with {SMALL_RUNS + 2} runs in the ledger")
        try:
            opening(served)
            throughput(served, home, options.seconds)
            following(served, ledger, path, options.clients, options.seconds)
        finally:
            served.process.terminate()
            served.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
