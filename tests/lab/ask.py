"""Questions by dig and kdig, many at a time, and what came back in one form for both."""
import re
import subprocess
import threading
from dataclasses import dataclass, field

import lab

ADDRESS = "127.0.0.1"
ASKERS = 12             # processes at once: slow zones must not hold up the others
PATIENCE_S = 12         # two tries of it; a resolver ends each question within 10 s by itself


@dataclass
class Reply:
    rcode: str = "none"         # none: no reply came
    flags: frozenset = frozenset()
    edes: list = field(default_factory=list)        # (code, text)
    answer: list = field(default_factory=list)      # "TYPE rdata" without RRSIG
    answer_signed: bool = False
    authority: list = field(default_factory=list)   # "owner TYPE rdata"
    text: str = ""

    def codes(self):
        return [code for code, _ in self.edes]


@dataclass
class Question:
    name: str
    type: str
    flags: frozenset = frozenset()      # of: do ad cd tcp ignore norec noedns v6


def dig_words(question):
    flags = question.flags
    words = [f"@{'::1' if 'v6' in flags else ADDRESS}", "-q", question.name, "-t", question.type, "+tries=2",
             f"+time={PATIENCE_S}", "+nocookie", "+nosplit", "+adflag" if "ad" in flags else "+noadflag"]
    words += ["+dnssec"] * ("do" in flags) + ["+cdflag"] * ("cd" in flags) + ["+tcp"] * ("tcp" in flags) + ["+ignore"] * ("ignore" in flags)
    words += ["+norecurse"] * ("norec" in flags) + ["+noedns"] * ("noedns" in flags)
    return words


def kdig_words(question):
    flags = question.flags
    words = [f"@{'::1' if 'v6' in flags else ADDRESS}", "-q", question.name, "-t", question.type, "+retry=1",
             f"+timeout={PATIENCE_S}", "+adflag" if "ad" in flags else "+noadflag"]
    words += ["+dnssec"] if "do" in flags else ["+noedns" if "noedns" in flags else "+edns"]
    words += ["+cdflag"] * ("cd" in flags) + ["+tcp"] * ("tcp" in flags) + ["+ignore"] * ("ignore" in flags)
    return words + ["+nordflag"] * ("norec" in flags)


def parse(text):
    reply, section = Reply(text=text), ""
    for line in text.splitlines():
        if found := re.match(r";; ->>HEADER<<-.*status: (\w+)", line):
            reply.rcode = found.group(1)
        elif found := re.match(r";; [Ff]lags: ([a-z ]*)[;,]", line):
            reply.flags = frozenset(found.group(1).split())
        elif found := re.match(r";;? ?(\w+) SECTION:", line):
            section = found.group(1)
        elif found := re.match(r";;? EDE: (\d+)(?: \([^)]*\))?:? ?(.*)", line):
            reply.edes.append((int(found.group(1)), found.group(2).strip("()'\"")))
        elif line and not line.startswith(";") and section in ("ANSWER", "AUTHORITY"):
            owner, _, _, rrtype, rdata = (line.split(None, 4) + [""])[:5]
            if section == "AUTHORITY":
                reply.authority.append(f"{owner} {rrtype} {rdata}")
            elif rrtype == "RRSIG":
                reply.answer_signed = True
            else:
                reply.answer.append(f"{rrtype} {' '.join(rdata.split())}")
    return reply


def run_one(command, count, head):
    """The replies of one process, in order; `head` begins each reply's text."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, errors="replace")
    parts = re.split(head, done.stdout, flags=re.M)[1:]
    if len(parts) != count:
        parts = (parts + [""] * count)[:count]
    return [parse(part) for part in parts]


def by_dig(questions, scratch):
    with open(scratch, "w") as file:
        for question in questions:
            file.write(" ".join(dig_words(question)) + "\n")
    return run_one(["dig", "-r", "-f", scratch], len(questions), r"^(?=; <<>> DiG )")


def by_kdig(questions, _):
    return [reply for question in questions for reply in run_one(["kdig"] + kdig_words(question), 1, r"\A")]


def ask(tool, questions, place):
    """A reply for each question, in order. The questions are dealt out to ASKERS askers."""
    replies = [None] * len(questions)

    def work(share):
        some = [questions[at] for at in range(share, len(questions), ASKERS)]
        if some:
            replies[share::ASKERS] = tool(some, place.path(f"questions.{share}"))

    askers = [threading.Thread(target=work, args=(share,)) for share in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return replies


def until(place, process, question, accept):
    """The first reply that is accepted, else the last of many: no clock decides (lab.py ATTEMPTS)."""
    for _ in range(lab.ATTEMPTS):
        reply, = ask(by_dig, [question], place)
        if accept(reply) or lab.ended(process):
            break
    return reply
