"""What is answered here, and to whom: cookies (RFC 7873), access, names that never leave (SPEC L2), who this
server is (RFC 5001, RFC 4892), a hosts file (RULINGS A45)."""
import re
import socket
import subprocess

import ask
import cases
import packets
import resolver
import watch
from packets import COOKIE, NSID

CLIENT = b"lab-lab!"    # its half of a cookie
HOUSE, GUEST, PUBLIC = "192.168.77.1", "192.168.77.9", "198.51.100.9"
NEIGHBOUR = "192.168.78.9"          # which comes to be here after the start
FORMERR, REFUSED, BADCOOKIE = 1, 5, 23


class Here(resolver.Resolver):
    """`more`: keys with their values."""

    def __init__(self, place, more=()):
        super().__init__("catena", place, [resolver.anchor("root-ksk")])
        self.more = more

    def catena(self):
        return super().catena() + [part for word in self.more for part in ("-o", word)]


def expect(tally, what, got, want):
    tally.count(what, [] if got == want else [f"{got}, want {want}"])


def log_since(place, begins_at):
    return place.log("resolver")[begins_at:]


# ---- cookies ----

def with_cookie(cookie, name="www.a13.t1.", rrtype=packets.A):
    return packets.exchange(packets.write(name, rrtype, options=[(COOKIE, cookie)]))


def cookies(place, tally):
    """A valid cookie shows in what it earns: ANY over UDP (RULINGS A40)."""
    process = Here(place).start()
    first = with_cookie(CLIENT)
    ours = first.options.get(COOKIE, b"")
    expect(tally, "cookies: the first answer brings one", (first.rcode, len(ours), ours[:8]), (0, 24, CLIENT))
    wrong = ours[:-1] + bytes([ours[-1] ^ 1]) if ours else b""
    for what, cookie, tc in (("ours", ours, False), ("half of one", CLIENT, True), ("a wrong one", wrong, True)):
        reply = with_cookie(cookie, rrtype=packets.ANY)
        expect(tally, f"cookies: ANY with {what}", (reply.rcode, bool(reply.flags & packets.TC)), (0, tc))
    again = with_cookie(wrong).options.get(COOKIE, b"")
    expect(tally, "cookies: who shows a wrong one gets another", (len(again), again[:8], again != wrong), (24, CLIENT, True))
    expect(tally, "cookies: one of nine octets", with_cookie(CLIENT + b"9").rcode, FORMERR)
    for what, cookie, rcode in (("half of one", CLIENT, 0), ("ours", ours, 0), ("a wrong one", wrong, BADCOOKIE)):
        reply = with_cookie(cookie, name=None)
        got = (reply.rcode, len(reply.options.get(COOKIE, b"")))
        expect(tally, f"cookies: {what} and no question", got, (rcode, 24))     # RFC 7873 §5.4
    expect(tally, "cookies: no question and no cookie", packets.exchange(packets.write(None)).rcode, FORMERR)
    done = subprocess.run(["dig", "-r", f"@{ask.ADDRESS}", "www.a13.t1", "+cookie"], capture_output=True, text=True)
    tally.count("cookies: dig finds it good", [] if re.search(r"COOKIE: [0-9a-f]{48} \(good\)", done.stdout) else [done.stdout])
    process.end(tally)


def no_cookies(place, tally):
    process = Here(place, ["cookies=false"]).start()
    reply = with_cookie(CLIENT)
    expect(tally, "cookies: off", (reply.rcode, COOKIE in reply.options), (0, False))
    process.end(tally)


# ---- access ----

def address(verb, text):
    subprocess.run(["ip", "addr", verb, text, "dev", "lo"], check=True)


def access(place, tally):
    """`local` lets in the private networks attached at the start (RULINGS A41, SPEC R1)."""
    begins_at = len(place.log("resolver"))
    attached = [f"{HOUSE}/24", f"{PUBLIC}/24"]
    for text in attached:
        address("add", text)
    doors = f'listen=["127.0.0.1:53", "[::1]:53", "{HOUSE}:53"]'
    for what, allow, guest in (("local", ["access.allow=local"], 0), ("by default", [], REFUSED)):
        process = Here(place, [doors, *allow]).start()
        address("add", f"{NEIGHBOUR}/32")
        for who, source, want in (("itself", ask.ADDRESS, 0), ("a guest", GUEST, guest),
                                  ("a public address next door", PUBLIC, REFUSED), ("another network", NEIGHBOUR, REFUSED)):
            packet = packets.write("www.a13.t1.")
            reply = packets.exchange(packet, source, ask.ADDRESS if source == ask.ADDRESS else HOUSE)
            expect(tally, f"access {what}: {who}", (reply.rcode, reply.rcode == 0 or reply.octets <= len(packet)), (want, True))
        address("del", f"{NEIGHBOUR}/32")
        process.end(tally)
    for text in attached:
        address("del", text)
    log = log_since(place, begins_at)
    for pattern in ("access.allow: local lets in 192.168.77.0/24", "refused 198.51.100.9.*`local` there lets in"):
        tally.count(f"access: the log says {pattern}", [] if re.search(pattern, log) else [log])
    tally.count("access: no public network is let in", [log] if "lets in 198" in log else [])


