"""The machine's clock, wrong and right again (SPEC section 3 item 5, LIMITS H1, RULINGS A16)."""
import re

import ask
import kept
import resolver
import sign

YEAR = 365 * sign.DAY
REPAIR = ['time-repair: [www.a13.t1, "*.w.a13.t1", www.plain.tu]']
NOT_YET, OTHER = [8], [0]

# (name, type, flags, rcode, AD, codes of EDE, what its text says)
BELIEVED = [
    ("www.a13.t1.", "A", "do", "SERVFAIL", False, NOT_YET, "not yet"),
    ("www.a8.t1.", "A", "do", "SERVFAIL", False, NOT_YET, "not yet"),
    ("nothing.n13.t2.", "A", "do", "SERVFAIL", False, NOT_YET, "not yet"),
    ("www.plain.t1.", "A", "do", "SERVFAIL", False, NOT_YET, "not yet"),
    ("www.a13.t1.", "A", "do+cd", "NOERROR", False, [], ""),
]
BEHIND = [
    ("www.a13.t1.", "A", "do", "NOERROR", False, OTHER, "so that the clock can be set"),
    ("www.a13.t1.", "A", "ad", "NOERROR", False, OTHER, "so that the clock can be set"),
    ("www.a13.t1.", "AAAA", "-", "NOERROR", False, OTHER, "so that the clock can be set"),
    ("any.w.a13.t1.", "A", "do", "NOERROR", False, OTHER, "so that the clock can be set"),
    ("www.a13.t1.", "MX", "do", "SERVFAIL", False, OTHER, "clock of this machine is wrong"),    # A and AAAA alone
    ("www.www.a13.t1.", "A", "do", "SERVFAIL", False, OTHER, "clock of this machine is wrong"),  # the name alone
    ("www.a8.t1.", "A", "do", "SERVFAIL", False, OTHER, "clock of this machine is wrong"),
    ("nosuch.", "A", "do", "SERVFAIL", False, OTHER, "clock of this machine is wrong"),
    (".", "DNSKEY", "do", "SERVFAIL", False, OTHER, "clock of this machine is wrong"),
    ("www.a8.t1.", "A", "do+cd", "NOERROR", False, [], ""),
]
RIGHT = [
    ("www.a13.t1.", "A", "do", "NOERROR", True, [], ""), ("www.a8.t1.", "A", "do", "NOERROR", True, [], ""),
    ("any.w.a13.t1.", "A", "do", "NOERROR", True, [], ""), ("nosuch.", "A", "do", "NXDOMAIN", True, [], ""),
]


def judge(place, tally, what, cases):
    """Each twice: what was learnt of the first is no excuse for the second."""
    questions = [ask.Question(name, rrtype, frozenset(flags.split("+")) - {"-"}) for name, rrtype, flags, *_ in cases]
    for turn in ("cold", "again"):
        for case, reply in zip(cases, ask.ask(ask.by_dig, questions, place)):
            name, rrtype, flags, rcode, ad, codes, says = case
            got = (reply.rcode, "ad" in reply.flags, reply.codes()[:1])
            text = " ".join(text for _, text in reply.edes)
            found = [] if got == (rcode, ad, codes) else [f"{got}, want {(rcode, ad, codes)}"]
            found += [] if says in text else [f"EDE {text!r}, want {says!r}"]
            tally.count(f"clock, {what}: {name} {rrtype} {flags} ({turn})", found)


def log_lines(place, tally, what, begins_at, pattern, count):
    """How many lines name the clock, and that each says what it should."""
    text = place.log("resolver")[begins_at:]
    lines = [line for line in text.splitlines() if "the system clock" in line]
    good = len(lines) == count and all(re.search(pattern, line) for line in lines)
    tally.count(f"clock, {what}: the log", [] if good else [f"{lines}, want {count} with {pattern!r}"])


def run(place, tally, what, cases, log, clock=None, state=None):
    """One life of the resolver; log: (lines about the clock, what they say)."""
    begins_at, name = len(place.log("resolver")), state.name if state else None
    process = resolver.Resolver("catena", place, [resolver.anchor("root-ksk")], clock, dnssec=REPAIR, state=name).start()
    judge(place, tally, what, cases)
    if state and cases is RIGHT:
        found = state.until(process.process, rf"^zone \. checked {clock or f'(?!{place.now + YEAR} )[1-9]'}")
        tally.count(f"clock, {what}: the state", [] if found else [state.read()])
    process.end(tally)
    log_lines(place, tally, what, begins_at, log[1], log[0])


def clocks(place, tally):
    """All zones but these are over by the time that stage `ahead` is for: it is the last but one."""
    run(place, tally, "a time a year behind is written", BELIEVED, (0, ""), clock=place.now - YEAR)
    place.step("ahead")
    run(place, tally, "the time of the machine is written", BELIEVED[:2] + BELIEVED[4:], (0, ""), clock=place.now)
    run(place, tally, "behind what the root signed", BEHIND[4:], (1, "at least 36[0-9] days behind: a signature of the root"))
    state = kept.Kept(place, "clock.state")
    state.write("negative-anchors", "", place.now + YEAR + sign.DAY)
    run(place, tally, "behind the state directory", BEHIND,
        (1, "at least 36[0-9] days behind: the state directory was written .*time-repair"), state=state)
    run(place, tally, "the right time is written", RIGHT, (0, ""), clock=place.now + YEAR, state=state)
    state.write("negative-anchors", "", place.now - sign.DAY)
    place.step("today")
    run(place, tally, "right after a restart", RIGHT, (0, ""), state=state)
