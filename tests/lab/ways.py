"""Forward and stub zones (SPEC U1, L6) through the real program: a second catena is the forwarder."""
import ask
import internet
import resolver

FORWARDER = "127.0.0.3"
OP1 = internet.GROUPS["op1"].addresses[0]       # serves a13.t1 and both.t1, and recurses for nobody

EVERYTHING = [f'{{name: ., forward: "{FORWARDER}", order: only}}']
SOME = [
    f'{{name: t2, forward: "{FORWARDER}", order: only}}',
    f'{{name: t3, forward: "{internet.CLOSED[0]}"}}',                   # order first, and nobody listens
    f'{{name: 10.in-addr.arpa, forward: "{internet.CLOSED[0]}"}}',      # the same, of a name that leaks to nobody
    '{name: tu, forward: "127.0.0.1", order: only}',                    # this resolver itself
    f'{{name: both.t1, stub: "{OP1}"}}',
    f'{{name: a13.t1, forward: "{FORWARDER}", order: only, dnssec: insecure}}',
    f'{{name: plain.t1, forward: "{FORWARDER}", order: only, dnssec: require}}',
    f'{{name: a15.t1, forward: "{internet.CLOSED[1]}", order: only}}',
    f'{{name: private, stub: "{OP1}", dnssec: auto}}',
]

# (name, type, rcode, AD, codes of EDE)
THROUGH_ONE = [
    ("www.a13.t1.", "A", "NOERROR", True, []), ("nothing.n13.t2.", "A", "NXDOMAIN", True, []),
    ("alias.s.t3.", "A", "NOERROR", True, []), ("any.w.wild.t1.", "A", "NOERROR", True, []),
    ("www.plain.t3.", "A", "NOERROR", False, []), ("tosecure.plain.t1.", "A", "NOERROR", False, []),
    ("child.both.t1.", "DS", "NOERROR", True, []), ("bare.both.t1.", "DS", "NOERROR", True, []),
    ("www.x.y.both.t1.", "A", "NOERROR", True, []), ("www.shop.co.t1.", "A", "NOERROR", True, []),
    ("8.8.8.8.in-addr.arpa.", "PTR", "NOERROR", True, []), (".", "DNSKEY", "NOERROR", True, []),
    # Asked with CD, it gives what it calls bogus, and why is found here (RFC 6840 §5.9).
    ("www.expired.t1.", "A", "SERVFAIL", False, [7]), ("www.wrongds.t1.", "A", "SERVFAIL", False, [9]),
]
MIXED = [
    ("www.n13.t2.", "A", "NOERROR", True, []), ("n13.t2.", "DS", "NOERROR", True, []),
    ("t2.", "DS", "NOERROR", True, []), ("www.s.t3.", "A", "NOERROR", True, []),
    ("www.plain.t3.", "A", "NOERROR", False, []), ("www.plain.tu.", "A", "SERVFAIL", False, [23]),
    ("www.both.t1.", "A", "NOERROR", True, []), ("www.child.both.t1.", "A", "NOERROR", True, []),
    ("www.bare.both.t1.", "A", "NOERROR", False, []), ("www.a13.t1.", "A", "NOERROR", False, []),
    ("www.plain.t1.", "A", "SERVFAIL", False, [9]), ("www.a15.t1.", "A", "SERVFAIL", False, [22]),
    ("www.private.", "A", "SERVFAIL", False, [22]), ("www.private.", "DS", "SERVFAIL", False, [22]),
    ("5.1.0.10.in-addr.arpa.", "PTR", "SERVFAIL", False, [22]),
    ("private.", "DS", "NXDOMAIN", True, []), ("www.a7.t1.", "A", "NOERROR", False, None),
]


def judge(place, tally, what, cases):
    questions = [ask.Question(name, rrtype, frozenset({"do"})) for name, rrtype, *_ in cases]
    for (name, rrtype, rcode, ad, codes), reply in zip(cases, ask.ask(ask.by_dig, questions, place)):
        got = (reply.rcode, "ad" in reply.flags, None if codes is None else reply.codes()[:1])
        want = (rcode, ad, codes)
        tally.count(f"{what}: {name} {rrtype}", [] if got == want else [f"{got}, want {want}"])


def ways(place, tally):
    anchors = [resolver.anchor("root-ksk")]
    forwarder = resolver.Resolver("catena", place, anchors, address=FORWARDER).start()
    for what, zones, cases in (("forward of everything", EVERYTHING, THROUGH_ONE), ("zones", SOME, MIXED)):
        process = resolver.Resolver("catena", place, anchors, zones=zones).start()
        judge(place, tally, what, cases)
        process.end(tally)
    forwarder.end(tally)
