"""The lab's place and its processes: a network namespace, addresses, authoritative servers, a resolver."""
import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import internet
import packets
import sign
import zones

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
DATA = os.environ.get("CATENA_DATA") or os.path.join(os.path.dirname(TOP), "shared", "data")
INSIDE = "CATENA_LAB_INSIDE"
PROGRAMS = ["ip", "unshare", "mount", "nsd", "knotd", "dig", "kdig", "dnssec-signzone", "ldns-signzone", "getent"]
ATTEMPTS = 400          # of 50 ms each, for a daemon to answer; a dead one ends the wait at once


def enter_namespace():
    """Starts this program again in a network and mount namespace of its own: "" inside; else why not."""
    if os.environ.get(INSIDE):
        return ""
    base = ["unshare", "--net", "--mount", "--propagation", "private"]
    why = ""
    for command in ([base] if os.geteuid() == 0 else []) + [base + ["--user", "--map-current-user", "--keep-caps"]]:
        tried = subprocess.run(command + ["true"], capture_output=True, text=True)
        if tried.returncode == 0:
            os.environ[INSIDE] = "user" if "--user" in command else "root"
            os.execvp(command[0], command + [sys.executable, "-B"] + sys.argv)
        why = tried.stderr.strip()
    return f"no network namespace may be made here: {why}"


def missing_programs(names):
    path = os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [name for name in names if shutil.which(name, path=path) is None]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)     # PR_SET_PDEATHSIG: no process outlives a killed lab


def ended(process):
    """After a moment: has it?"""
    try:
        process.wait(timeout=0.05)
        return True
    except subprocess.TimeoutExpired:
        return False


def read_framed(s):
    """One message from a connection; nothing where it ends before."""
    got = b""
    while len(got) < 2 or len(got) < 2 + int.from_bytes(got[:2], "big"):
        more = s.recv(65536)
        if not more:
            return b""
        got += more
    return got[2:]


def told(kind, server, message, within_s):
    """The reply to a message over UDP, or over a new TCP connection; nothing where none comes in time."""
    try:
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(within_s)
            s.connect((server, 53))
            if kind == socket.SOCK_DGRAM:
                s.sendall(message)
                return s.recv(4096)
            s.sendall(len(message).to_bytes(2, "big") + message)
            return read_framed(s)
    except OSError:
        return b""


def serial_in(reply, zone):
    """The serial of the SOA that is the reply's first answer, its owner a pointer (or the root); or -1."""
    rdata = 12 + len(sign.wire_name(zone)) + 4 + (1 if zone == "." else 2) + 10
    end = rdata + int.from_bytes(reply[rdata - 2:rdata], "big")
    return int.from_bytes(reply[end - 20:end - 16], "big") if reply[7] else -1


