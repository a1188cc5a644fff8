"""What catena counts beside what went by on the wires: both are asked while it runs."""
import json
import os
import re
import signal
import subprocess
import time

import connections
import lab
import wire

DOORS = ["127.0.0.1", "::1", wire.FOUR, wire.SIX]
TOLD_WITHIN_S = 20
DROPPED_COLUMN = 12             # of /proc/net/udp
LIMITED = ["v4_32", "v4_24", "v4_20", "v6_64", "v6_56", "v6_48", "v6_32"]


class Meter:
    """build/lab/meter on both wires, or on those given."""

    def __init__(self, watched=(), wires=("lo", "edge")):
        program = os.path.join(os.path.dirname(lab.scripted_program()), "meter")
        words = [f"on={name}" for name in wires] + [f"door={door}" for door in DOORS] + [f"watch={server}" for server in watched]
        self.process = subprocess.Popen([program] + words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=lab.die_with_parent)

    def totals(self):
        """Of all from the start on; the most in flight at each server: since the last call."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("counted: the meter has ended")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def processor_s(pid):
    """(seconds on a processor, seconds ready and waiting for one), of all its threads."""
    ran = waited = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            ran_ns, waited_ns, _ = map(int, file.read().split())
        ran, waited = ran + ran_ns, waited + waited_ns
    return ran / 1e9, waited / 1e9


def to_servers(seen):
    """Questions to all servers that are watched."""
    return sum(one["questions"] for one in seen["servers"].values())


def counters(process):
    """All of them, as the process logs them on SIGUSR1 once it is told."""
    with open(process.place.path(process.name + ".log"), errors="replace") as log:
        log.seek(0, os.SEEK_END)
        process.process.send_signal(signal.SIGUSR1)
        until, text = time.monotonic() + TOLD_WITHIN_S, ""
        while time.monotonic() < until:
            text += log.read()
            if found := re.search(r"counters ({.*?})", text):
                return json.loads(found.group(1))
            time.sleep(0.05)
    raise SystemExit("counted: it logs no counters")


def lost_by_kernel():
    """Datagrams for which the sockets at the doors had no room."""
    doors, lost = [connections.as_proc(door) for door in DOORS], 0
    for path in ("/proc/net/udp", "/proc/net/udp6"):
        with open(path) as file:
            rows = [line.split() for line in file.readlines()[1:]]
        lost += sum(int(row[DROPPED_COLUMN]) for row in rows if row[1] in doors)
    return lost


def pairs(counted, seen, lost):
    """(what, how often it says so, how often it went by): equal whenever nothing is on its way."""
    kept_back = counted["client_dropped"] + sum(counted[f"limited_drop_{bits}"] for bits in LIMITED)
    unsent = counted["upstream_local_errors"] - counted["upstream_tcp_local_errors"]
    to_servers = counted["upstream_packets"] - counted["upstream_tcp"] - unsent
    return [
        ("datagrams from clients", counted["client_udp_queries"] + lost, seen["client_udp_in"]),
        ("datagrams to clients", counted["client_udp_queries"] - kept_back, seen["client_udp_out"]),
        ("datagrams to servers", to_servers, seen["upstream_udp_out"]),
        ("connections to servers", counted["upstream_streams"], seen["upstream_tcp_opened"]),
    ]
