"""What part of the processor's time the limiter takes at the highest rate (LIMITS 4.5, obligation 6; RULINGS B18).

Mode log-only judges every reply and lets it go; mode off does not judge. Both send the same replies to the
same load, which is more than is carried, so what the one spends more on a reply is the limiter's. Off is
allowed for private networks alone, so the load comes from one."""
import argparse
import os
import statistics
import sys

import floods
import lab
import wire

sys.path.append(os.path.join(lab.TOP, "tests", "bench"))
import measure

ROUNDS, SECONDS = 5, 2
OFFERED = 250000                # a second, more than is carried
CLIENTS = floods.Shape("10.64.0.0/16", 5000, "10.64.0.9", ["www.a8.t1 A", "mail.t1 MX", "www.a13.t1 AAAA", "nothing.a8.t1 A"])
MODES = ["off", "log-only", "auto"]


def one_run(place, beyond, mode, options, tally):
    """(µs of processor time a reply, replies a second)."""
    process = wire.Flooded(place, mode, wire.PRIVATE_ONLY).start()
    floods.flood(place, beyond, CLIENTS, argparse.Namespace(**{**vars(options), "seconds": 1, "rate": 5000}))     # it knows all
    before = measure.cpu_ns(process.process.pid)
    found = floods.flood(place, beyond, CLIENTS, options)
    spent = measure.cpu_ns(process.process.pid) - before
    process.end(tally)
    replies = floods.totals(found)["replies"]
    return spent / 1000 / max(1, replies), replies * 1000 / found["ms"]


def share(place, beyond, options, tally):
    options = argparse.Namespace(seconds=SECONDS, rate=OFFERED, noise=0, seed=options.seed)
    runs = {mode: [] for mode in MODES}
    for _ in range(ROUNDS):
        for mode in MODES:
            runs[mode].append(one_run(place, beyond, mode, options, tally))
    us = {mode: statistics.median(cost for cost, _ in found) for mode, found in runs.items()}
    for mode, found in runs.items():
        print(f"processor time a reply, rate-limit.mode {mode}: {us[mode]:.2f} µs ({min(found)[0]:.2f} to {max(found)[0]:.2f}), "
              f"{statistics.median(rate for _, rate in found):,.0f} replies a second of {OFFERED:,} offered")
    print(f"the limiter's share at that rate: {1 - us['off'] / us['log-only']:.1%} of all the processor time of the resolver, the "
          f"system's for its packets included (log-only less off over log-only, medians of {ROUNDS} runs in turn)", flush=True)
