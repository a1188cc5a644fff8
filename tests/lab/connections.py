"""Connections to servers through the real program (SPEC I9): counted in the kernel's table, both ends of
which are in this namespace."""
import socket
import time

import ask
import internet
import resolver

SERVERS = internet.GROUPS["truncate"].addresses     # TC to everything over UDP
KEPT_S = 10
TRIES = 20
ESTABLISHED = "01"


def seen():
    """(server, client) of each connection to SERVERS that stands."""
    found = set()
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(path) as file:
            rows = [line.split() for line in file.readlines()[1:]]
        for local, remote, state in [row[1:4] for row in rows]:
            if state == ESTABLISHED:
                found |= {(there, here) for here, there in ((local, remote), (remote, local))
                          if there in map(as_proc, SERVERS)}
    return found


def as_proc(address):
    """As the kernel writes it, port 53: each 32 bits in the machine's order (little-endian)."""
    if ":" in address:
        octets = socket.inet_pton(socket.AF_INET6, address)
    else:
        octets = socket.inet_pton(socket.AF_INET, address)
    words = [octets[at:at + 4][::-1].hex() for at in range(0, len(octets), 4)]
    return "".join(words).upper() + ":0035"


def ask_some(place, run):
    questions = [ask.Question(f"n{run}-{n}.truncate.tu.", "A") for n in range(6)]
    return [reply.rcode for reply in ask.ask(ask.by_dig, questions, place)]


def connections(place, tally):
    """The second half dozen comes on what the first has opened; when that took too long, once more."""
    process = resolver.Resolver("catena", place, [resolver.anchor("root-ksk")]).start()
    rcodes = ask_some(place, 0)
    for run in range(1, TRIES):
        before, began = seen(), time.monotonic()
        rcodes += ask_some(place, run)
        after = seen()
        if time.monotonic() - began < KEPT_S / 2 and (before and after == before):
            break
    tally.count("connections: the answers over TCP", [] if set(rcodes) == {"NXDOMAIN"} else [f"{rcodes}"])
    good = before and after == before
    tally.count("connections: half a dozen questions open none", [] if good else [f"{before}, then {after}"])
    process.end(tally)