# ---- special-use names ----

SPECIAL = [     # (a name, type, rcode): below each zone that is built in, and at some of them
    ("localhost.", "A", "NOERROR"), ("a.localhost.", "AAAA", "NOERROR"), ("localhost.", "MX", "NOERROR"),
    ("www.test.", "A", "NXDOMAIN"), ("test.", "NS", "NOERROR"), ("invalid.", "DS", "NOERROR"), ("a.invalid.", "A", "NXDOMAIN"),
    ("printer.local.", "A", "NXDOMAIN"), ("_http._tcp.local.", "PTR", "NXDOMAIN"), ("duckduckgo.onion.", "A", "NXDOMAIN"),
    ("nas.home.arpa.", "A", "NXDOMAIN"), ("x.service.arpa.", "SRV", "NXDOMAIN"), ("_dns.resolver.arpa.", "SVCB", "NOERROR"),
    ("5.0.0.10.in-addr.arpa.", "PTR", "NXDOMAIN"), ("9.20.172.in-addr.arpa.", "PTR", "NXDOMAIN"),
    ("1.1.168.192.in-addr.arpa.", "PTR", "NXDOMAIN"), ("1.0.0.127.in-addr.arpa.", "PTR", "NOERROR"),
    ("1.64.100.in-addr.arpa.", "PTR", "NXDOMAIN"), ("3.254.169.in-addr.arpa.", "PTR", "NXDOMAIN"),
    ("1.2.0.192.in-addr.arpa.", "PTR", "NXDOMAIN"), ("b.e.f.ip6.arpa.", "NS", "NOERROR"), ("a.d.f.ip6.arpa.", "PTR", "NXDOMAIN"),
]
ZONES = ["localhost.", "test.", "invalid.", "local.", "onion.", "home.arpa.", "service.arpa.", "resolver.arpa.",
         "10.in-addr.arpa.", "20.172.in-addr.arpa.", "168.192.in-addr.arpa.", "127.in-addr.arpa.", "64.100.in-addr.arpa.",
         "254.169.in-addr.arpa.", "2.0.192.in-addr.arpa.", "b.e.f.ip6.arpa.", "d.f.ip6.arpa."]


