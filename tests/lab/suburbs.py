"""Zones beside those of internet.py, for loads: whom they flood, and whom honest clients ask meanwhile."""
import internet
from zones import Group, Nsec3, Zone

EVEN, HASHED, DROWNED = "even.t1.", "hashed.t1.", "drowned.t1."
CALM = "calm.t1."
EVEN_NAMES = 120
HASHED_NAMES = 400
CALM_NAMES = 2000
CALM_TTL_S = 2                  # a name of the calm zone is cold again after it
DROWNED_AT = internet.DEAD[16:18]

GROUPS = {
    "victim": Group("nsd", internet.pair("198.51.100", "2001:db8:51", 41)),
    "calm": Group("nsd", internet.pair("198.51.100", "2001:db8:51", 51)),
}


def even_names():
    """Spread over all that a random label may begin with."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pairs = [a + b for a in letters for b in letters]
    return [pairs[at * len(pairs) // EVEN_NAMES] for at in range(EVEN_NAMES)]


def hashed_names():
    return [f"h{at}" for at in range(HASHED_NAMES)]


def calm_names():
    return [f"n{at}.{CALM}" for at in range(CALM_NAMES)]


def addresses(names):
    return "".join(f"{name} A 192.0.2.{80 + at % 100}\n" for at, name in enumerate(names))


def zones():
    key = ("13-csk",)
    calm = "".join(f"n{at} {CALM_TTL_S} A 192.0.2.80\n" for at in range(CALM_NAMES))
    return [
        Zone(EVEN, "victim", addresses(even_names()), key),
        Zone(HASHED, "victim", addresses(hashed_names()), key, nsec3=Nsec3()),
        Zone(DROWNED, "victim", "", ns=[(f"ns{at}.{DROWNED}", [a]) for at, a in enumerate(DROWNED_AT, 1)]),
        Zone(CALM, "calm", calm, key),
    ]


def victims():
    return GROUPS["victim"].addresses
