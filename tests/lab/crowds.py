"""Twenty thousand TCP connections of each hostile kind (LIMITS F9, RULINGS B34), and honest questions beside
them, over UDP and over new connections, half of them for names that are cached and half for cold ones."""
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time

import lab
import packets
import suburbs

FAR, FEW = "45.64.0.0/16", "45.64.0.0/28"       # FEW: 16 clients, whose places are as many as there are
KINDS = {"idle": FAR, "drip": FAR, "churn": FAR, "deaf": FAR, "halfclose": FAR, "busy": FEW}
HELD = 20000
PROCESSES = 3                   # one may not open so many files
WITHIN_S = 1.0
SHARE_MIN = 0.99
GROWTH_MAX = 64 << 20           # working memory has a bound (RULINGS B17)


CACHED, ADDRESS = "www.a13.t1.", bytes([192, 0, 2, 80])     # the cold names have the same


def question(name):
    return packets.write(name, options=None)


def is_right(reply, asked):
    """NOERROR to this very question, and one record: the address."""
    body = asked[12:]
    record = reply[12 + len(body):]
    return (reply[:2] == asked[:2] and reply[2] & 0xfb == 0x81 and reply[3] & 0x8f == 0x80
            and reply[4:12] == bytes([0, 1, 0, 1, 0, 0, 0, 0]) and reply[12:12 + len(body)] == body
            and record[:6] == b"\xc0\x0c\0\1\0\1" and record[10:] == b"\0\4" + ADDRESS)


def asked_over(kind, server, name):
    """An honest question: True when the right answer comes in time."""
    message = question(name)
    return is_right(lab.told(kind, server, message, WITHIN_S), message)


def judges_itself(tally):
    asked = question(CACHED)
    good = asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + ADDRESS
    bad = {"REFUSED": good[:3] + b"\x85" + good[4:], "SERVFAIL": good[:3] + b"\x82" + good[4:],
           "TC": good[:2] + b"\x83" + good[3:], "nothing": b"", "another address": good[:-1] + b"\1",
           "no answer": good[:6] + b"\0\0" + good[8:], "another question": good[:13] + b"x" + good[14:]}
    tally.count("crowds: the right answer is taken", [] if is_right(good, asked) else ["it is not"])
    for what, reply in bad.items():
        taken = len(reply) > 12 and is_right(reply, asked)
        tally.count(f"crowds: {what} is no answer", ["taken for one"] if taken else [])


def resident(process):
    with open(f"/proc/{process.pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


def crowd(kind, server, enter, seconds):
    """Opened connections, and what share of honest questions was answered: over UDP, over TCP."""
    words = [kind, str(HELD // PROCESSES), str(seconds), server, KINDS[kind]]
    holder = os.path.join(lab.HERE, "holders.py")
    cold = itertools.cycle(suburbs.calm_names())
    asked_over(socket.SOCK_DGRAM, server, CACHED)
    running = [subprocess.Popen(enter([sys.executable, holder] + words + [str(n)]), stdout=subprocess.PIPE, text=True)
               for n in range(PROCESSES)]
    asked = {socket.SOCK_DGRAM: [], socket.SOCK_STREAM: []}
    while any(part.poll() is None for part in running):
        for over, answered in asked.items():
            answered += [asked_over(over, server, CACHED), asked_over(over, server, next(cold))]
        time.sleep(0.05)
    opened = sum(json.loads(part.stdout.read())["opened"] for part in running)
    return opened, [(sum(answered), len(answered)) for answered in asked.values()]


def crowds(process, server, enter, options, tally):
    """`enter` makes of a command one beyond the wire, where all of FAR is local."""
    judges_itself(tally)
    for kind in KINDS:
        before = resident(process)
        opened, shares = crowd(kind, server, enter, options.seconds)
        grown = resident(process) - before
        (udp, udp_asked), (tcp, tcp_asked) = shares
        print(f"{kind}: {opened} connections opened, {HELD} at a time; right within {WITHIN_S} s: UDP {udp} of {udp_asked}, "
              f"new TCP {tcp} of {tcp_asked}; {grown >> 20} MB more", flush=True)
        wrong = [f"{right} of {asked} answered in time" for right, asked in shares if right < SHARE_MIN * asked]
        wrong += [f"{grown} octets more"] if grown > GROWTH_MAX else []
        tally.count(f"attack: {HELD} connections, {kind}", wrong)