def special(place, tally):
    """Never asked for, plain or with DO, RD or CD, before and after what is above them was (LIMITS H9)."""
    wire = watch.Watch()
    process = Here(place).start()
    flags = ["-", "do", "cd", "do+cd", "tcp", "norec"]
    asked = [cases.question(name, rrtype, word) for name, rrtype, _ in SPECIAL for word in flags]
    for turn in ("first", "with all above known"):
        for at, reply in enumerate(ask.ask(ask.by_dig, asked, place)):
            name, rrtype, rcode = SPECIAL[at // len(flags)]
            got = (reply.rcode, "aa" in reply.flags, "ad" in reply.flags)
            expect(tally, f"special names: {name} {rrtype} {flags[at % len(flags)]} {turn}", got, (rcode, True, False))
        ask.ask(ask.by_dig, [cases.question("9.9.9.9.in-addr.arpa.", "PTR"), cases.question("www.nosuch."),
                             cases.question("nothing.arpa.")], place)
    process.end(tally)
    wire.end()
    for zone in ZONES:
        expect(tally, f"special names: packets to servers about {zone}", wire.saw(zone), 0)
    tally.count("special names: others did leave", [] if wire.saw("nosuch.") and wire.saw("arpa.") else ["the watch saw nothing"])


def opened(place, tally):
    """The control: what is opened leaves, and the watch sees it."""
    wire = watch.Watch()
    process = Here(place, ["local.open=[test]"]).start()
    ask.ask(ask.by_dig, [cases.question("www.test."), cases.question("www.invalid.")], place)
    process.end(tally)
    wire.end()
    expect(tally, "special names: one that is opened leaves", (wire.saw("test.") > 0, wire.saw("invalid.")), (True, 0))


# ---- who this server is ----

CHAOS = ("id.server.", "hostname.bind.", "version.server.", "VERSION.bind.")
TOLD = ["identity.nsid=fra-3", "identity.name=resolver 3", "identity.version=built-in"]


def identity(place, tally):
    for what, more, texts in (("by default", [], None), ("written", TOLD, ("resolver 3", "resolver 3", "catena ", "catena "))):
        process = Here(place, more).start()
        for at, name in enumerate(CHAOS):
            packet = packets.write(name, packets.TXT, packets.CH)
            reply = packets.exchange(packet)
            good = len(reply.texts) == 1 and reply.texts[0].startswith(texts[at]) if texts \
                else reply.rcode == REFUSED and not reply.texts and reply.octets <= len(packet)
            tally.count(f"identity {what}: {name} CH TXT", [] if good else [str(reply)])
        for name in ("www.a13.t1.", "www.a13.t1.", "www.a13.t1.", "localhost.", "www.expired.t1.", "www.expired.t1."):
            reply = packets.exchange(packets.write(name, options=[(NSID, b"")]))
            expect(tally, f"identity {what}: the NSID of {name}", reply.options.get(NSID), b"fra-3" if more else None)
        expect(tally, f"identity {what}: none unasked", NSID in packets.exchange(packets.write("www.a13.t1.")).options, False)
        short = packets.write("www.a13.t1.", packets.ANY, options=[(NSID, b"")])
        reply = packets.exchange(short)
        expect(tally, f"identity {what}: TC is no longer than its question", (bool(reply.flags & packets.TC), reply.octets <= len(short)), (True, True))
        process.end(tally)


# ---- a hosts file ----

HOSTS = """127.0.0.1 localhost
192.168.1.5 nas.lan nas   # below the stairs
2001:db8::7:5 nas.lan
192.168.1 broken.lan
192.168.1.6
203.0.113.80 www.a13.t1
"""
HOSTS_ROWS = [  # (name, type, flags, rcode, answer)
    ("nas.lan.", "A", "do", "NOERROR", "A 192.168.1.5"), ("NAS.", "A", "-", "NOERROR", "A 192.168.1.5"),
    ("nas.lan.", "AAAA", "-", "NOERROR", "AAAA 2001:db8::7:5"), ("nas.", "AAAA", "-", "NOERROR", ""),
    ("5.1.168.192.in-addr.arpa.", "PTR", "-", "NOERROR", "PTR nas.lan."), ("www.a13.t1.", "A", "do", "NOERROR", "A 203.0.113.80"),
    ("broken.lan.", "A", "-", "NXDOMAIN", ""), ("localhost.", "A", "-", "NOERROR", "A 127.0.0.1"),
    ("1.0.0.127.in-addr.arpa.", "PTR", "-", "NOERROR", "PTR localhost."),
]


def ask_hosts(place, tally, what, rows):
    questions = [cases.question(*row[:3]) for row in rows]
    for (name, rrtype, flags, *want), reply in zip(rows, ask.ask(ask.by_dig, questions, place)):
        expect(tally, f"hosts, {what}: {name} {rrtype} {flags}", [reply.rcode, ", ".join(reply.answer), "ad" in reply.flags], [*want, False])


def hosts(place, tally):
    begins_at = len(place.log("resolver"))
    process = Here(place, [f"local.hosts={place.write('hosts', HOSTS)}"]).start()
    ask_hosts(place, tally, "a file", HOSTS_ROWS)
    process.end(tally)
    log = log_since(place, begins_at)
    for pattern in (r'hosts:4: no address: "192.168.1"; the line is skipped', "hosts:5: an address without a name"):
        tally.count(f"hosts: the log says {pattern}", [] if re.search(pattern, log) else [log])


def own(place, tally):
    """By default of /etc/hosts the names of this machine, and nobody else's; loopback while none else may ask."""
    host = socket.gethostname().split(".")[0]
    text = f"127.0.1.1 {host}.house.test {host}\n192.0.2.7 other.house.test\n"
    subprocess.run(["mount", "--bind", place.write("etc/hosts", text), "/etc/hosts"], check=True)
    alone, led = ("NOERROR", "A 127.0.1.1"), ("NOERROR", f"PTR {host}.house.test.")
    gone = ("NXDOMAIN", "")
    for what, more, forward, back in (("own", [], alone, led), ("own, for others too", ["access.allow=[127.0.0.0/8, 192.168.0.0/16]"], gone, gone),
                                      ("off", ["local.hosts=off"], gone, gone)):
        process = Here(place, more).start()
        ask_hosts(place, tally, what, [(f"{host}.", "A", "-", *forward), (f"{host}.house.test.", "A", "-", *forward),
                                       ("1.1.0.127.in-addr.arpa.", "PTR", "-", *back), ("other.house.test.", "A", "-", *gone)])
        process.end(tally)
    subprocess.run(["umount", "/etc/hosts"], check=True)


def here(place, tally):
    for part in (cookies, no_cookies, access, special, opened, identity, hosts, own):
        part(place, tally)
