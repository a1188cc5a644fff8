"""Questions with what is due: (name, type, flags, rcode, AD, the first code of EDE as a list, None: any)."""
import ask


def question(name, rrtype="A", flags="do"):
    return ask.Question(name, rrtype, frozenset(flags.split("+")) - {"-"})


def judge(place, tally, what, cases):
    """Each twice: from its servers and from the cache."""
    questions = [question(name, rrtype, flags) for name, rrtype, flags, *_ in cases]
    for turn in ("cold", "cached"):
        for (name, rrtype, flags, *want), reply in zip(cases, ask.ask(ask.by_dig, questions, place)):
            got = [reply.rcode, "ad" in reply.flags, None if want[2] is None else reply.codes()[:1]]
            tally.count(f"{what}: {name} {rrtype} {flags} ({turn})", [] if got == want else [f"{got}, want {want}"])
