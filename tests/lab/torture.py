"""Random names that do not exist, "water torture" (LIMITS F1; RULINGS A34, B7, B8), and one client with
thousands of names that nobody answers (LIMITS F2): what honest clients get meanwhile, what the victims'
servers see, and whether what is told of a name is what its zone's own server says.

A flood is as fast as the machine carries: where the kernel finds no room for more than LOST_MAX of the
questions because nobody reads them in time, it comes again at half the rate."""
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys

import ask
import counted
import holders
import lab
import steady
import suburbs
import wire

RATE, RATE_MIN = 20000, 1250
LOST_MAX = 0.001
BRIEF, LONG = (2, 1), (10, 3)   # seconds of a flood and runs, of which the median counts (RULINGS B31)
STEADY = 1000                   # honest questions a second, half of them cached, half cold (LIMITS 1)
GOOD_MIN = 0.99
IN_FLIGHT_MAX = 200             # LIMITS 0.1
NSEC_SHARE_MAX = 0.02           # of the questions, after the first five (RULINGS B8)
NSEC3_OVER = 1.1
FIRST = {"NSEC": 5, "NSEC3": 4 * suburbs.HASHED_NAMES, "dead, unsigned": 0}     # asked one by one, before a flood
CACHED_P99_MS, COLD_P99_MORE_MS = 5, 50     # RULINGS A34
SAMPLES = 20
HONEST, MANY = "45.66.0.0/16", "45.128.0.0/9"
HOARDER_UDP, HOARDER_TCP = "45.70.0.9/32", "45.71.0.9/32"
AGAIN_S = 0.1                   # after which each of its names is asked again, where there is time for it
HOARDER_CONNECTIONS = 200       # of which it may hold 64 (LIMITS F9)

ZONES = (("NSEC", suburbs.EVEN), ("NSEC3", suburbs.HASHED), ("dead, unsigned", suburbs.DROWNED))


def length_of(options):
    return LONG if options.seconds >= 60 else BRIEF


# ---- who asks ----

def begin(beyond, command):
    return subprocess.Popen(wire.in_beyond(beyond, command), stdout=subprocess.PIPE, text=True,
                            preexec_fn=lab.die_with_parent)


def told_by(process):
    text, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"torture: {process.args} failed")
    return json.loads(text)


def honest(place, beyond, seconds):
    cached = ["www.a13.t1.", "www.a8.t1.", "www.plain.t3.", "www.n13.t2.", "www.s.t3.", "mx1.mail.t1."]
    words = {"to": wire.FOUR, "seconds": seconds, "sources": [f"45.66.{at}.1" for at in range(64)],
             "classes": [{"name": "cached", "rate": STEADY / 2, "names": cached},
                         {"name": "cold", "rate": STEADY / 2, "names": suburbs.calm_names(), "secure": True}]}
    program = os.path.join(lab.HERE, "steady.py")
    return begin(beyond, [sys.executable, program, place.write("steady.json", json.dumps(words))])


def flood(place, beyond, rate, seconds, questions, seed, victims=MANY, hosts=0):
    program = os.path.join(os.path.dirname(lab.scripted_program()), "flood")
    words = {"interface": "wire", "mac": wire.EDGE_MAC, "to": wire.FOUR, "seconds": seconds, "rate": rate, "noise": 0,
             "victims": victims, "hosts": hosts, "seed": seed, "questions": place.write("tortured", questions)}
    return begin(beyond, [program] + [f"{word}={value}" for word, value in words.items()])


def random_names(zone, count, seed):
    draw = random.Random(f"{zone} {seed}")
    return ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=9)) + "." + zone for _ in range(count)]


def one_by_one(names):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(steady.PATIENCE_S)
        s.connect(("127.0.0.1", 53))
        for at, name in enumerate(names):
            s.send(steady.question(at, name))
            s.recv(4096)


def sum_of(found):
    """(sent, answered) of a flood."""
    return [found["first"][key] + found["second"][key] for key in ("sent", "replies")]


def offered(found, lost, ran_s, waited_s):
    sent, replies = sum_of(found)
    rcodes = [f"{found['rcodes'][code]} {name}" for code, name in ((0, "NOERROR"), (2, "SERVFAIL"), (3, "NXDOMAIN"))
              if found["rcodes"][code]]
    return (f"{sent} sent, {replies} answered ({', '.join(rcodes)}), {sent - replies} without a reply, {lost} not read "
            f"in time; it ran {ran_s:.2f} s and waited {waited_s:.2f} s for a processor")


