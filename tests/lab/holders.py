#!/usr/bin/env python3
"""tests/lab/holders.py KIND COUNT SECONDS SERVER NETWORK SEED: hostile TCP clients (LIMITS F9).

COUNT connections at a time from all over NETWORK, each opened anew when it ends. KIND:
idle       says nothing                      drip     an octet of a question each second
churn      asks and leaves                   deaf     asks for much and never reads
halfclose  asks, then sends FIN and waits
hoard      asks for as many names of the drowned zone as it may, one of HOARDED after the other
busy       always waits for an answer, of one name of the drowned zone after the other
Prints one JSON object: connections opened, ended by the server, refused."""
import errno
import ipaddress
import json
import random
import resource
import select
import socket
import sys
import time

sys.dont_write_bytecode = True
import packets
import suburbs

EACH_TURN = 200         # connections opened at once, 20 ms or more apart
DEAF_EACH_TURN = 20     # with each of them this machine sends, and drops, as much as it keeps for one
FREEBIND = 15           # IP_FREEBIND
HOARDED, HOARD_EACH = 5000, 100
JOINED = 64             # busy connections that wait for the same name
UNREAD_OCTETS = 4096    # kept here for one who never reads: this kernel's memory for TCP is the resolver's too


def question(name, rrtype):
    message = packets.write(name, rrtype, options=None, number=7)
    return len(message).to_bytes(2, "big") + message


class Holders:
    def __init__(self, kind, server, network, seed):
        self.kind, self.server, self.network = kind, server, ipaddress.ip_network(network)
        self.prng = random.Random(seed)
        self.poll = select.epoll()
        self.hoarded = 0
        self.open, self.counts = {}, {"opened": 0, "ended": 0, "refused": 0}

    def connect(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.setsockopt(socket.SOL_IP, FREEBIND, 1)
        if self.kind == "deaf":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD_OCTETS)
        host = self.network[self.prng.randrange(self.network.num_addresses)]
        try:
            s.bind((str(host), 0))
            s.connect((self.server, 53))
        except BlockingIOError:
            pass
        except OSError:
            self.counts["refused"] += 1
            s.close()
            return
        self.open[s.fileno()] = [s, 0]
        self.poll.register(s.fileno(), select.EPOLLIN | select.EPOLLOUT)
        self.counts["opened"] += 1

    def end(self, fd, why):
        s, _ = self.open.pop(fd)
        self.poll.unregister(fd)
        s.close()
        self.counts[why] += 1

    def first_words(self, fd):
        """What it says once it is connected; then only what comes is listened to."""
        s, _ = self.open[fd]
        self.poll.modify(fd, select.EPOLLRDHUP if self.kind == "deaf" else select.EPOLLIN)
        if self.kind == "churn":
            s.send(question("www.a13.t1.", 1))
            self.end(fd, "ended")
        elif self.kind == "deaf":
            s.send(question("huge.big.t1.", 16) * 30)
        elif self.kind == "halfclose":
            s.send(question("www.a13.t1.", 1))
            s.shutdown(socket.SHUT_WR)
        elif self.kind == "busy":
            self.ask_slow(s)
        elif self.kind == "hoard":
            first = self.hoarded
            self.hoarded = first + HOARD_EACH
            s.send(b"".join(question(f"n{at % HOARDED}.{suburbs.DROWNED}", 1) for at in range(first, self.hoarded)))

    def ask_slow(self, s):
        s.send(question(f"n{self.hoarded // JOINED}.{suburbs.DROWNED}", 1))
        self.hoarded += 1

    def ready(self, fd, events):
        try:
            if events & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
                self.end(fd, "ended")
            elif events & select.EPOLLOUT:
                self.first_words(fd)
            elif events & select.EPOLLIN and not self.open[fd][0].recv(65536):
                self.end(fd, "ended")
            elif self.kind == "busy":
                self.ask_slow(self.open[fd][0])
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR) and fd in self.open:
                self.end(fd, "ended")

    def drip(self):
        octets = question("www.a13.t1.", 1)
        for fd, (s, at) in list(self.open.items()):
            try:
                s.send(octets[at:at + 1])
                self.open[fd][1] = min(at + 1, len(octets) - 2)
            except OSError:
                pass

    def run(self, count, seconds):
        over, next_drip = time.monotonic() + seconds, 0.0
        while time.monotonic() < over:
            for _ in range(min(DEAF_EACH_TURN if self.kind == "deaf" else EACH_TURN, count - len(self.open))):
                self.connect()
            for fd, events in self.poll.poll(0.05, 4096):
                if fd in self.open:
                    self.ready(fd, events)
            if self.kind == "drip" and time.monotonic() >= next_drip:
                self.drip()
                next_drip = time.monotonic() + 1
            time.sleep(0.02)


def main():
    kind, count, seconds, server, network, seed = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    holders = Holders(kind, server, network, int(seed))
    holders.run(int(count), float(seconds))
    print(json.dumps(holders.counts))


if __name__ == "__main__":
    main()
