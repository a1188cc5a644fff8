"""honest.py HOW SERVER NAME TYPE ADDRESS... - an honest client beside a flood, until its input ends.

HOW: tcp, each question over a connection of its own; plain, over UDP; cookie, over UDP with a server
cookie (RFC 7873) that the first question, over TCP, brought. One question after the other, from each
ADDRESS in turn, from ports that the flood does not forge, and over UDP once more when no answer comes within
a second, as stubs do. It prints a JSON object: how many were asked, came whole, came with TC, or not at all."""
import json
import os
import select
import socket
import sys

sys.dont_write_bytecode = True
import lab
import packets

TYPES = {"A": 1, "SOA": 6, "DNSKEY": 48}
PORTS = range(65024, 65500)
WITHIN_S, APART_S = 1.0, 0.03


def question(name, rrtype, number, cookie):
    options = [(packets.COOKIE, cookie)] if cookie else []
    return packets.write(name, TYPES[rrtype], options=options, number=number, edns_flags=packets.DO)


def cookie_in(message):
    """The COOKIE option of the reply, or nothing."""
    return packets.read(message).options.get(packets.COOKIE, b"") if message else b""


class Client:
    def __init__(self, how, server, name, rrtype, addresses):
        self.how, self.server, self.name, self.type, self.addresses = how, server, name, rrtype, addresses
        self.family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.counts = {"asked": 0, "whole": 0, "truncated": 0, "silent": 0}
        self.cookies, self.port = {}, PORTS[0]

    def over_tcp(self, address, message):
        with socket.socket(self.family, socket.SOCK_STREAM) as s:
            s.settimeout(3 * WITHIN_S)
            s.bind((address, 0))
            s.connect((self.server, 53))
            s.sendall(len(message).to_bytes(2, "big") + message)
            return lab.read_framed(s)

    def over_udp(self, address, message):
        with socket.socket(self.family, socket.SOCK_DGRAM) as s:
            s.settimeout(WITHIN_S)
            self.port = self.port + 1 if self.port + 1 in PORTS else PORTS[0]
            s.bind((address, self.port))
            s.connect((self.server, 53))
            s.send(message)
            return s.recv(4096)

    @staticmethod
    def tried(over, address, message):
        try:
            return over(address, message)
        except OSError:
            return b""

    def ask(self):
        address = self.addresses[self.counts["asked"] % len(self.addresses)]
        if self.how == "cookie" and address not in self.cookies:
            self.cookies[address] = cookie_in(self.over_tcp(address, question(self.name, self.type, 1, os.urandom(8))))
        number = self.counts["asked"] % 65536
        message = question(self.name, self.type, number, self.cookies.get(address, b""))
        self.counts["asked"] += 1
        reply = self.tried(self.over_tcp, address, message) if self.how == "tcp" else \
            self.tried(self.over_udp, address, message) or self.tried(self.over_udp, address, message)
        if len(reply) < 12 or reply[:2] != message[:2]:
            self.counts["silent"] += 1
        elif reply[2] & 2:
            self.counts["truncated"] += 1
        else:
            self.counts["whole"] += reply[3] & 15 == 0 and reply[6:8] != b"\0\0"


def main():
    how, server, name, rrtype, *addresses = sys.argv[1:]
    client = Client(how, server, name, rrtype, addresses)
    while not select.select([sys.stdin], [], [], APART_S)[0]:
        client.ask()
    print(json.dumps(client.counts))


if __name__ == "__main__":
    main()
