#!/usr/bin/env python3
"""One address that has as many connections as it may, and asks on all of them without a pause what takes work:
new names of signed zones (LIMITS 4.2, the second limiter; SPEC R5). Others must not notice, and it is told so.

tests/lab/burner.py CONNECTIONS SECONDS SERVER CLIENT SEED: the burner itself; prints what it was told."""
import collections
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import counted
import holders
import lab
import packets
import suburbs
import wire

BURNER = "45.90.0.1"
CONNECTIONS, PROCESSES = 64, 2  # LIMITS F9; one process would ask too slowly
PIPELINED = 32
WITHIN_S, SHARE_MIN = 1.0, 0.99
SECONDS_MIN = 10                # to take too much for a second, to be refused, and to come again
GROWTH_MAX = 64 << 20
MORE = ["cache.aggressive=false"]       # else a few proofs answer for all names that are not there
RCODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN"}
LINE = r"processor time: questions from {}/32, .*"


# ---- the burner ----

class Burner:
    def __init__(self, server, client, seed):
        self.server, self.client, self.draw = server, client, random.Random(seed)
        self.poll, self.open = select.epoll(), {}
        self.told = collections.Counter()

    def connect(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_IP, holders.FREEBIND, 1)
        s.bind((self.client, 0))
        s.settimeout(1)
        try:
            s.connect((self.server, 53))
        except OSError:
            self.told["not let in"] += 1
            s.close()
            return
        self.open[s.fileno()] = [s, b""]
        self.poll.register(s.fileno(), select.EPOLLIN)
        self.told["opened"] += 1
        self.ask(s, PIPELINED)

    def name(self):
        if self.draw.random() < 0.5:
            return self.draw.choice(CALM)
        return "".join(self.draw.choices("abcdefghijklmnopqrstuvwxyz", k=9)) + "." + suburbs.HASHED

    def ask(self, s, count):
        try:
            s.sendall(b"".join(holders.question(self.name(), 1) for _ in range(count)))
        except OSError:
            self.end(s.fileno())

    def end(self, fd):
        if fd in self.open:
            self.poll.unregister(fd)
            self.open.pop(fd)[0].close()
            self.told["ended"] += 1

    def ready(self, fd):
        s, before = self.open[fd]
        try:
            octets = s.recv(65536)
        except OSError:
            octets = b""
        if not octets:
            self.end(fd)
            return
        octets, answers = before + octets, 0
        while len(octets) >= 6 and len(octets) >= 2 + int.from_bytes(octets[:2], "big"):
            rcode = octets[5] & 15
            self.told[RCODES.get(rcode, str(rcode))] += 1
            octets = octets[2 + int.from_bytes(octets[:2], "big"):]
            answers += 1
        self.open[fd][1] = octets
        if answers:
            self.ask(s, answers)

    def run(self, connections, seconds):
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            if len(self.open) < connections:
                self.connect()
            for fd, _ in self.poll.poll(0.05, 64):
                if fd in self.open:
                    self.ready(fd)


# ---- what the others get ----

CALM = suburbs.calm_names()


def asked_over(kind, server, name):
    """Answered in time, with the address."""
    answer = lab.told(kind, server, packets.write(name, options=None), WITHIN_S)
    return len(answer) > 12 and answer[3] & 15 == 0 and answer[7] > 0


def others(running):
    """Over UDP and TCP, for a name that is known and for new ones: shares."""
    asked = collections.defaultdict(list)
    for at in range(1 << 20):
        if all(part.poll() is not None for part in running):
            break
        for how, kind in (("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)):
            asked[f"known, {how}"].append(asked_over(kind, wire.FOUR, "www.a13.t1."))
            asked[f"new, {how}"].append(asked_over(kind, wire.FOUR, CALM[at % len(CALM)]))
    return {what: sum(answered) / len(answered) for what, answered in asked.items()}


def burn(beyond, seconds):
    words = [str(CONNECTIONS // PROCESSES), str(seconds), wire.FOUR, BURNER]
    command = wire.in_beyond(beyond, [sys.executable, os.path.join(lab.HERE, "burner.py")] + words)
    running = [subprocess.Popen(command + [str(n)], stdout=subprocess.PIPE, text=True, preexec_fn=lab.die_with_parent)
               for n in range(PROCESSES)]
    shares, told = others(running), collections.Counter()
    for part in running:
        told.update(json.loads(part.stdout.read()))
    return shares, told


def judge(shares, told, counters, log):
    wrong = [f"{what}: {share:.3f} answered in time" for what, share in shares.items() if share < SHARE_MIN]
    if counters["cpu_later"] + counters["cpu_refused"] + counters["cpu_closed"] == 0:
        wrong.append("nothing was done about it")
    if counters["cpu_refused"] and told["SERVFAIL"] == 0:
        wrong.append("it was refused, and not told so")
    lines = re.findall(LINE.format(re.escape(BURNER)), log)
    if not 1 <= len(lines) <= 3:        # stands back; is refused; is closed: each once in 30 s
        wrong.append(f"{len(lines)} lines in the log name it")
    return wrong


def burner(place, beyond, options, tally):
    wire.ip(f"route add local {BURNER}/32 dev lo", beyond)
    process = wire.Flooded(place, "auto", MORE).start()
    began, _ = counted.processor_s(process.process.pid)
    seconds = min(25, max(options.seconds, SECONDS_MIN))
    shares, told = burn(beyond, seconds)
    spent = counted.processor_s(process.process.pid)[0] - began
    counters = counted.counters(process)
    print(f"burner: {dict(told)} over {CONNECTIONS} connections in {seconds} s, {spent:.1f} s of processor; "
          f"{counters['cpu_later']} came later, {counters['cpu_refused']} refused, {counters['cpu_closed']} connections "
          f"ended; others within {WITHIN_S} s: " + ", ".join(f"{what} {share:.3f}" for what, share in shares.items()),
          flush=True)
    tally.count("attack: one address burns processor time", judge(shares, told, counters, place.log_of(process.process)))
    process.end(tally)


if __name__ == "__main__":
    count, for_s, to, client, number = sys.argv[1:]
    burning = Burner(to, client, int(number))
    burning.run(int(count), float(for_s))
    print(json.dumps(burning.told))
