"""The lab's signer: keys, DS records, and dnssec-signzone around a zone's text; then what breaks it."""
import base64
import hashlib
import os
import struct
import subprocess
import time

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keys")
DAY = 86400


def wire_name(name):
    labels = [label for label in name.lower().rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def stamp(seconds):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


class Key:
    """A pair of tests/lab/keys: `flags`, `algorithm`, `public` as in its DNSKEY (RFC 4034 §2). NAME+revoke is the
    same pair with REVOKE (RFC 5011 §2.1)."""

    def __init__(self, name):
        name, revoke, _ = name.partition("+revoke")
        with open(os.path.join(KEYS, name + ".key")) as file:
            fields = file.read().split()
        self.flags, self.algorithm = int(fields[3]), int(fields[5])
        self.flags |= 0x80 if revoke else 0
        self.public = "".join(fields[6:])
        with open(os.path.join(KEYS, name + ".private")) as file:
            self.private = file.read()

    def rdata(self, algorithm=None):
        return struct.pack("!HBB", self.flags, 3, algorithm or self.algorithm) + base64.b64decode(self.public)

    def tag(self, algorithm=None):  # RFC 4034 §B
        rdata = self.rdata(algorithm)
        total = sum(octet << 8 if at % 2 == 0 else octet for at, octet in enumerate(rdata))
        return (total + (total >> 16)) & 0xFFFF

    def dnskey(self, zone):
        return f"{zone} 3600 IN DNSKEY {self.flags} 3 {self.algorithm} {self.public}"

    def ds(self, zone, digest=2, algorithm=None):
        hash_of = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}.get(digest, hashlib.sha256)
        value = hash_of(wire_name(zone) + self.rdata(algorithm)).hexdigest()
        return f"{zone} IN DS {self.tag(algorithm)} {algorithm or self.algorithm} {digest} {value}"

    def put(self, folder, zone):
        """Writes the pair under the name by which dnssec-signzone asks for it."""
        stem = os.path.join(folder, f"K{zone}+{self.algorithm:03d}+{self.tag():05d}")
        with open(stem + ".key", "w") as file:
            file.write(self.dnskey(zone) + "\n")
        with open(stem + ".private", "w") as file:
            file.write(self.private)
        return stem


def nsec3_hash(name, iterations, salt):
    """RFC 5155 §5, in the base32hex of its owner names."""
    digest = hashlib.sha1(wire_name(name) + salt).digest()
    for _ in range(iterations):
        digest = hashlib.sha1(digest + salt).digest()
    table = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")
    return base64.b32encode(digest).translate(table).decode()


def sign(zone, text, folder, now):
    """The signed zone's lines, one record each: owner, TTL, class, type, rdata."""
    keys = [Key(name) for name in zone.keys]
    plain, signed = os.path.join(folder, "plain"), os.path.join(folder, "signed")
    with open(plain, "w") as file:
        file.write(text + "".join(key.dnskey(zone.name) + "\n" for key in keys))
    signers = [key.put(folder, zone.name) for key, name in zip(keys, zone.keys) if name not in zone.silent_keys]
    start, end = (stamp(now + days * DAY) for days in zone.valid_days)
    command = ["dnssec-signzone", "-q", "-P", "-O", "full", "-o", zone.name, "-s", start, "-e", end,
               "-d", folder, "-f", signed]
    if all(key.flags == 257 for key in keys):
        command.append("-z")
    if zone.nsec3 is not None:
        command += ["-3", zone.nsec3.salt or "-", "-H", str(zone.nsec3.iterations)]
        command += ["-A"] if zone.nsec3.opt_out else []
    if zone.signer == "ldns-signzone":
        command = [zone.signer, "-o", zone.name, "-i", start, "-e", end, "-f", signed]
    done = subprocess.run(command + [plain] + signers, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"lab: {zone.name} cannot be signed: {done.stderr.strip()}")
    with open(signed) as file:
        return [one_form(line.split(" ;{")[0]) for line in file if line.strip() and not line.startswith(";")]


def one_form(line):
    """Single blanks between the fields, and no blank inside a key or a signature."""
    fields = line.split()
    if fields[3] in ("RRSIG", "DNSKEY"):
        head = 12 if fields[3] == "RRSIG" else 7
        fields[head:] = ["".join(fields[head:])]
    return " ".join(fields)


class Record:
    """One line of a signed zone, for those who change it."""

    def __init__(self, line):
        self.owner, self.ttl, _, self.type, self.rdata = line.split(None, 4)
        self.line = line

    def covers(self, rrtype):
        return self.type == "RRSIG" and self.rdata.split(None, 1)[0] == rrtype


def drop(chosen):
    """An edit: the records for which `chosen` holds are gone."""
    return lambda lines: [line for line in lines if not chosen(Record(line))]


def is_of(rrtype, owner=None):
    """Chooses the sets of a type, with their signatures."""
    return lambda r: (r.type == rrtype or r.covers(rrtype)) and owner in (None, r.owner)


def signature_of(rrtype, owner=None):
    return lambda r: r.covers(rrtype) and owner in (None, r.owner)


def change_line(line):
    """Another octet near the end of a signature: its length and form stay."""
    at = len(line) - 12
    return line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1:]


def spoil(chosen):
    """An edit: one octet of the chosen signatures is another."""
    return lambda lines: [change_line(line) if chosen(Record(line)) else line for line in lines]


def replace(old, new):
    """An edit: a record's text is another after signing."""
    return lambda lines: [line.replace(old, new) if " IN RRSIG " not in line else line for line in lines]


def other_algorithm(key_name, algorithm):
    """An edit: keys and signatures claim an algorithm that nobody supports."""
    key = Key(key_name)

    def edit(lines):
        for line in lines:
            r = Record(line)
            fields = r.rdata.split()
            if r.type == "DNSKEY":
                fields[2] = str(algorithm)
            elif r.type == "RRSIG":
                fields[1], fields[6] = str(algorithm), str(key.tag(algorithm))
            yield f"{r.owner} {r.ttl} IN {r.type} {' '.join(fields)}"
    return lambda lines: list(edit(lines))


def change_key_flags(old, new):
    """An edit: DNSKEYs with other flags than those that were signed with."""
    return lambda lines: [line.replace(f" DNSKEY {old} ", f" DNSKEY {new} ") for line in lines]
