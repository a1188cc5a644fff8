"""The resolvers compared, each on one worker, with room in its caches for all names, validating. `more`: further
lines for the configuration, in the section of what concerns the server."""
import os

import resolver

PROGRAMS = {"catena": resolver.program(), "unbound": "unbound", "bind": "named", "kresd": "kresd",
            "pdns": "pdns_recursor"}
TITLES = {"catena": "catena", "unbound": "Unbound", "bind": "BIND", "kresd": "Knot Resolver",
          "pdns": "PowerDNS"}
PACKAGES = {"unbound": "unbound", "bind": "bind9", "kresd": "knot-resolver", "pdns": "pdns-recursor"}


def folder_of(place, kind):
    path = place.path(kind)
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o777)
    return path


def catena(place, anchor, hints, more=""):
    return [resolver.program(), "serve", "-c", place.write("catena.yaml", f"""
listen: ["127.0.0.1:53"]
workers: 1
state-directory: {folder_of(place, "catena")}
upstream:
  root-hints: {hints}
  refuse-addresses: []
dnssec:
  trust-anchors:
    - "{anchor}"
cache:
  size: 256M
{more}""")]


def unbound(place, anchor, hints, more=""):
    return ["unbound", "-d", "-c", place.write("unbound.conf", f"""
server:
  directory: "{folder_of(place, "unbound")}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1
  do-not-query-localhost: no
  num-threads: 1
  msg-cache-size: 128m
  rrset-cache-size: 256m
  key-cache-size: 32m
  infra-cache-numhosts: 20000
  module-config: "validator iterator"
  root-hints: {hints}
  trust-anchor: "{anchor}"
{more}remote-control:
  control-enable: no
""")]


def bind(place, anchor, hints, more=""):
    name, _, _, tag, algorithm, digest, value = anchor.split()
    return ["named", "-f", "-n", "1", "-c", place.write("named.conf", f"""
options {{
  directory "{folder_of(place, "bind")}";
  pid-file none;
  session-keyfile none;
  listen-on {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  empty-zones-enable no;
  max-cache-size 512m;
  dnssec-validation yes;
{more}}};
controls {{ }};
trust-anchors {{ "{name}" static-ds {tag} {algorithm} {digest} "{value}"; }};
zone "." {{ type hint; file "{hints}"; }};
""")]


def kresd(place, anchor, hints, more=""):
    path = folder_of(place, "kresd")
    return ["kresd", "-n", "-c", place.write("kresd.conf", f"""
net.listen("127.0.0.1", 53, {{ kind = "dns" }})
cache.open(512 * MB, "lmdb://{path}")
hints = nil
modules.load("hints")
hints.root_file("{hints}")
trust_anchors.remove(".")
trust_anchors.add("{anchor}")
trust_anchors.disable_hold_down = nil
{more}"""), path]


def pdns(place, anchor, hints, more=""):
    path = folder_of(place, "pdns")
    lua = place.write("pdns.lua", f"clearTA(\".\")\naddTA(\".\", \"{' '.join(anchor.split()[3:])}\")\n")
    place.write("pdns/recursor.conf", f"""
local-address=127.0.0.1
socket-dir={path}
hint-file={hints}
lua-config-file={lua}
dnssec=validate
threads=1
pdns-distributes-queries=no
max-cache-entries=2000000
max-packetcache-entries=1000000
dont-query=
daemon=no
disable-syslog=yes
loglevel=3
security-poll-suffix=
{more}""")
    return ["pdns_recursor", f"--config-dir={path}"]


MAKERS = {"catena": catena, "unbound": unbound, "bind": bind, "kresd": kresd, "pdns": pdns}


class Peer:
    def __init__(self, kind, place, processor, more=""):
        self.kind, self.place = kind, place
        pinned = ["taskset", "-c", str(processor)] if processor is not None else []
        self.command = pinned + MAKERS[kind](place, resolver.anchor("root-ksk"),
                                             place.write("root.hints", resolver.lab_hints()), more)

    def start(self):
        self.process = self.place.start(self.kind, self.command, dict(os.environ))
        self.place.wait(self.process, "127.0.0.1", ".")
        return self

    def stop(self):
        self.place.stop(self.process)
