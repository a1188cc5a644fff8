"""Questions octet by octet, with options that no tool sets, and what came back."""
import socket
import struct
from dataclasses import dataclass, field

import sign

IN, CH = 1, 3
A, SOA, TXT, OPT, ANY = 1, 6, 16, 41, 255
RD, TC, AD = 0x100, 0x200, 0x20
DO = 0x8000                 # of EDNS
PATIENCE_S = 12             # ask.py
NSID, COOKIE = 3, 10


@dataclass
class Reply:
    rcode: int = -1         # -1: none came; all 12 bits
    flags: int = 0
    octets: int = 0
    texts: list = field(default_factory=list)       # of the answer's TXT records, their first strings
    options: dict = field(default_factory=dict)


def write(name, rrtype=A, rrclass=IN, options=(), number=0x4343, flags=RD, edns_flags=0):
    """name None: no question at all (RFC 7873 §5.4). options: (code, value) of the OPT record, None: without one."""
    question = b"" if name is None else sign.wire_name(name) + struct.pack("!HH", rrtype, rrclass)
    data = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options or ())
    opt = b"" if options is None else b"\0" + struct.pack("!HHIH", OPT, 1232, edns_flags, len(data)) + data
    return struct.pack("!HHHHHH", number, flags, name is not None, 0, 0, options is not None) + question + opt


def skip_name(packet, at):
    while 0 < packet[at] < 0xC0:
        at += 1 + packet[at]
    return at + (2 if packet[at] else 1)


def read_options(data):
    options = {}
    while len(data) >= 4:
        code, octets = struct.unpack("!HH", data[:4])
        options.setdefault(code, data[4:4 + octets])
        data = data[4 + octets:]
    return options


def read(packet):
    _, flags, questions, *counts = struct.unpack("!HHHHHH", packet[:12])
    reply, at = Reply(flags & 15, flags, len(packet)), 12
    for _ in range(questions):
        at = skip_name(packet, at) + 4
    for _ in range(sum(counts)):
        at = skip_name(packet, at)
        rrtype, _, ttl, octets = struct.unpack("!HHIH", packet[at:at + 10])
        rdata, at = packet[at + 10:at + 10 + octets], at + 10 + octets
        if rrtype == TXT:
            reply.texts.append(rdata[1:1 + rdata[0]].decode())
        elif rrtype == OPT:
            reply.options, reply.rcode = read_options(rdata), reply.rcode | ttl >> 24 << 4
    return reply


def exchange(packet, source="127.0.0.1", server="127.0.0.1"):
    """The reply to a datagram from `source`, or Reply() where none comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE_S)
        s.bind((source, 0))
        s.connect((server, 53))
        try:
            s.send(packet)
            return read(s.recv(4096))
        except TimeoutError:
            return Reply()
