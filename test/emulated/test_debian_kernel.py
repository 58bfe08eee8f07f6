"""The meter on Debian 12's own kernel, in an emulated machine that may be put to sleep and whose clock may be set.

Needs qemu-system-x86_64, busybox (static), cpio and a kernel: EPOCHCOST_TEST_KERNEL, or a /boot/vmlinuz-6.1.*. What is missing is printed
and the test skipped. The machine boots from memory with the program under test, its libraries and nothing else; what it
prints on its serial line is what is judged.
"""

from __future__ import annotations

import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from typing import Optional

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("EPOCHCOST_TEST_BIN", str(ROOT / "build" / "bin" / "epochcost"))
KERNEL_TEST = str(pathlib.Path(BINARY).parent / "probe_kernel_test")
PATIENCE_S = int(os.environ.get("EPOCHCOST_TEST_BOOT_S", "600"))

INIT = r"""#!/bin/sh
export PATH=/bin HOME=/tmp EPOCHCOST_HOME=/tmp/home EPOCHCOST_LANG=en LC_ALL=C
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mkdir -p /dev/pts; mount -t devpts pts /dev/pts
mount -t tmpfs tmp /tmp; mount -t cgroup2 none /sys/fs/cgroup
echo +memory +cpu > /sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
mkdir -p /tmp/home
say() { echo "@@ $*"; }
say kernel $(uname -r)
EPOCHCOST_TEST_SLOWNESS=20 /bin/probe_kernel_test --gtest_brief=1 > /tmp/kernel_test 2>&1; say kernel_test $?
tail -n 40 /tmp/kernel_test
say doctor; epochcost doctor --json; say end
# Computes until the seconds are over, in children that come and go; ends by saying what its group used.
cat > /bin/work <<'END'
#!/bin/sh
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
end=$(( $(cut -d. -f1 /proc/uptime) + $1 ))
while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; /bin/true; done
echo "used $(sed -n 's/^usage_usec //p' $own/cpu.stat)"
END
chmod +x /bin/work
meter() { # NAME COMMAND...
  name=$1; shift
  epochcost run -q --name "$name" -- "$@"; say code $?
  say show $name; epochcost show --json; say end
}
say run plain; meter plain work 10
say run tree; epochcost run -q --source bpf-sched-switch --name tree -- work 10; say code $?
say show tree; epochcost show --json; say end
say run asleep
( sleep 16; echo mem > /sys/power/mem_sleep 2>/dev/null; echo deep > /sys/power/mem_sleep 2>/dev/null
  for i in 1 2 3 4 5 6 7 8 9 10; do echo 0 > /sys/class/rtc/rtc0/wakealarm; echo +3 > /sys/class/rtc/rtc0/wakealarm; echo mem > /sys/power/state; say slept $?; sleep 1; done ) &
meter asleep work 64
say run clock
( sleep 14; date -s @$(( $(date +%s) - 3600 )) >/dev/null; say set_back ) &
meter clock work 22
say over
poweroff -f
"""


def find_kernel() -> Optional[str]:
    told = os.environ.get("EPOCHCOST_TEST_KERNEL")
    found = [told] if told else sorted(glob.glob("/boot/vmlinuz-6.1.*"))
    return found[-1] if found and os.path.exists(found[-1]) else None


