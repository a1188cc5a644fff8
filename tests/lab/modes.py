"""How much is validated, and where: modes (SPEC V16), algorithms and digests that are off (V17), and what clients
are told of compact denial (V20)."""
import json
import re

import cases
import packets
import resolver

DO, CO = packets.DO, 0x4000         # RFC 9824 §5

# What is bogus is served without AD, and why is told; what is secure is secure. Below t2 everything is as ever,
# and below n13.t2 nothing is looked at.
LOG_ONLY = ["mode: log-only", "modes: [{name: t2, mode: validate}, {name: n13.t2, mode: off}]"]
IN_LOG_ONLY = [
    ("www.expired.t1.", "A", "do", "NOERROR", False, [7]), ("www.expired.t1.", "A", "ad", "NOERROR", False, [7]),
    ("www.changed.t1.", "A", "-", "NOERROR", False, [6]), ("www.wrongds3.t3.", "A", "do", "NOERROR", False, [9]),
    ("nothing.expired.t1.", "A", "do", "NXDOMAIN", False, [7]), ("tobogus.alias.t1.", "A", "do", "NOERROR", False, [7]),
    ("www.a13.t1.", "A", "do", "NOERROR", True, []), ("nothing.s.t3.", "A", "do", "NXDOMAIN", True, []),
    ("www.plain.t3.", "A", "do", "NOERROR", False, []), ("www.closed.t1.", "A", "do", "SERVFAIL", False, None),
    ("www.expired3.t2.", "A", "do", "SERVFAIL", False, [7]), ("www.n15.t2.", "A", "do", "NOERROR", True, []),
    ("www.n13.t2.", "A", "do", "NOERROR", False, []), ("nothing.n13.t2.", "A", "do", "NXDOMAIN", False, []),
]
OFF = ["mode: off", "modes: [{name: a13.t1, mode: validate}, {name: expired.t1, mode: validate}]"]
IN_OFF = [
    ("www.changed.t1.", "A", "do", "NOERROR", False, []), ("www.a8.t1.", "A", "do", "NOERROR", False, []),
    ("www.wrongds.t1.", "A", "ad", "NOERROR", False, []), ("nosuch.", "A", "do", "NXDOMAIN", False, []),
    ("www.a13.t1.", "A", "do", "NOERROR", True, []), ("www.expired.t1.", "A", "do", "SERVFAIL", False, [7]),
]

DISABLED = ["disable: [{algorithm: 15}, {algorithm: 13, below: shop.co.t1}, {digest: 2, below: a8.t1}, "
            "{algorithm: 13, below: both.t1}, {algorithm: 2}, {digest: 8}, {digest: 13}]"]
WITH_DISABLED = [
    ("www.a15.t1.", "A", "do", "NOERROR", False, [1]), ("www.n15.t2.", "A", "do", "NOERROR", False, [1]),
    ("www.shop.co.t1.", "A", "do", "NOERROR", False, [1]), ("www.co.t1.", "A", "do", "NOERROR", True, []),
    ("www.a8.t1.", "A", "do", "NOERROR", False, [2]), ("www.both.t1.", "A", "do", "NOERROR", False, [1]),
    ("www.child.both.t1.", "A", "do", "NOERROR", False, [1]),      # its own are good, but nothing vouches for them
    ("www.a13.t1.", "A", "do", "NOERROR", True, []), ("www.a14.t1.", "A", "do", "NOERROR", True, []),
    ("www.n13.t2.", "A", "do", "NOERROR", True, []), ("www.s.t3.", "A", "do", "NOERROR", True, []),
    ("www.expired.t1.", "A", "do", "SERVFAIL", False, [7]),
]

COMPACT = [     # RFC 9824 §5: a validator without CO would call NXDOMAIN with this NSEC bogus (RULINGS A38)
    ("gone.compact.t1.", "A", "do", "NOERROR", True, []), ("gone.compact.t1.", "A", "ad", "NXDOMAIN", True, []), ("gone.compact.t1.", "A", "-", "NXDOMAIN", False, []),
    ("gone.compact.t1.", "A", "noedns", "NXDOMAIN", False, []), ("gone.compact.t1.", "TXT", "do", "NOERROR", True, []),
    ("gone.compact.t1.", "A", "do+cd", "NOERROR", False, []), ("text.compact.t1.", "A", "-", "NOERROR", False, []),
    ("other.compact.t1.", "A", "do", "NXDOMAIN", True, []),
]


def life(place, tally, what, dnssec, asked):
    """The log of a life of the resolver in which all is as it should be."""
    begins_at = len(place.log("resolver"))
    process = resolver.Resolver("catena", place, [resolver.anchor("root-ksk")], dnssec=dnssec).start()
    cases.judge(place, tally, what, asked)
    process.end(tally)
    return place.log("resolver")[begins_at:]


def is_told(tally, log):
    """SPEC V16: what is served though it is bogus is counted, and logged with its reason: once a zone, with the name
    that happens to be the first."""
    for zone, why in (("expired.t1.", "has expired"), ("changed.t1.", "does not verify")):
        good = re.search(rf"bogus, but served [^:]*: \S*\b{re.escape(zone)}: .*{why}", log)
        tally.count(f"log-only: what is bogus in {zone} is logged", [] if good else [log[-2000:]])
    counters = re.findall(r"counters (\{.*\})", log)
    count = json.loads(counters[-1]).get("answers_bogus", 0) if counters else 0
    tally.count("log-only: what is bogus is counted", [] if count >= 6 else [f"{count} answers_bogus"])


def rcode_with(name, edns_flags):
    """No tool here can set CO: the rcode of a reply to a question with these flags in its OPT record."""
    return packets.exchange(packets.write(name, edns_flags=edns_flags)).rcode


def compact(place, tally):
    process = resolver.Resolver("catena", place, [resolver.anchor("root-ksk")]).start()
    for name, flags, want in (("gone", DO, 0), ("gone", DO | CO, 3), ("gone", CO, 3), ("gone", 0, 3), ("gone", DO, 0),
                              ("text", DO | CO, 0), ("text", CO, 0), ("other", DO | CO, 3)):
        got = rcode_with(f"{name}.compact.t1.", flags)
        tally.count(f"compact denial: {name} with {flags:#x}", [] if got == want else [f"rcode {got}, want {want}"])
    cases.judge(place, tally, "compact denial", COMPACT)
    process.end(tally)


def modes(place, tally):
    is_told(tally, life(place, tally, "log-only", LOG_ONLY, IN_LOG_ONLY))
    life(place, tally, "off", OFF, IN_OFF)
    life(place, tally, "disabled", DISABLED, WITH_DISABLED)
    compact(place, tally)
