#!/usr/bin/env python3
"""tests/lab/steady.py FILE: honest clients at a steady rate, whatever the answers do (LIMITS 1, "steady").

FILE is one JSON object: `to`, `seconds`, `sources` (their addresses, taken in turn) and `classes`, a list of
{name, rate (a second), names (asked in turn), fresh (with a label of its own in front), secure (AD must be
set), rcode, tcp (each over a connection of its own)}. A question is asked once and waited for PATIENCE_S.
Prints one JSON object: of each class how many were asked, how many answered as they should be, and the time
that half and 99 % of those took, by the kernel's stamp on the reply."""
import heapq
import json
import random
import select
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
import packets

PATIENCE_S = 3.0
FIRST_ID = 8192                 # those below are a flood's (flood.c)
FREEBIND = 15                   # IP_FREEBIND
TIMESTAMP = 35                  # SO_TIMESTAMPNS
TC, AD = 2, 32                  # in the third and the fourth octet
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def question(number, name):
    """RD and AD, no EDNS, type A."""
    return packets.write(name, options=None, number=number, flags=packets.RD | packets.AD)


class Kind:
    """One class of questions, and what came of them."""

    def __init__(self, words, prng):
        self.name, self.rate, self.names = words["name"], words["rate"], words["names"]
        self.fresh, self.secure = words.get("fresh", False), words.get("secure", False)
        self.rcode, self.tcp = words.get("rcode", 0), words.get("tcp", False)
        self.prng, self.asked, self.good, self.took_ms, self.rcodes = prng, 0, 0, [], {}

    def next_name(self):
        name = self.names[self.asked % len(self.names)]
        self.asked += 1
        return "".join(self.prng.choices(LETTERS, k=10)) + "." + name if self.fresh else name

    def answered(self, reply, took_s):
        rcode = reply[3] & 15
        self.rcodes[rcode] = self.rcodes.get(rcode, 0) + 1
        if rcode == self.rcode and not reply[2] & TC and (not self.secure or reply[3] & AD) and took_s <= PATIENCE_S:
            self.good += 1
            self.took_ms.append(took_s * 1000)

    def told(self):
        took = sorted(self.took_ms) or [0.0]
        return {"asked": self.asked, "good": self.good, "p50_ms": round(took[len(took) // 2], 3),
                "p99_ms": round(took[len(took) * 99 // 100], 3), "rcodes": self.rcodes}


def bound_socket(kind, source):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_IP, FREEBIND, 1)
    s.bind((source, 0))
    return s


class OverUdp:
    """All classes over UDP, in one thread."""

    def __init__(self, kinds, to, sources):
        self.kinds, self.waiting, self.number = kinds, {}, FIRST_ID
        self.sockets = {}
        self.poll = select.epoll()
        for source in sources:
            s = bound_socket(socket.SOCK_DGRAM, source)
            s.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
            s.connect((to, 53))
            s.setblocking(False)
            self.sockets[s.fileno()] = s
            self.poll.register(s.fileno(), select.EPOLLIN)
        self.turn = list(self.sockets.values())

    def ask(self, kind):
        self.number = self.number + 1 if self.number < 65535 else FIRST_ID
        s = self.turn[self.number % len(self.turn)]
        message = question(self.number, kind.next_name())
        self.waiting[s.fileno(), self.number] = (kind, time.time())
        try:
            s.send(message)
        except OSError:
            pass                # not sent is not answered

    def receive(self, fd):
        try:
            reply, stamps, _, _ = self.sockets[fd].recvmsg(4096, 64)
        except OSError:
            return
        kind, since = self.waiting.pop((fd, int.from_bytes(reply[:2], "big")), (None, 0.0))
        if kind and len(reply) >= 12:
            at = struct.unpack("qq", stamps[0][2]) if stamps else (time.time(), 0)
            kind.answered(reply, at[0] + at[1] / 1e9 - since)

    def run(self, seconds):
        begin = time.monotonic()
        due = [(begin + at / 1000, at) for at in range(len(self.kinds))]
        while time.monotonic() < begin + seconds + PATIENCE_S:
            now = time.monotonic()
            while due and due[0][0] <= now:
                when, at = heapq.heappop(due)
                self.ask(self.kinds[at])
                if when + 1 / self.kinds[at].rate < begin + seconds:
                    heapq.heappush(due, (when + 1 / self.kinds[at].rate, at))
            if not due and not self.waiting:
                return
            left = due[0][0] - time.monotonic() if due else PATIENCE_S
            for fd, _ in self.poll.poll(max(0.0, min(left, 0.5))):
                self.receive(fd)


class OverTcp(threading.Thread):
    """One class, one question after the other."""

    def __init__(self, kind, to, sources, seconds):
        super().__init__()
        self.kind, self.to, self.sources, self.seconds = kind, to, sources, seconds

    def ask(self):
        message = question(FIRST_ID, self.kind.next_name())
        source, since = self.sources[self.kind.asked % len(self.sources)], time.monotonic()
        try:
            with bound_socket(socket.SOCK_STREAM, source) as s:
                s.settimeout(PATIENCE_S)
                s.connect((self.to, 53))
                s.sendall(len(message).to_bytes(2, "big") + message)
                reply = s.recv(4096)
                if len(reply) >= 14:
                    self.kind.answered(reply[2:], time.monotonic() - since)
        except OSError:
            pass                # not answered

    def run(self):
        begin = time.monotonic()
        while (when := begin + self.kind.asked / self.kind.rate) < begin + self.seconds:
            time.sleep(max(0.0, when - time.monotonic()))
            self.ask()


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        words = json.load(file)
    kinds = [Kind(one, random.Random(at)) for at, one in enumerate(words["classes"])]
    over_tcp = [OverTcp(kind, words["to"], words["sources"], words["seconds"]) for kind in kinds if kind.tcp]
    for thread in over_tcp:
        thread.start()
    OverUdp([kind for kind in kinds if not kind.tcp], words["to"], words["sources"]).run(words["seconds"])
    for thread in over_tcp:
        thread.join()
    print(json.dumps({kind.name: kind.told() for kind in kinds}))


if __name__ == "__main__":
    main()
