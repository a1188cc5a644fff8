"""The bench's Internet: a signed root, ten top levels, 1,000 zones, 100,000 names. Made once, then kept.

Of the zones half are signed; of these half by RSA-2048 with NSEC and half by P-256 with NSEC3, each with
a key of its own (a shared key would be parsed once for all). RSA with NSEC3 is left out: its denials of
1,500 octets measure TCP, and Unbound fails one in ten. All top levels are signed, by either algorithm,
with NSEC, or NSEC3 and opt-out. Names that do not exist begin with random letters; some lie below an
empty non-terminal or a wildcard (RULINGS B8)."""
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import time

import internet
import sign
import zones

VERSION = 6                     # of what is made here: kept zones of another are made anew
TOPS = 10
ZONES_PER_TOP = 100
NAMES_PER_ZONE = 100            # asked by the load
SAMPLES_PER_ZONE = 2            # asked by the sampler alone, so that they are cold when it asks
LEAF_GROUPS = 25                # operators: two hosts each, on IPv4 and IPv6
VALID_DAYS = (-1, 60)
KEPT_DAYS = 30
RANDOM_PER_ZONE = 50            # names that do not exist
MISSING_SAMPLES = 1000          # of these, for the sampler alone
ALGORITHMS = ("8", "13")        # of the signed zones, in turn


def top_group(number):
    return zones.Group("nsd", internet.pair("192.0.2", "2001:db8:1", 11 + 4 * number))


def leaf_group(number):
    return zones.Group("nsd", internet.pair("198.51.100", "2001:db8:51", 11 + 4 * number))


def groups():
    found = {"root": zones.Group("nsd", internet.of_roots("abcdefghijklm"))}
    found.update({f"top{n}": top_group(n) for n in range(TOPS)})
    found.update({f"leaf{n}": leaf_group(n) for n in range(LEAF_GROUPS)})
    return found


def leaf_body():
    hosts = [f"{host} A 192.0.2.{1 + n % 250}" for n, host in enumerate(hosts_of_a_zone())]
    return "\n".join(hosts + ["deep.ent A 192.0.2.251", "*.w A 192.0.2.252"]) + "\n"


def hosts_of_a_zone():
    return ([f"h{n:02d}" for n in range(NAMES_PER_ZONE)]
            + [f"sample{n}" for n in range(SAMPLES_PER_ZONE)])


def is_signed(number):
    return number % 2 == 0


def leaf(top, number):
    """Signed: every other zone, by RSA and by P-256 in turn."""
    zone = zones.Zone(f"z{number:03d}.t{top}.", f"leaf{(top * ZONES_PER_TOP + number) % LEAF_GROUPS}",
                      leaf_body(), valid_days=VALID_DAYS)
    if is_signed(number):
        zone.keys = (ALGORITHMS[number // 2 % 2],)
        zone.nsec3 = zones.Nsec3() if zone.keys == ("13",) else None
    return zone


def all_zones():
    """(zone, its children): the root, the top levels, the rest."""
    roots = [(f"{letter}.root-servers.net.", addresses) for letter, addresses in internet.ROOTS.items()]
    root = zones.Zone(".", "root", "", ("root-ksk", "root-zsk"), ns=roots, valid_days=VALID_DAYS)
    tops = [zones.Zone(f"t{n}.", f"top{n}", "", (ALGORITHMS[n // 2 % 2],), valid_days=VALID_DAYS,
                       nsec3=zones.Nsec3(0, "", opt_out=True) if n % 2 else None) for n in range(TOPS)]
    leaves = [[leaf(n, m) for m in range(ZONES_PER_TOP)] for n in range(TOPS)]
    found = [(root, tops)] + list(zip(tops, leaves))
    return found + [(zone, []) for under in leaves for zone in under]


# ---- names to ask ----

def names():
    """What is asked: by the load once all are cold, by the sampler, and what does not exist."""
    draw = random.Random(20)
    cold, samples, missing = [], [], []
    for top in range(TOPS):
        for number in range(ZONES_PER_TOP):
            zone = f"z{number:03d}.t{top}."
            hosts = hosts_of_a_zone()
            cold += [f"{host}.{zone}" for host in hosts[:NAMES_PER_ZONE]]
            samples += [f"{host}.{zone}" for host in hosts[NAMES_PER_ZONE:]]
            missing += [random_name(draw, zone) for _ in range(RANDOM_PER_ZONE)]
    for asked in (cold, samples, missing):
        draw.shuffle(asked)
    return {"cold": cold, "samples": samples, "missing": missing[MISSING_SAMPLES:],
            "missing-samples": missing[:MISSING_SAMPLES]}


def random_name(draw, zone):
    label = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=draw.randint(6, 14)))
    below = draw.choices(["", "ent.", "w."], weights=[90, 5, 5])[0]
    return f"{label}.{below}{zone}"


def zone_is_signed(name):
    return is_signed(int(name.split(".")[-3][1:]))


def by_wildcard(name):
    return name.split(".")[1] == "w"


# ---- making ----

def make_key(folder, zone, algorithm):
    """A pair in the form of tests/lab/keys; its path, as sign.Key wants it."""
    words = {"8": ["-a", "RSASHA256", "-b", "2048"], "13": ["-a", "ECDSAP256SHA256"]}[algorithm]
    done = subprocess.run(["dnssec-keygen", "-q", "-f", "KSK", "-K", folder] + words + [zone],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: no key for {zone}: {done.stderr.strip()}")
    path = os.path.join(folder, done.stdout.split()[-1])
    with open(path + ".key") as file:
        lines = [line for line in file if not line.startswith(";")]
    with open(path + ".key", "w") as file:
        file.write("".join(lines))
    return path


def make_zone(zone, children, folder, now):
    text = zones.zone_text(zone, children, groups())
    scratch = os.path.join(folder, "signing", zone.name if zone.name != "." else "root.")
    lines = text.splitlines()
    if zone.keys:
        os.makedirs(scratch)
        lines = sign.sign(zone, text, scratch, now)
        shutil.rmtree(scratch)
    with open(zones.zone_path(zone, folder), "w") as file:
        file.write("\n".join(lines) + "\n")


def make(folder):
    now, keys = int(time.time()), os.path.join(folder, "keys")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(keys)
    made = all_zones()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        def give_key(zone):
            if zone.keys and zone.name != ".":
                zone.keys = (make_key(keys, zone.name, zone.keys[0]),)
        list(pool.map(give_key, [zone for zone, _ in made]))
        list(pool.map(lambda pair: make_zone(*pair, folder, now), made))
    shutil.rmtree(keys)
    with open(os.path.join(folder, "stamp"), "w") as file:
        json.dump({"version": VERSION, "made": now}, file)


def is_kept(folder):
    try:
        with open(os.path.join(folder, "stamp")) as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return False
    age_s = time.time() - stamp["made"]
    return stamp["version"] == VERSION and 0 <= age_s < KEPT_DAYS * sign.DAY


def servers(folder):
    """(name of the server, its addresses, zone name -> file): root, top levels and leaves apart."""
    found = {"root": ([], {}), "top": ([], {}), "leaf": ([], {})}
    for zone, _ in all_zones():
        role = zone.at.rstrip("0123456789")
        found[role][1][zone.name] = zones.zone_path(zone, folder)
    for name, group in groups().items():
        found[name.rstrip("0123456789")][0].extend(group.addresses)
    return [(name, addresses, files) for name, (addresses, files) in found.items()]