class Torrent:
    """Floods of one resolver, and the honest beside them, at the rate that this machine carries."""

    def __init__(self, place, beyond, process, what):
        self.place, self.beyond, self.process, self.what = place, beyond, process, what
        self.rate, self.answered = RATE, 0

    def once(self, seconds, questions, seed, more):
        """What honest clients got, and whether all was read in time."""
        lost, (ran_s, waited_s) = counted.lost_by_kernel(), counted.processor_s(self.process.process.pid)
        beside = honest(self.place, self.beyond, seconds)
        found = told_by(flood(self.place, self.beyond, self.rate, seconds, questions, seed, **more))
        beside = told_by(beside)
        lost = counted.lost_by_kernel() - lost
        times_s = [now - before for now, before in zip(counted.processor_s(self.process.process.pid), (ran_s, waited_s))]
        self.answered += sum_of(found)[1]
        print(f"torture, {self.what}, {self.rate}/s: {offered(found, lost, *times_s)}; honest: {times(beside)}", flush=True)
        return beside, lost <= LOST_MAX * sum_of(found)[0]

    def run(self, seconds, questions, seed, **more):
        beside, carried = self.once(seconds, questions, seed, more)
        while not carried and self.rate > RATE_MIN:
            self.rate //= 2
            beside, carried = self.once(seconds, questions, seed, more)
        return beside


# ---- what is judged ----

def not_served(runs):
    return [f"{name}: {one['good']} of {one['asked']} answered, {one['rcodes']}" for found in runs
            for name, one in found.items() if one["good"] < GOOD_MIN * one["asked"] or one["asked"] == 0]


def times(found):
    return ", ".join(f"{name} {one['good']}/{one['asked']}, 99 % within {one['p99_ms']} ms" for name, one in found.items())


def too_slow(quiet, flooded):
    """Quiet and flooded runs in pairs; the median of each."""
    was, now = [{name: statistics.median(run[name]["p99_ms"] for run in runs) for name in ("cached", "cold")}
                for runs in (quiet, flooded)]
    bounds = {"cached": max(2 * was["cached"], CACHED_P99_MS), "cold": was["cold"] + COLD_P99_MORE_MS}
    return [f"{name}: 99 % within {now[name]} ms, at most {bounds[name]:.1f} may be" for name in bounds if now[name] > bounds[name]]


def upstream_bound(kind, asked):
    """How many of the questions may reach the zone's servers."""
    if kind == "NSEC":
        return FIRST[kind] + NSEC_SHARE_MAX * asked
    names = suburbs.HASHED_NAMES + 1
    return NSEC3_OVER * (names - names * names / (names + asked))


def records(address, name, rrtype, more):
    """(rcode, what proves that it is not there), by dig."""
    done = subprocess.run(["dig", "-r", f"@{address}", "+dnssec", "+nocookie", "+tries=2", *more, "-q", name, "-t", rrtype],
                          capture_output=True, text=True)
    reply = ask.parse(done.stdout)
    return reply.rcode, sorted({line for line in reply.authority if not re.search(r"^\S+ (NS|RRSIG NS) ", line)})


