"""Forged questions over a wire of their own: the shapes, the wire, one flood, and how it is judged (LIMITS 4.3, 4.5)."""
import json
import os
import subprocess
from dataclasses import dataclass

import internet
import lab
import wire

OUTSIDE = "45.99.9.9"                           # an honest client, away from all that is flooded
LOOPBACK_MAC = "00:00:00:00:00:00"
BURST, LEAK = 65536, 16                         # LIMITS 4.2, octets and octets a ms
LATE_MS = 250                                   # from a charge to the wire, on a machine that is busy
COUNTED_MIN = {2: 10000, 60: 100000}            # answered or TC, for a shape to count
OTHERS = 16                                     # hosts of a flooded /24 that ask for themselves
MANY = -1                                       # as many as their share of the rate floods in half the time
SHARE_OF_MANY = {2: 1000, 60: 100}              # questions a second in each one's name; LIMITS 4.5: 1,000 of 100,000
HELD_NAMES = [f"h{n}.held.tu TXT" for n in range(internet.HELD_NAMES)]


def is_loopback(address):
    return address.startswith("127.")


def server_for(client):
    return "127.0.0.1" if is_loopback(client) else wire.SIX if ":" in client else wire.FOUR


@dataclass(frozen=True)
class Shape:
    """Each has prefixes of its own, at rest before, of all lengths that are counted by."""
    victims: str
    hosts: int                  # of the prefix that are named; 0: all
    owner: str                  # an address of the prefix, flooded itself where one is
    questions: list
    others: tuple = ()          # hosts of the /24 around it that are not flooded
    factor: int = 1
    settle_ms: int = 300
    held: bool = False          # each question is work, which is what more of them would measure

    def loopback(self):
        return is_loopback(self.owner)

    def outside(self):
        return "127.99.9.9" if self.loopback() else OUTSIDE


def one_address(number, questions, **more):
    owner = f"45.{number}.0.1"
    others = tuple(f"45.{number}.0.{100 + host}" for host in range(OTHERS))
    return Shape(f"{owner}/32", 1, owner, questions, others, **more)


SHAPES = {
    "one address, big TXT": one_address(1, ["large.big.t1 TXT", "huge.big.t1 TXT"]),
    "one address, DNSKEY": one_address(2, [". DNSKEY", "t1 DNSKEY", "a8.t1 DNSKEY", "dual.t1 DNSKEY"]),
    "one address, ANY": one_address(3, ["types.t1 ANY", "mail.t1 ANY", "a8.t1 ANY"]),
    "one address, NSEC3 NXDOMAIN": one_address(4, [*(f"no{i}.n13.t2 A" for i in range(63)), "n13.t2 A random"]),
    "one address, errors": one_address(5, ["www.expired.t1 A", "www.wrongds.t1 A", "www.badsig.t1 A"]),
    "one address, held names": one_address(6, HELD_NAMES, settle_ms=2000, held=True),
    "a /24 evenly, held names": Shape("45.32.0.0/24", 0, "45.32.0.9", HELD_NAMES, settle_ms=2000, held=True),
    "a /24 evenly, DNSKEY": Shape("45.48.0.0/24", 0, "45.48.0.9", [". DNSKEY", "t1 DNSKEY", "a8.t1 DNSKEY"]),
    "many victims, mixed": Shape("45.128.0.0/9", MANY, "45.200.0.9",
                                 [". DNSKEY", "www.a8.t1 A", "mail.t1 MX", "nothing.n13.t2 A"]),
    "IPv6, random host bits": Shape("2600:45:0:1::/64", 0, "2600:45:0:1::9", [". DNSKEY", "t1 DNSKEY", "a8.t1 DNSKEY"]),
}
# Only mode enforce limits who is on this machine, with the room of a private network.
LOOPBACK = {"this machine, DNSKEY": Shape("127.77.0.1/32", 1, "127.77.0.1", [". DNSKEY", "t1 DNSKEY", "a8.t1 DNSKEY"],
                                          tuple(f"127.77.0.{100 + host}" for host in range(OTHERS)), factor=16)}
# Mode off is for private networks alone (RULINGS A21).
PRIVATE = Shape("10.77.0.1/32", 1, "10.77.0.1", [". DNSKEY", "t1 DNSKEY", "a8.t1 DNSKEY"], factor=16)


def up(place):
    """The wire, with all honest clients behind it. Whole frames put on the loopback interface come in as well."""
    with open("/proc/sys/net/ipv4/conf/lo/route_localnet", "w") as file:
        file.write("1")
    return wire.up(place, [OUTSIDE] + [client for shape in SHAPES.values() for client in (shape.owner, *shape.others)])


# ---- a flood ----

def add_options(parser):
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--shapes", default="", metavar="PATTERN")
    parser.add_argument("--rate", type=int, default=30000, help="forged questions a second in the victims' names")
    parser.add_argument("--noise", type=int, default=20000, help="more, from addresses that hardly come twice")
    parser.add_argument("--seed", type=int, default=1)


