"""A wire of their own for clients: `edge` is its end at the resolver, behind it a namespace from which any
address may be said to ask."""
import json
import subprocess

import resolver

FOUR, SIX = "9.9.9.1", "2600:9::1"
BEYOND_FOUR, BEYOND_SIX = "9.9.9.2", "2600:9::2"
EDGE_MAC, WIRE_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
FORGED_FOUR, FORGED_SIX = ["10.0.0.0/8", "45.0.0.0/8", "96.0.0.0/8"], ["2600:45::/32", "2601::/16"]


PRIVATE_ONLY = ['access.allow=["10.0.0.0/8", "127.0.0.0/8"]', "access.open-resolver=false"]


class Flooded(resolver.Resolver):
    """Open to the world, as nobody should be without the limiter. `more`: keys with their values."""

    def __init__(self, place, mode, more=()):
        super().__init__("catena", place, [resolver.anchor("root-ksk")])
        self.mode, self.more = mode, more

    def catena(self):
        doors = ["127.0.0.1:53", "[::1]:53", f"{FOUR}:53", f"[{SIX}]:53"]
        words = [f"listen={json.dumps(doors)}", 'access.allow=["0.0.0.0/0", "::/0"]', "access.open-resolver=true",
                 f"rate-limit.mode={self.mode}", *self.more]
        return super().catena() + [part for word in words for part in ("-o", word)]


def ip(text, inside=None):
    command = ["nsenter", "--target", str(inside.pid), "--net"] if inside else []
    done = subprocess.run(command + ["ip"] + text.split(), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"wire: ip {text}: {done.stderr.strip()}")


def up(place, clients=()):
    """`edge` here, `wire` in a namespace of its own, which the returned process holds; `clients`: addresses there."""
    beyond = place.start("beyond", ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep 36000"])
    while "ready" not in place.log_of(beyond):
        if beyond.poll() is not None:
            raise SystemExit(f"wire: no second namespace: {place.log_of(beyond)}")
    ip(f"link add edge address {EDGE_MAC} type veth peer name wire address {WIRE_MAC}")
    ip(f"link set wire netns {beyond.pid}")
    for inside, link, four, six in ((None, "edge", FOUR, SIX), (beyond, "wire", BEYOND_FOUR, BEYOND_SIX)):
        ip(f"addr add {four}/24 dev {link}", inside)
        ip(f"addr add {six}/64 dev {link} nodad", inside)
        ip(f"link set {link} up", inside)
    for gateway, forged in ((BEYOND_FOUR, FORGED_FOUR), (BEYOND_SIX, FORGED_SIX)):
        ip(f"neigh add {gateway} lladdr {WIRE_MAC} dev edge nud permanent")
        for prefix in forged:
            ip(f"route add {prefix} via {gateway} dev edge onlink")
    lines = [f"addr add {client}/{'128 dev wire nodad' if ':' in client else '32 dev wire'}\n" for client in clients]
    ip(f"-batch {place.write('clients', ''.join(lines))}", beyond)
    return beyond


def in_beyond(beyond, command):
    return ["nsenter", "--target", str(beyond.pid), "--net"] + command
