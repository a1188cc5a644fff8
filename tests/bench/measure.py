"""What is measured, and with what: processor time of a tree of processes, dnsperf, a sampler."""
import os
import re
import socket
import subprocess

import sign

LOST_MAX = 0.01                 # beyond this share lost, or this far from the share expected,
SHARE_OFF_MAX = 0.005           # a figure is not counted
TIME_MAX_S = 120                # of one dnsperf
FIXED_RATE = 40000
SAMPLE_AT_ONCE = 50
SERVER = "127.0.0.1"


def tree(pid):
    """The process and all below it."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parents.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(entry))
        except OSError:
            continue
    found = [pid]
    for process in found:
        found.extend(parents.get(process, []))
    return found


def cpu_ns(pid):
    """Time on a processor of all threads of the tree, in ns (RULINGS B1)."""
    total = 0
    for process in tree(pid):
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
    return total


def resident_octets(pid):
    total = 0
    for process in tree(pid):
        with open(f"/proc/{process}/status") as file:
            total += int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024
    return total


# ---- dnsperf ----

def load_command(names, runs=None, rate=None, seconds=TIME_MAX_S, outstanding=100):
    command = ["dnsperf", "-s", SERVER, "-d", names, "-D", "-c", "8", "-q", str(outstanding), "-t", "5",
               "-l", str(seconds)]
    command += ["-n", str(runs)] if runs else []
    return command + (["-Q", str(rate)] if rate else [])


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found.group(1)) if found else 0.0


class Load:
    """One run of dnsperf, and what the resolver spent on it."""

    def __init__(self, pid, command):
        before = cpu_ns(pid)
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_MAX_S + 30)
        self.cpu_ns = cpu_ns(pid) - before
        text = done.stdout
        if done.returncode != 0 or "Queries completed" not in text:
            raise SystemExit(f"bench: {' '.join(command)}:\n{text}{done.stderr}")
        self.sent = number(r"Queries sent:\s+(\d+)", text)
        self.completed = number(r"Queries completed:\s+(\d+)", text)
        self.rate = number(r"Queries per second:\s+([\d.]+)", text)
        self.seconds = number(r"Run time \(s\):\s+([\d.]+)", text)
        self.reply_octets = number(r"Average packet size:.*response (\d+)", text)
        self.rcodes = {word: float(count) / self.completed if self.completed else 0.0
                       for word, count in re.findall(r"(\w+) (\d+) \(", text)}

    def us_each(self):
        return self.cpu_ns / 1000 / self.completed if self.completed else float("inf")

    def faults(self, noerror):
        """Why this figure does not count: not what all should have answered, or too much lost."""
        found = []
        lost = 1 - self.completed / self.sent if self.sent else 1.0
        if lost > LOST_MAX:
            found.append(f"{lost:.1%} lost")
        if abs(self.rcodes.get("NOERROR", 0.0) - noerror) > SHARE_OFF_MAX:
            found.append(f"NOERROR {self.rcodes.get('NOERROR', 0.0):.1%}, not {noerror:.1%}")
        if self.rcodes.get("SERVFAIL", 0.0) > SHARE_OFF_MAX:
            found.append(f"SERVFAIL {self.rcodes['SERVFAIL']:.1%}")
        return found


# ---- the sampler: dnsperf tells no AD bit ----

def question(number_of, name):
    """RD and EDNS with DO, as dnsperf -D asks."""
    return (number_of.to_bytes(2, "big") + b"\x01\x00\0\1\0\0\0\0\0\1" + sign.wire_name(name) + b"\0\1\0\1"
            + b"\0\0\x29\x10\0\0\0\x80\0\0\0")


def sample(names):
    """Name -> (rcode, AD), or "TC"; what stays unanswered after three tries is missing."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        s.connect((SERVER, 53))
        for _ in range(3):
            left = [name for name in names if name not in found]
            for at in range(0, len(left), SAMPLE_AT_ONCE):
                ask_some(s, left[at:at + SAMPLE_AT_ONCE], found)
    return found


def ask_some(s, names, found):
    for at, name in enumerate(names):
        s.send(question(at, name))
    waiting = dict(enumerate(names))
    while waiting:
        try:
            reply = s.recv(4096)
        except TimeoutError:
            return
        name = waiting.get(int.from_bytes(reply[:2], "big"))
        if name and reply[12:12 + len(sign.wire_name(name))].lower() == sign.wire_name(name):
            del waiting[int.from_bytes(reply[:2], "big")]
            found[name] = "TC" if reply[2] & 2 else (reply[3] & 15, reply[3] >> 5 & 1)


def sample_faults(names, expected):
    """expected: function of a name that gives (rcode, AD)."""
    found = sample(names)
    wrong = [name for name in names if found.get(name) != expected(name)]
    if len(wrong) <= SHARE_OFF_MAX * len(names):
        return []
    return [f"{len(wrong)} of {len(names)} answers wrong, such as {wrong[0]} A: {found.get(wrong[0], 'lost')},"
            f" not {expected(wrong[0])} (rcode, AD)"]