class Lab:
    """groups, zones: more of them, beside those of internet.py."""

    def __init__(self, keep_scratch=False, groups=None, more_zones=()):
        self.groups, self.zones = {**internet.GROUPS, **(groups or {})}, internet.zones() + list(more_zones)
        self.folder = tempfile.mkdtemp(prefix="catena-lab-")
        self.processes = []
        self.now = int(time.time())
        self.keep_scratch = keep_scratch
        os.chmod(self.folder, 0o755)
        atexit.register(self.down)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    @staticmethod
    def time():
        return int(time.time())

    # ---- processes, each ended by its own id ----
    def start(self, name, command, env=None):
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                       start_new_session=True, preexec_fn=die_with_parent, env=env)
        process.lab_name = name
        self.processes.append(process)
        return process

    def stop(self, process):
        """The status it ended with; processes it made itself are of its own session and end with it."""
        process.terminate()
        try:
            status = process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        if process in self.processes:
            self.processes.remove(process)
        return status

    def kill(self, process):
        """SIGKILL, to it and to what it made."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def down(self):
        for process in self.processes:
            process.terminate()
        for process in list(self.processes):
            self.stop(process)
        if not self.keep_scratch:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, name):
        try:
            with open(self.path(name + ".log"), errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def log_of(self, process):
        return self.log(process.lab_name)

    def wait(self, process, address, name, accept=lambda reply: True):
        """Asks until an answer comes that is accepted. No clock decides: 400 tries, or the process ends."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.settimeout(0.5)
            s.connect((address, 53))
            for _ in range(ATTEMPTS):
                try:
                    s.send(packets.write(name, packets.SOA, options=None, flags=0))
                    if accept(s.recv(4096)):
                        return
                except TimeoutError:
                    continue
                except OSError:
                    pass
                if ended(process):
                    break
        raise SystemExit(f"lab: {process.lab_name} does not answer for {name} at {address}:\n{self.log_of(process)[-2000:]}")

    # ---- the network: everything is on lo; what nobody has vanishes there, as on a real net ----
    def network(self, addresses):
        four = ["link set lo up"] + [f"addr add {a}/32 dev lo" for a in addresses if ":" not in a]
        six = [f"addr add {a}/128 dev lo nodad" for a in addresses if ":" in a]
        for option, lines in (("-4", four), ("-6", six)):
            batch = self.write("ip.batch", "\n".join(lines + ["route add default dev lo"]) + "\n")
            done = subprocess.run(["ip", option, "-batch", batch], capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(f"lab: ip: {done.stderr.strip()}")

    def resolv_conf(self):
        """The lab's own resolv.conf, for glibc: trust-ad as README says (RULINGS A45)."""
        files = {"resolv.conf": "nameserver 127.0.0.1\noptions edns0 trust-ad timeout:10\n",
                 "nsswitch.conf": "hosts: files dns\n"}
        for name, text in files.items():
            subprocess.run(["mount", "--bind", self.write("etc/" + name, text), "/etc/" + name], check=True)

    # ---- authoritative servers ----
    def nsd(self, name, addresses, files):
        """files: zone name -> path."""
        text = ["server:", "  username: \"\"", "  server-count: 1", "  pidfile: \"\"", "  zonefiles-check: yes",
                "  rrl-ratelimit: 0", "  rrl-whitelist-ratelimit: 0", "  database: \"\"", "  tcp-count: 100",
                f"  xfrdfile: {self.path(name + '.xfrd')}", f"  zonelistfile: {self.path(name + '.list')}",
                f"  xfrdir: {self.folder}", f"  zonesdir: {self.folder}"]
        text += [f"  ip-address: {address}" for address in addresses]
        text += ["remote-control:", "  control-enable: no"]
        for zone, path in files.items():
            text += ["zone:", f"  name: \"{zone}\"", f"  zonefile: {path}"]
        config = self.write(f"{name}.nsd.conf", "\n".join(text) + "\n")
        return self.start(name, ["nsd", "-d", "-c", config])

    def knot(self, name, addresses, files):
        base = self.path(name + ".knot")
        os.makedirs(base, exist_ok=True)
        text = ["server:", f"  rundir: {base}", "  udp-workers: 1", "  tcp-workers: 1", "  background-workers: 1",
                "  listen: [" + ", ".join(f"\"{a}@53\"" for a in addresses) + "]",
                "control:", f"  listen: {base}/knot.sock",
                "log:", "  - target: stderr", "    any: warning",
                "database:", f"  storage: {base}", "  journal-db-max-size: 1M", "  kasp-db-max-size: 5M",
                "  timer-db-max-size: 1M", "  catalog-db-max-size: 5M",
                "template:", "  - id: default", "    zonefile-sync: -1", "    journal-content: none",
                "    semantic-checks: off", "zone:"]
        for zone, path in files.items():
            text += [f"  - domain: \"{zone}\"", f"    file: {path}"]
        config = self.write(f"{name}.knot.conf", "\n".join(text) + "\n")
        return self.start(name, ["knotd", "-c", config])

    def scripted(self, groups, files):
        text = [f"zone {zone} {path}" for zone, path in files.items()]
        text += [f"listen {address} {group.behaviour}" for group in groups for address in group.addresses]
        if not os.access(scripted_program(), os.X_OK):
            raise SystemExit(f"lab: {scripted_program()} is not there: `make lab` builds it")
        config = self.write("scripted.conf", "\n".join(text) + "\n")
        return self.start("scripted", [scripted_program(), config])

    # ---- the lab's own Internet ----
    def build(self):
        self.lines = zones.build(self.zones, self.groups, self.folder, self.now)
        shutil.rmtree(self.path("signing"))

    def files_of(self, group):
        return {zone.name: zones.zone_path(zone, self.folder) for zone in self.zones
                if group in zone.at.split() and not zone.stage}

    def up(self):
        self.build()
        self.network(internet.CLOSED + [a for group in self.groups.values() for a in group.addresses])
        self.resolv_conf()
        self.servers = {}
        for name, group in self.groups.items():
            if group.kind in ("nsd", "knot"):
                self.servers[name] = getattr(self, group.kind)(name, group.addresses, self.files_of(name))
        odd = {name: group for name, group in self.groups.items() if group.kind == "scripted"}
        files = {zone: path for name in odd for zone, path in self.files_of(name).items()}
        self.servers["scripted"] = self.scripted(odd.values(), files)
        self.wait_for_all()

    def wait_for_all(self):
        for name, process in self.servers.items():
            if name == "scripted":
                self.wait(process, self.groups["aa-off"].addresses[0], "aa-off.tu.")
                continue
            addresses, known = self.groups[name].addresses, list(self.files_of(name))
            for address, zone in [(a, known[0]) for a in addresses] + [(addresses[0], z) for z in known]:
                self.wait(process, address, zone, lambda reply: reply[3] & 15 == 0)

    def step(self, stage):
        """Puts the zones of `stage` in place of those served, and waits until their servers say so."""
        for zone in [z for z in self.zones if z.stage == stage]:
            served = zones.zone_path(zone, self.folder)[:-len(stage)]
            shutil.copyfile(zones.zone_path(zone, self.folder), served + ".new")
            os.rename(served + ".new", served)
            for group in zone.at.split():
                self.servers[group].send_signal(signal.SIGHUP)
                self.wait(self.servers[group], self.groups[group].addresses[0], zone.name,
                          lambda reply: serial_in(reply, zone.name) == zone.serial)


def scripted_program():
    """Beside the program under test: BUILD/catena and BUILD/san/catena have BUILD/lab/scripted."""
    build = os.path.dirname(os.path.abspath(os.environ.get("CATENA", os.path.join(TOP, "build", "catena"))))
    build = os.path.dirname(build) if os.path.basename(build) in ("san", "release", "debug", "tsan") else build
    return os.path.join(build, "lab", "scripted")
