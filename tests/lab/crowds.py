"""Twenty thousand TCP connections of each hostile kind (LIMITS F9, RULINGS B34), and honest questions beside
them, over UDP and over new connections."""
import json
import os
import re
import socket
import subprocess
import sys
import time

import lab

KINDS = ["idle", "drip", "churn", "deaf", "halfclose"]
HELD = 20000
PROCESSES = 3                   # one may not open so many files
NETWORK = "45.64.0.0/16"
WITHIN_S = 1.0
SHARE_MIN = 0.99
GROWTH_MAX = 64 << 20           # working memory has a bound (RULINGS B17)


def asked_over(kind, server):
    """An honest question: True when it is answered in time."""
    message = lab.query("t1.", "SOA")
    try:
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(WITHIN_S)
            s.connect((server, 53))
            s.sendall(message if kind == socket.SOCK_DGRAM else len(message).to_bytes(2, "big") + message)
            return len(s.recv(4096)) > 0
    except OSError:
        return False


def resident(process):
    with open(f"/proc/{process.pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


def crowd(kind, server, enter, seconds):
    """Opened connections, and what share of honest questions was answered: over UDP, over TCP."""
    words = [kind, str(HELD // PROCESSES), str(seconds), server, NETWORK]
    holder = os.path.join(lab.HERE, "holders.py")
    running = [subprocess.Popen(enter([sys.executable, holder] + words + [str(n)]), stdout=subprocess.PIPE, text=True)
               for n in range(PROCESSES)]
    asked = {socket.SOCK_DGRAM: [], socket.SOCK_STREAM: []}
    while any(part.poll() is None for part in running):
        for over, answered in asked.items():
            answered.append(asked_over(over, server))
        time.sleep(0.05)
    opened = sum(json.loads(part.stdout.read())["opened"] for part in running)
    return opened, [sum(answered) / len(answered) for answered in asked.values()]


def crowds(process, server, enter, options, tally):
    """`enter` makes of a command one beyond the wire, where all of NETWORK is local."""
    for kind in KINDS:
        before = resident(process)
        opened, (udp, tcp) = crowd(kind, server, enter, options.seconds)
        grown = resident(process) - before
        print(f"{kind}: {opened} connections opened, {HELD} at a time; answered within {WITHIN_S} s: UDP {udp:.3f}, "
              f"new TCP {tcp:.3f}; {grown >> 20} MB more", flush=True)
        wrong = [f"{share:.3f} answered in time" for share in (udp, tcp) if share < SHARE_MIN]
        wrong += [f"{grown} octets more"] if grown > GROWTH_MAX else []
        tally.count(f"attack: {HELD} connections, {kind}", wrong)
