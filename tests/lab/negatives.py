"""Negative trust anchors through the program: written ones, and those with an end (RFC 7646, SPEC V15)."""
import re

import ask
import cases
import kept
import resolver
import sign

HOUR = 3600
FEW_S = 4       # what is left of one that ends while it is looked at


WRITTEN = [
    ("www.n15.t2.", "A", "do", "NOERROR", False, [33]), ("www.n15.t2.", "A", "-", "NOERROR", False, [33]),
    ("nothing.n15.t2.", "A", "do", "NXDOMAIN", False, [33]), ("www.co.t2.", "MX", "do", "NOERROR", False, [33]),
    ("www.expired3.t2.", "A", "ad", "NOERROR", False, [33]), ("t2.", "SOA", "do", "NOERROR", False, [33]),
    ("t2.", "DS", "do", "NOERROR", True, []),               # its parent's, RFC 4035 §3.1.4.1
    ("www.n13.t2.", "A", "do", "NOERROR", True, []),        # a positive anchor below it wins
    ("nothing.n13.t2.", "A", "do", "NXDOMAIN", True, []),
    ("www.wild3.t2.", "A", "do+cd", "NOERROR", False, []),  # nobody asked for a proof
    ("www.expired.t1.", "A", "do", "SERVFAIL", False, [7]), ("www.a13.t1.", "A", "do", "NOERROR", True, []),
]
BROKEN = [
    ("www.mended.t1.", "A", "do", "NOERROR", False, [33]), ("www.expired.t1.", "A", "do", "NOERROR", False, [33]),
    ("nothing.expired.t1.", "A", "do", "NXDOMAIN", False, [33]),
    ("www.badsig.t1.", "A", "do", "SERVFAIL", False, [6]),  # one whose time was over before the start
]
MENDED = [
    ("www.mended.t1.", "A", "do", "NOERROR", True, []), ("nothing.mended.t1.", "A", "do", "NXDOMAIN", True, []),
    ("www.plain.t1.", "A", "do", "NOERROR", False, []), ("www.expired.t1.", "A", "do", "NOERROR", False, [33]),
    ("www.wrongds.t1.", "A", "do", "SERVFAIL", False, [9]), ("www.badsig.t1.", "A", "do", "SERVFAIL", False, [6]),
]


def comes_to(place, tally, process, what, name, want):
    """Asked for until it is so: what goes on beside the questions takes its time."""
    reply = ask.until(place, process, cases.question(name), lambda r: (r.rcode, r.codes()) == want)
    got = (reply.rcode, reply.codes())
    tally.count(f"negative anchors, {what}: {name} in the end", [] if got == want else [f"{got}, want {want}"])


def says(place, tally, what, text, patterns):
    """Each pattern is in one line of the text, and no more than one."""
    for pattern in patterns:
        count = sum(bool(re.search(pattern, line)) for line in text.splitlines())
        tally.count(f"negative anchors, {what}: {pattern!r} once", [] if count == 1 else [f"{count} times in {text!r}"])


def keeps(place, tally, what, state, names):
    got = re.findall(r"^anchor (\S+) until ", state.read("negative-anchors"), re.M)
    tally.count(f"negative anchors, {what}: the state", [] if got == names else [f"{got}, want {names}"])


def written(place, tally):
    """dnssec.negative-anchors is for good; below it a trust anchor is one all the same."""
    anchors = [resolver.anchor("root-ksk"), sign.Key("13-ksk").ds("n13.t2.")]
    process = resolver.Resolver("catena", place, anchors, dnssec=["negative-anchors: [t2]"]).start()
    cases.judge(place, tally, "negative anchors, written", WRITTEN)
    process.end(tally)


def life(place, tally, state):
    """(the process, where its log begins)"""
    begins_at = len(place.log("resolver"))
    return resolver.Resolver("catena", place, [resolver.anchor("root-ksk")], state=state.name).start(), begins_at


def timed(place, tally):
    """What `ctl nta add` will write: over by its time, or as soon as the zone needs none (five minutes apart in
    one run, at once after a restart), and over for good."""
    state = kept.Kept(place, "negative.state")
    ends = (("mended", HOUR), ("expired", HOUR), ("plain", HOUR), ("badsig", -HOUR), ("wrongds", FEW_S))
    body = "".join(f"anchor {name}.t1. until {place.time() + left} reason {name} is looked after\n" for name, left in ends)
    state.write("negative-anchors", body, place.now)
    process, begins_at = life(place, tally, state)
    cases.judge(place, tally, "negative anchors, broken", BROKEN)
    comes_to(place, tally, process.process, "its time is over", "www.wrongds.t1.", ("SERVFAIL", [9]))
    comes_to(place, tally, process.process, "proven to be unsigned", "www.plain.t1.", ("NOERROR", []))
    process.end(tally)
    says(place, tally, "broken", place.log("resolver")[begins_at:], [
        r"badsig\.t1\. has ended: its time is over \(it was set for: badsig is looked after\)",
        r"wrongds\.t1\. has ended: its time is over", r"plain\.t1\. has ended: the zone is proven to be unsigned"])
    keeps(place, tally, "broken", state, ["mended.t1.", "expired.t1."])

    place.step("mended")
    process, begins_at = life(place, tally, state)
    comes_to(place, tally, process.process, "mended", "www.mended.t1.", ("NOERROR", []))
    cases.judge(place, tally, "negative anchors, mended", MENDED)
    process.end(tally)
    says(place, tally, "mended", place.log("resolver")[begins_at:], [
        r"mended\.t1\. has ended: the zone validates again \(it was set for: mended is looked after\)", "has ended"])
    keeps(place, tally, "mended", state, ["expired.t1."])

    process, _ = life(place, tally, state)
    cases.judge(place, tally, "negative anchors, after a restart", MENDED)
    process.end(tally)
    keeps(place, tally, "after a restart", state, ["expired.t1."])


def negatives(place, tally):
    written(place, tally)
    timed(place, tally)
