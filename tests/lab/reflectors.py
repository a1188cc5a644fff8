"""The same floods against catena and against the resolvers of Debian, without and with what each has against them."""
import argparse
import os
import re
import shutil
import sys

import floods
import lab
import wire

sys.path.append(os.path.join(lab.TOP, "tests", "bench"))
import peers

SECONDS, RATE, NOISE = 2, 8000, 1000        # which each of them can answer, so that nothing is lost for other reasons
LEFT_OUT = ["one address, errors"]          # whose answers are hardly larger than the questions
OPEN = {
    "unbound": f"""  interface: {wire.FOUR}
  interface: {wire.SIX}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
""",
    "bind": f"""  listen-on {{ {wire.FOUR}; }};
  listen-on-v6 {{ {wire.SIX}; }};
  allow-query {{ any; }};
  allow-recursion {{ any; }};
  allow-query-cache {{ any; }};
""",
    "kresd": f"""net.listen("{wire.FOUR}", 53, {{ kind = "dns" }})
net.listen("{wire.SIX}", 53, {{ kind = "dns" }})
""",
}
# (resolver, what is set, the lines for it, but for catena the mode)
DEFENCES = [
    ("catena", "mode: log-only", "log-only"),
    ("catena", "as it comes", "auto"),
    ("unbound", "as it comes", ""),
    ("unbound", "ip-ratelimit: 100", "  ip-ratelimit: 100\n"),
    ("bind", "as it comes", ""),
    ("bind", "responses-per-second 5", "  rate-limit { responses-per-second 5; };\n"),
    ("bind", "all-per-second 100 too", "  rate-limit { responses-per-second 5; all-per-second 100; };\n"),
    ("kresd", "as it comes; it has none", ""),
]


class Peer(peers.Peer):
    def __init__(self, kind, place, lines):
        super().__init__(kind, place, None, OPEN[kind] + lines)

    def end(self, tally):
        self.stop()


def started(kind, lines, place):
    return wire.Flooded(place, lines).start() if kind == "catena" else Peer(kind, place, lines).start()


def amplified(found):
    """Octets that came for each that was sent in the victims' names: in all of the flood, in its second half."""
    halves = [found["first"], found["second"]]
    out, sent = [half["octets_out"] for half in halves], [half["octets_sent"] for half in halves]
    return f"{sum(out) / max(1, sum(sent)):.2f} {out[1] / max(1, sent[1]):.2f}"


def row(place, beyond, defence, options, tally):
    kind, _, lines = defence
    process = started(kind, lines, place)
    cells = [amplified(floods.flood(place, beyond, floods.SHAPES[name], options)) for name in options.wanted]
    process.end(tally)
    return cells


def table(place, beyond, options, tally):
    wanted = [name for name in floods.SHAPES if name not in LEFT_OUT and re.search(options.shapes, name)]
    options = argparse.Namespace(seconds=SECONDS, rate=RATE, noise=NOISE, seed=options.seed, wanted=wanted)
    known = [defence for defence in DEFENCES if defence[0] == "catena" or shutil.which(peers.PROGRAMS[defence[0]])]
    for kind in sorted({kind for kind, _, _ in DEFENCES} - {kind for kind, _, _ in known}):
        print(f"skipped: {peers.TITLES[kind]} is not installed; `scripts/deps long` installs it")
    rows = [[f"{peers.TITLES[defence[0]]}, {defence[1]}", *row(place, beyond, defence, options, tally)] for defence in known]
    print(f"Octets that reach the victims for each that was sent in their names, {RATE} questions a second: in {SECONDS} s, and "
          f"in the second half of what was sent; a burst counts in full, which for a /24 is 1 MiB of catena's. The columns:")
    for number, name in enumerate(wanted, 1):
        print(f"  {number}  {name}")
    for cells in [["resolver, configured", *(str(number + 1) for number in range(len(wanted)))]] + rows:
        print(f"| {cells[0]:<40} |" + "".join(f" {cell:>11} |" for cell in cells[1:]))
    print(flush=True)
