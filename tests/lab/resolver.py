"""The resolver inside the lab: catena, or Unbound as the peer that the lab itself was proven against."""
import os

import internet
import lab
import sign

ADDRESS = "127.0.0.1"


def lab_hints():
    lines = []
    for letter, addresses in internet.ROOTS.items():
        lines.append(f". 3600000 NS {letter}.root-servers.net.")
        lines += [f"{letter}.root-servers.net. 3600000 {'AAAA' if ':' in a else 'A'} {a}" for a in addresses]
    return "\n".join(lines) + "\n"


class Resolver:
    """anchors: lines, None for those compiled in; clock: a time, None for the system's; hints: the text
    of a hints file, None for those compiled in."""

    def __init__(self, kind, place, anchors, clock=None, hints=lab_hints(), dnssec=(), zones=(), address=ADDRESS, state=None):
        """dnssec, zones: further lines of catena's section of that name, entries of its list of that name;
        state: a folder for its state that is there."""
        self.kind, self.place, self.hints, self.dnssec = kind, place, hints, dnssec
        self.zones, self.address, self.state = zones, address, state
        self.name = "resolver" if address == ADDRESS else f"resolver-{address}"
        self.anchors, self.clock = anchors, clock

    def hints_file(self):
        return self.place.write("root.hints", self.hints)

    def start(self, wait_for="."):
        write = {"unbound": self.unbound, "catena": self.catena}[self.kind]
        self.process = self.place.start(self.name, write(), dict(os.environ))
        self.place.wait(self.process, self.address, wait_for)
        return self

    def end(self, tally):
        """SIGTERM: it ends by itself with status 0; a sanitizer's finding is another status, and in the log."""
        status = self.place.stop(self.process)
        log = "" if status == 0 else self.place.log_of(self.process)[-3000:]
        tally.count("the resolver's end", [f"status {status}", log] if status else [])

    def unbound(self):
        path = self.place.path("unbound")
        os.makedirs(path, exist_ok=True)
        anchors = "".join(f"  trust-anchor: \"{line}\"\n" for line in self.anchors or [])
        hints = f"  root-hints: \"{self.hints_file()}\"\n" if self.hints else ""
        clock = f"  val-override-date: \"{sign.stamp(self.clock)}\"\n" if self.clock else ""
        return ["unbound", "-d", "-c", self.place.write("unbound.conf", f"""
server:
  directory: "{path}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  interface: 127.0.0.1
  interface: ::1
  do-not-query-localhost: no
  ede: yes
  val-log-level: 2
  module-config: "validator iterator"
{hints}{anchors}{clock}remote-control:
  control-enable: no
""")]

    def catena(self):
        state = self.place.path(self.state or f"{self.name}.state")
        if not self.state:
            os.makedirs(state, exist_ok=True)
            os.chmod(state, 0o777)      # which no daemon believes: what it learns stays in memory
        anchors = "".join(f"\n    - \"{line}\"" for line in self.anchors or []) or " built-in"
        clock = f"\n  clock: {sign.stamp(self.clock)}" if self.clock else ""
        doors = ["127.0.0.1:53", "[::1]:53"] if self.address == ADDRESS else [f"{self.address}:53"]
        file = "catena.yaml" if self.address == ADDRESS else f"{self.name}.yaml"
        return [program(), "serve", "-c", self.place.write(file, f"""
listen: [{", ".join(f'"{door}"' for door in doors)}]
state-directory: {state}
access:
  allow: [127.0.0.0/8, "::1/128"]
upstream:
  root-hints: {self.hints_file() if self.hints else "built-in"}
  refuse-addresses: []
zones: [{", ".join(self.zones)}]
dnssec:
  trust-anchors:{anchors}{clock}
{"".join(f"  {line}{chr(10)}" for line in self.dnssec)}""")]


def program():
    return os.path.abspath(os.environ.get("CATENA", os.path.join(lab.TOP, "build", "catena")))


def anchor(key_name):
    return sign.Key(key_name).ds(".")
