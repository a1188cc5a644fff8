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
import sign

TYPES = {"A": 1, "SOA": 6, "DNSKEY": 48}
PORTS = range(65024, 65500)
WITHIN_S, APART_S = 1.0, 0.03
COOKIE = 10


def question(name, rrtype, number, cookie):
    option = COOKIE.to_bytes(2, "big") + len(cookie).to_bytes(2, "big") + cookie if cookie else b""
    return (number.to_bytes(2, "big") + b"\x01\x00\0\1\0\0\0\0\0\1" + sign.wire_name(name) + TYPES[rrtype].to_bytes(2, "big")
            + b"\0\1\0\0\x29\x04\xd0\0\0\x80\0" + len(option).to_bytes(2, "big") + option)


def past_name(message, at):
    while message[at] not in (0,) and message[at] < 192:
        at += 1 + message[at]
    return at + (1 if message[at] == 0 else 2)


def cookie_in(message):
    """The COOKIE option of the reply, or nothing."""
    counts = [int.from_bytes(message[at:at + 2], "big") for at in (6, 8, 10)]
    at = past_name(message, 12) + 4
    for _ in range(sum(counts)):
        at = past_name(message, at)
        rrtype, length = int.from_bytes(message[at:at + 2], "big"), int.from_bytes(message[at + 8:at + 10], "big")
        rdata, at = message[at + 10:at + 10 + length], at + 10 + length
        while rrtype == 41 and len(rdata) >= 4:
            code, octets = int.from_bytes(rdata[:2], "big"), int.from_bytes(rdata[2:4], "big")
            if code == COOKIE:
                return rdata[4:4 + octets]
            rdata = rdata[4 + octets:]
    return b""


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