def samples(zone):
    """Names and types that nobody asked for before, and the rcode of each."""
    there = suburbs.even_names() if zone == suburbs.EVEN else suburbs.hashed_names()
    return ([(name, "A", "NXDOMAIN") for name in random_names(zone, SAMPLES, "samples")]
            + [(f"{name}.{zone}", "TXT", "NOERROR") for name in random.Random(zone).sample(there, SAMPLES // 2)])


def differences(zone, meter):
    """catena's records are the server's, and it does not ask for them."""
    cases = samples(zone)
    before = counted.to_servers(meter.totals())
    told = [records("127.0.0.1", name, rrtype, []) for name, rrtype, _ in cases]
    asked = counted.to_servers(meter.totals()) - before
    right = [records(suburbs.victims()[0], name, rrtype, ["+norecurse"]) for name, rrtype, _ in cases]
    wrong = [f"{case}: told {one}, the server says {other}" for case, one, other in zip(cases, told, right)
             if one != other or one[0] != case[2] or not one[1]]
    return wrong[:2] + ([f"{asked} of {len(cases)} were asked for"] if asked > 1 else [])


def judge_servers(what, meter, answered, tally):
    kind, zone = what
    seen = meter.totals()
    in_flight = {server: one["in_flight_max"] for server, one in seen["servers"].items() if one["questions"]}
    print(f"torture, {kind}: {counted.to_servers(seen)} questions to its servers for {answered} answers; at most at once "
          + ", ".join(f"{server} {count}" for server, count in in_flight.items()), flush=True)
    tally.count(f"torture, {kind}: in flight at a server",
                [f"{server}: {count}" for server, count in in_flight.items() if count > IN_FLIGHT_MAX])
    if zone == suburbs.DROWNED:
        return
    bound, sent = upstream_bound(kind, answered), counted.to_servers(seen)
    tally.count(f"torture, {kind}: questions to its servers", [f"{sent}, at most {bound:.0f}"] if sent > bound else [])
    tally.count(f"torture, {kind}: as its server says", differences(zone, meter))


# ---- the parts ----

def torture(place, beyond, what, options, tally):
    """One zone: quiet and flooded in turn."""
    kind, zone = what
    seconds, runs = length_of(options)
    meter = counted.Meter(suburbs.DROWNED_AT if zone == suburbs.DROWNED else suburbs.victims(), ["lo"])
    process = wire.Flooded(place, "auto").start()
    one_by_one(random_names(zone, FIRST[kind], "first"))
    torrent, quiet, flooded = Torrent(place, beyond, process, kind), [], []
    for run in range(runs):
        if runs > 1:
            quiet.append(told_by(honest(place, beyond, seconds)))
            print(f"torture, {kind}, quiet: honest: {times(quiet[-1])}")
        flooded.append(torrent.run(seconds, f"{zone} A random\n", run + 1))
    tally.count(f"torture, {kind}: honest clients", not_served(flooded))
    if runs > 1:
        tally.count(f"torture, {kind}: their times", too_slow(quiet, flooded))
    judge_servers(what, meter, torrent.answered + FIRST[kind], tally)
    meter.end()
    process.end(tally)


def control(place, beyond, options, tally):
    """It is the ranges that keep the questions away."""
    kind, zone = ZONES[0]
    meter = counted.Meter(suburbs.victims(), ["lo"])
    process = wire.Flooded(place, "auto", ["cache.aggressive=false"]).start()
    torrent = Torrent(place, beyond, process, "control, without cache.aggressive")
    torrent.run(length_of(options)[0], f"{zone} A random\n", 1)
    sent, bound = counted.to_servers(meter.totals()), upstream_bound(kind, torrent.answered)
    tally.count("control: without cache.aggressive its servers are asked", [f"{sent} times, {bound:.0f} may be"] if sent <= bound else [])
    meter.end()
    process.end(tally)


def hoard_over_udp(place, beyond, options, tally):
    """One client with thousands of names that are never answered, asked for again and again."""
    process = wire.Flooded(place, "auto").start()
    torrent = Torrent(place, beyond, process, f"{holders.HOARDED} names of one client over UDP")
    if length_of(options) == LONG:
        torrent.rate = round(holders.HOARDED / AGAIN_S)
    names = "".join(f"n{at}.{suburbs.DROWNED} A\n" for at in range(holders.HOARDED))
    beside = torrent.run(length_of(options)[0], names, 1, victims=HOARDER_UDP, hosts=1)
    tally.count("torture, one client over UDP: honest clients", not_served([beside]))
    process.end(tally)


def hoard_over_tcp(place, beyond, options, tally):
    seconds, _ = length_of(options)
    process = wire.Flooded(place, "auto").start()
    words = ["hoard", str(HOARDER_CONNECTIONS), str(seconds), wire.FOUR, HOARDER_TCP, "1"]
    hoarder = begin(beyond, [sys.executable, os.path.join(lab.HERE, "holders.py")] + words)
    beside, found = told_by(honest(place, beyond, seconds)), told_by(hoarder)
    print(f"torture, {holders.HOARDED} names of one client over TCP: {found['opened']} connections with {holders.HOARD_EACH} "
          f"names each; honest: {times(beside)}", flush=True)
    tally.count("torture, one client over TCP: honest clients", not_served([beside]))
    process.end(tally)


def tortures(place, beyond, options, tally):
    for network in (HONEST, HOARDER_TCP):
        wire.ip(f"route add local {network} dev lo", beyond)
    for what in ZONES:
        torture(place, beyond, what, options, tally)
    if length_of(options) == LONG:
        control(place, beyond, options, tally)
    hoard_over_udp(place, beyond, options, tally)
    hoard_over_tcp(place, beyond, options, tally)
