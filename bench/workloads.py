"""The programs that are metered in figures.py, as the text that Python (or a C compiler) is given."""

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

# Two lines: when it was started, by whom; the child writes the monotonic clock as its first act.
STAMP = r"""
#include <stdio.h>
#include <time.h>
int main(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); printf("%lld\n", t.tv_sec * 1000000000LL + t.tv_nsec); return 0; }
"""

# Forks RATE times a second for SECONDS, each child computing for a moment; says what its control group used.
STORM = r"""
import os, signal, sys, time
rate, seconds = int(sys.argv[1]), float(sys.argv[2])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
begin = time.monotonic()
made = 0
while True:
    now = time.monotonic() - begin
    if now >= seconds:
        break
    while made < rate * now:
        pid = os.fork()
        if pid == 0:
            for _ in range(2000): pass
            os._exit(0)
        made += 1
    time.sleep(0.0005)
time.sleep(0.3)
own = [l.split("::")[1].strip() for l in open("/proc/self/cgroup") if l.startswith("0::")][0]
usage = -1
for root in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
    try:
        usage = int(open(f"{root}{own}/cpu.stat").readline().split()[1]) * 1000
        break
    except OSError:
        pass
open(sys.argv[3], "w").write(f"{usage} {made}")
os._exit(0)
"""

# Ranks of unequal work, each in a control group of its own below the run's. When all are gone their groups still hold what they
# used, to the end; it is written to the file that OUT names.
RANKS = r"""
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
for root in /sys/fs/cgroup/unified /sys/fs/cgroup; do [ -f $root$own/cgroup.procs ] && break; done
rank=0
for seconds in "$@"; do
  mkdir $root$own/rank$rank
  RANK=$rank LOCAL_RANK=$rank WORLD_SIZE=$# sh -c "echo \$\$ > $root$own/rank$rank/cgroup.procs; exec /usr/bin/python3 -c \"\$1\" $seconds" rank "$WORK" &
  rank=$((rank + 1))
done
wait
rank=0
for seconds in "$@"; do echo $rank $(sed -n 's/^usage_usec //p' $root$own/rank$rank/cpu.stat); rank=$((rank + 1)); done > $OUT
"""
RANK_WORK = r"""
import os, sys, time
seconds = float(sys.argv[1])
if os.fork() == 0:  # a loader of its own
    while time.process_time() < seconds / 4: sum(range(500))
    os._exit(0)
while time.process_time() < seconds * 3 / 4: sum(range(500))
os.wait()
"""
