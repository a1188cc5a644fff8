"""The resolver's state directory from outside: its owner, its files as the program writes them (resolver/state.h)."""
import os
import pwd
import re
import struct

import lab

MASK = (1 << 64) - 1
CHECKSUM_KEY = struct.pack("<QQ", 0x636174656E612073, 1)


def rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK


def sip_rounds(v, count):
    for _ in range(count):
        v[0] = (v[0] + v[1]) & MASK
        v[2] = (v[2] + v[3]) & MASK
        v[1], v[3] = rotate(v[1], 13) ^ v[0], rotate(v[3], 16) ^ v[2]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[1]) & MASK
        v[0] = (v[0] + v[3]) & MASK
        v[1], v[3] = rotate(v[1], 17) ^ v[2], rotate(v[3], 21) ^ v[0]
        v[2] = rotate(v[2], 32)


def siphash24(key, data):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = data + b"\0" * (7 - len(data) % 8) + bytes([len(data) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        sip_rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def owner():
    """Whom the resolver becomes when it is started as root."""
    for name in ("catena", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    return pwd.getpwuid(os.geteuid())


def give(path):
    """The file or folder becomes the resolver's."""
    if os.geteuid() == 0 and os.environ.get(lab.INSIDE) == "root":
        os.chown(path, owner().pw_uid, owner().pw_gid)


def passes_by_modes():
    """Whether the resolver reads and writes whatever a mode forbids: in a user's namespace, all of whose
    capabilities it has."""
    return os.environ.get(lab.INSIDE) != "root"


class Kept:
    """A state directory in the lab's folder."""

    def __init__(self, place, name):
        self.name, self.folder = name, place.path(name)
        os.makedirs(self.folder)
        os.chmod(self.folder, 0o755)
        give(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name="anchors"):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def until(self, process, pattern, name="anchors"):
        """Whether the file comes to hold the pattern while the process runs."""
        for _ in range(lab.ATTEMPTS):
            if re.search(pattern, self.read(name), re.M):
                return True
            if lab.ended(process):
                return False
        return False

    def body(self, name="anchors"):
        return "".join(line + "\n" for line in self.read(name).splitlines()[3:-1])

    def sequence(self, name="anchors"):
        found = re.search(r"^sequence (\d+)", self.read(name), re.M)
        return int(found.group(1)) if found else 0

    def write(self, name, body, written):
        """As the program would have written it at that time, over what is there."""
        text = f"catena {name} 1\nsequence {self.sequence(name) + 1}\nwritten {written} (by the lab)\n{body}"
        text += f"checksum {siphash24(CHECKSUM_KEY, text.encode()):016x}\n"
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)
        give(self.path(name))