def libraries_of(binary: str) -> list[str]:
    shown = subprocess.run(["ldd", binary], capture_output=True, check=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", shown)


class DebianKernel(unittest.TestCase):
    printed = ""

    @classmethod
    def setUpClass(cls) -> None:
        busybox = shutil.which("busybox")
        for thing, is_there in (("qemu-system-x86_64", shutil.which("qemu-system-x86_64")), ("cpio", shutil.which("cpio")),
                                ("static busybox", busybox), ("kernel 6.1 (EPOCHCOST_TEST_KERNEL)", find_kernel()),
                                ("probe_kernel_test beside the program", os.path.exists(KERNEL_TEST))):
            if not is_there:
                print(f"skipped: no {thing} on this machine", flush=True)
                raise unittest.SkipTest(f"no {thing} on this machine")
        assert busybox is not None
        with tempfile.TemporaryDirectory() as place:
            image = cls.make_image(pathlib.Path(place), busybox)
            command = ["qemu-system-x86_64", "-accel", os.environ.get("EPOCHCOST_TEST_ACCEL", "tcg"), "-m", "1024", "-smp", "1", "-nographic",
                       "-no-reboot", "-nic", "none", "-kernel", str(find_kernel()), "-initrd", image, "-append", "console=ttyS0 quiet panic=-1 no_timer_check"]
            try:
                done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
                cls.printed = done.stdout.decode("utf-8", "replace").replace("\r", "")
            except subprocess.TimeoutExpired as late:
                cls.printed = (late.stdout or b"").decode("utf-8", "replace").replace("\r", "")
        keep = os.environ.get("EPOCHCOST_TEST_KEEP")
        if keep:
            pathlib.Path(keep).write_text(cls.printed)

    @staticmethod
    def make_image(place: pathlib.Path, busybox: str) -> str:
        root = place / "root"
        for folder in ("bin", "proc", "sys", "dev", "tmp", "lib64", "etc"):
            (root / folder).mkdir(parents=True)
        shutil.copy(busybox, root / "bin" / "busybox")
        for name in subprocess.run([busybox, "--list"], capture_output=True, check=True, text=True).stdout.split():
            if not (root / "bin" / name).exists():
                os.symlink("busybox", root / "bin" / name)
        for binary in (BINARY, KERNEL_TEST):
            shutil.copy(binary, root / "bin")
            for library in libraries_of(binary):
                target = root / library.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)
        (root / "init").write_text(INIT)
        (root / "init").chmod(0o755)
        image = place / "image.cpio"
        with open(image, "wb") as out:
            names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=out, check=True)
        return str(image)

    def shown(self, name: str) -> dict:  # type: ignore[type-arg]
        found = re.search(rf"^@@ show {name}$\n(.*?)^@@ end$", self.printed, re.MULTILINE | re.DOTALL)
        self.assertIsNotNone(found, self.printed[-6000:])
        text = found[1]  # type: ignore[index]
        return json.loads(text[text.index("{"):text.rindex("}") + 1])  # type: ignore[no-any-return]

    def part(self, name: str) -> str:
        found = re.search(rf"^@@ run {name}$\n(.*?)^@@ show {name}$", self.printed, re.MULTILINE | re.DOTALL)
        self.assertIsNotNone(found, self.printed[-6000:])
        return found[1]  # type: ignore[index,no-any-return]

    def assert_booked(self, name: str, within: float) -> None:
        cost, part = self.shown(name), self.part(name)
        truth = int(re.search(r"^used (\d+)", part, re.MULTILINE)[1]) * 1000  # type: ignore[index]
        booked = int(cost["total"]["cpu_ns"])
        print(f"{name}: booked {booked:,} of {truth:,} ns, {100 * (booked - truth) / truth:+.3f} %", flush=True)
        self.assertIn("@@ code 0", part)
        self.assertLess(abs(booked - truth), within * truth)

    def test_kernel_is_debians(self) -> None:
        self.assertRegex(self.printed, r"@@ kernel 6\.1\.")

    def test_ebpf_loads_and_the_kernel_tests_pass(self) -> None:
        self.assertIn("@@ kernel_test 0", self.printed, self.printed[-6000:])

    def test_sources_are_the_control_groups_and_ebpf(self) -> None:
        notices = "\n".join(n["detail"] for n in self.shown("plain")["notices"])
        self.assertIn("cgroup-cpu-stat", notices)
        self.assertIn("bpf-cgroup-skb", notices)

    def test_cpu_time_is_the_control_groups(self) -> None:
        self.assert_booked("plain", 0.01)

    def test_cpu_time_by_process_tree_is_the_control_groups(self) -> None:
        self.assert_booked("tree", 0.01)

    def test_sleep_is_told_and_loses_nothing(self) -> None:
        if "@@ slept 0" not in self.printed:
            self.skipTest("this machine would not sleep")
        self.assert_booked("asleep", 0.01)
        slept = [n["detail"] for n in self.shown("asleep")["notices"] if n["kind"] == "suspended"]
        print(slept, flush=True)
        self.assertEqual(len(slept), self.printed.count("@@ slept 0"), slept)
        for each in slept:
            self.assertRegex(each, r"slept for [1-9][\d.]* s")

    def test_clock_set_back_an_hour_is_told_and_moves_nothing(self) -> None:
        self.assert_booked("clock", 0.01)
        cost = self.shown("clock")
        self.assertIn("clock_jump", [n["kind"] for n in cost["notices"]])


if __name__ == "__main__":
    unittest.main()
