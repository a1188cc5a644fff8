"""What a zone of the lab is, and how its file comes about: delegations, glue, DS, signatures, faults."""
import concurrent.futures
import os
from dataclasses import dataclass, field

import sign

GOOD_DAYS = (-2, 14)


@dataclass
class Nsec3:
    iterations: int = 0
    salt: str = ""
    opt_out: bool = False


@dataclass
class Zone:
    name: str
    at: str                     # the server groups that have it, by name, blank between
    body: str                   # records under $ORIGIN name, beside SOA, NS and the servers' addresses
    keys: tuple = ()            # of tests/lab/keys; none: unsigned
    silent_keys: tuple = ()     # of these, published without signing
    nsec3: Nsec3 = None
    valid_days: tuple = GOOD_DAYS
    ds: object = None           # function of the zone that gives its DS lines; () for none; None: as keys are
    ns: list = None             # (host, [addresses]) of the delegation; None: ns1 and ns2 in the zone
    glue: bool = True           # hosts below the parent get their addresses in the referral
    expired_algorithm: int = 0  # its signatures are long over
    expired_types: tuple = ()   # as are those over sets of these types
    signer: str = "dnssec-signzone"     # or ldns-signzone, for types that it refuses
    edits: list = field(default_factory=list)   # functions from lines to lines, after signing
    serial: int = 1
    stage: str = ""             # a later version of the zone of the same name: the table's step

    def hosts(self, groups):
        if self.ns is not None:
            return self.ns
        addresses = groups[self.at.split()[0]].addresses
        v4 = [a for a in addresses if ":" not in a]
        v6 = [a for a in addresses if ":" in a]
        return [(f"ns{i + 1}.{self.name}", [a for a in pair if a])
                for i, pair in enumerate(zip(v4, v6 or [None] * len(v4)))]

    def ds_lines(self):
        if self.ds is not None:
            return list(self.ds(self))
        keys = [sign.Key(name) for name in self.keys]
        return [key.ds(self.name, 4 if key.algorithm == 14 else 2) for key in keys if key.flags == 257]


@dataclass
class Group:
    """One operator's servers: a process, its addresses."""
    kind: str                   # nsd, knot, scripted
    addresses: list
    behaviour: str = ""         # scripted: words of tests/lab/scripted.c


def address_lines(host, addresses):
    return [f"{host} 3600 IN {'AAAA' if ':' in a else 'A'} {a}" for a in addresses]


def is_under(name, zone):
    return zone == "." or name == zone or name.endswith("." + zone)


def parent_of(zone, names):
    above = [n for n in names if n != zone and is_under(zone, n)]
    return max(above, key=lambda n: 0 if n == "." else n.count("."), default=None)


def delegation(child, parent, groups):
    """(NS and DS, glue): what the parent says of the child."""
    lines = [f"{child.name} 3600 IN NS {host}" for host, _ in child.hosts(groups)]
    glue = [line for host, addresses in child.hosts(groups) if child.glue and is_under(host, parent)
            for line in address_lines(host, addresses)]
    return lines + child.ds_lines(), glue


def zone_text(zone, children, groups):
    lines = [f"$ORIGIN {zone.name}", "$TTL 3600",
             f"@ SOA {zone.hosts(groups)[0][0]} hostmaster.{zone.name.lstrip('.')} {zone.serial} 7200 3600 1209600 300"]
    lines += [f"@ NS {host}" for host, _ in zone.hosts(groups)]
    for host, addresses in zone.hosts(groups):
        cut = any(is_under(host, child.name) for child in children)
        if is_under(host, zone.name) and not cut:
            lines += address_lines(host, addresses)
    for child in children:
        records, glue = delegation(child, zone.name, groups)
        lines += records + glue
    return "\n".join(dict.fromkeys(lines)) + "\n" + zone.body.strip("\n") + "\n"


def children_of(zone, zones):
    """At each step of the table the parent speaks of the child's version of that step, or the last before."""
    names = {z.name for z in zones}
    found = {}
    for child in zones:
        if child.stage in ("", zone.stage) and parent_of(child.name, names) == zone.name:
            if found.get(child.name) is None or child.stage:
                found[child.name] = child
    return list(found.values())


def is_expired(zone, line):
    r = sign.Record(line)
    fields = r.rdata.split() if r.type == "RRSIG" else ["", "0"]
    return fields[0] in zone.expired_types or int(fields[1]) == zone.expired_algorithm != 0


def signed_lines(zone, text, folder, now):
    lines = sign.sign(zone, text, folder, now)
    if zone.expired_algorithm or zone.expired_types:
        past = sign.sign(zone, text, folder, now - 30 * sign.DAY)
        lines = [line for line in lines if not is_expired(zone, line)]
        lines += [line for line in past if is_expired(zone, line)]
    return lines


def build_one(zone, zones, groups, folder, now):
    text = zone_text(zone, children_of(zone, zones), groups)
    scratch = os.path.join(folder, "signing", (zone.name if zone.name != "." else "root.") + zone.stage)
    os.makedirs(scratch)
    lines = signed_lines(zone, text, scratch, now) if zone.keys else text.splitlines()
    for edit in zone.edits:
        lines = edit(lines)
    path = zone_path(zone, folder)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return zone, lines


def zone_path(zone, folder):
    return os.path.join(folder, (zone.name if zone.name != "." else "root.") + "zone" + zone.stage)


def build(zones, groups, folder, now):
    """Writes every zone's file into `folder`; (name, stage) -> lines."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        done = pool.map(lambda zone: build_one(zone, zones, groups, folder, now), zones)
        return {(zone.name, zone.stage): lines for zone, lines in done}