def enter():
    """Into a namespace, with the release build as the program: "", or why there is none."""
    missing = lab.missing_programs(lab.PROGRAMS + ["nsenter"])
    if missing:
        raise SystemExit(f"lab: not installed: {' '.join(missing)}; `scripts/deps test` installs them")
    os.environ["CATENA"] = os.path.join(os.path.dirname(os.path.dirname(lab.scripted_program())), "catena")
    return lab.enter_namespace()


def length_of(options):
    return 60 if options.seconds >= 60 else 2


def flood(place, beyond, shape, options):
    hosts = max(1, options.rate // SHARE_OF_MANY[length_of(options)]) if shape.hosts == MANY else shape.hosts
    rate, noise = (options.rate // 2, options.noise // 5) if shape.held else (options.rate, options.noise)
    words = {"interface": "lo" if shape.loopback() else "wire", "mac": LOOPBACK_MAC if shape.loopback() else wire.EDGE_MAC,
             "to": server_for(shape.owner), "seconds": options.seconds, "rate": rate,
             "noise": 0 if shape.loopback() else noise, "victims": shape.victims, "hosts": hosts, "seed": options.seed,
             "factor": shape.factor, "settle": shape.settle_ms,
             "questions": place.write("questions", "\n".join(shape.questions) + "\n")}
    program = os.path.join(os.path.dirname(lab.scripted_program()), "flood")
    command = [program] + [f"{word}={value}" for word, value in words.items()]
    done = subprocess.run(command if shape.loopback() else wire.in_beyond(beyond, command), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"floods: {done.stderr.strip()}")
    return {**json.loads(done.stdout), "offered": rate * options.seconds}


def totals(found):
    return {key: found["first"][key] + found["second"][key] for key in found["first"]}


def judge(found, options):
    """LIMITS 4.3 and 4.5: what is wrong with it, or nothing."""
    wrong = []
    replies = totals(found)["replies"]
    for level in found["levels"]:
        bound = (BURST + LATE_MS * LEAK) * level["weight"]
        if level["worst"] > bound:
            wrong.append(f"a /{level['bits']} got {level['worst']:.0f} octets beyond its leak, at most {bound} may come")
    if found["multiplied"]:
        wrong.append(f"{found['multiplied']} addresses got more packets than were sent in their name")
    second = found["second"]
    if second["octets_out"] > second["octets_in"]:
        wrong.append(f"second half: {second['octets_out']} octets out for {second['octets_in']} in")
    least = COUNTED_MIN[length_of(options)]
    if replies < least:
        wrong.append(f"{replies} answers: a shape counts with {least}")
    if found["dropped_by_tap"] or found["lost"] or found["strays"]:
        wrong.append(f"the tap did not see all: {found['dropped_by_tap']} dropped, {found['strays']} strays")
    return wrong


GOOD = {"dropped_by_tap": 0, "lost": False, "strays": 0, "multiplied": 0,
        "first": {"replies": 90000, "octets_in": 9000000, "octets_out": 9060000},
        "second": {"replies": 90000, "octets_in": 9000000, "octets_out": 9000000},
        "levels": [{"bits": 32, "weight": 1, "worst": BURST}, {"bits": 24, "weight": 16, "worst": 16 * BURST}]}
BAD = [{"multiplied": 1}, {"strays": 1}, {"dropped_by_tap": 1}, {"lost": True},
       {"first": {"replies": 0, "octets_in": 0, "octets_out": 0},
        "second": {"replies": 9, "octets_in": 900, "octets_out": 900}},
       {"second": {"replies": 90000, "octets_in": 9000000, "octets_out": 9000001}},
       {"levels": [{"bits": 32, "weight": 1, "worst": BURST + LATE_MS * LEAK + 1}]},
       {"levels": [{"bits": 24, "weight": 16, "worst": 16 * (BURST + LATE_MS * LEAK) + 1}]}]


def judges_itself(options, tally):
    """The judgement needs no namespace: it takes what is within the bounds and nothing else."""
    tally.count("attack: a flood within the bounds is taken", judge(GOOD, options))
    for change in BAD:
        found = judge({**GOOD, **change}, options)
        tally.count(f"attack: {change} is told", [] if len(found) == 1 else [f"said {found}"])


def ratio(half):
    return half["octets_out"] / half["octets_in"] if half["octets_in"] else 0


def told(name, found):
    total = totals(found)
    return (f"{name}: {total['sent']} of {found['offered']} sent in {found['ms'] / 1000:.1f} s, {total['replies']} "
            f"answered ({total['whole']} whole, {total['truncated']} TC), {total['sent'] - total['replies']} without a reply; "
            f"out/in {ratio(found['first']):.2f}, second half {ratio(found['second']):.2f}")
