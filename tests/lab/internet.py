"""The lab's Internet: who serves (GROUPS), which zones there are (zones()). RULINGS A1, A5, A6, A10, A33."""
from sign import (Key, change_key_flags, drop, is_of, other_algorithm, replace, signature_of, spoil)
from zones import GOOD_DAYS, Group, Nsec3, Zone

ROOTS = {
    "a": ["198.41.0.4", "2001:503:ba3e::2:30"], "b": ["170.247.170.2", "2801:1b8:10::b"],
    "c": ["192.33.4.12", "2001:500:2::c"], "d": ["199.7.91.13", "2001:500:2d::d"],
    "e": ["192.203.230.10", "2001:500:a8::e"], "f": ["192.5.5.241", "2001:500:2f::f"],
    "g": ["192.112.36.4", "2001:500:12::d0d"], "h": ["198.97.190.53", "2001:500:1::53"],
    "i": ["192.36.148.17", "2001:7fe::53"], "j": ["192.58.128.30", "2001:503:c27::2:30"],
    "k": ["193.0.14.129", "2001:7fd::1"], "l": ["199.7.83.42", "2001:500:9f::42"],
    "m": ["202.12.27.33", "2001:dc3::35"],
}
# What no real server does: words of scripted.c, one pair of addresses each.
BEHAVIOURS = [
    "formerr-bare", "formerr", "ignore-opt", "drop-aaaa", "drop-opt", "drop-minimised", "refuse-minimised",
    "nxdomain-ent", "fold-case", "fold-case,no-tcp", "no-tcp", "empty", "aa-off", "referral-aa", "silent",
    "truncate", "truncate,no-tcp", "refuse", "servfail", "recursion-lame", "no-question-servfail", "notimp",
    "upward", "hold",
]


HELD_NAMES = 200                                        # of held.tu, h0 and so on


def of_roots(letters):
    return [address for letter in letters for address in ROOTS[letter]]


def pair(net4, net6, first):
    return [f"{net4}.{first}", f"{net6}::{first}", f"{net4}.{first + 1}", f"{net6}::{first + 1}"]


GROUPS = {
    "root": Group("nsd", of_roots("abcdefghi")),
    "rootk": Group("knot", of_roots("klm")),
    "rootj": Group("knot", of_roots("j")),
    "t1": Group("nsd", pair("192.0.2", "2001:db8:1", 11)),
    "t2": Group("knot", pair("192.0.2", "2001:db8:1", 21)),
    "t3": Group("nsd", pair("192.0.2", "2001:db8:1", 31)),
    "tu": Group("knot", pair("192.0.2", "2001:db8:1", 41)),
    "op1": Group("nsd", pair("198.51.100", "2001:db8:51", 11)),
    "op2": Group("knot", pair("198.51.100", "2001:db8:51", 21)),
}
for number, words in enumerate(BEHAVIOURS, 1):
    GROUPS[words] = Group("scripted", [f"203.0.113.{number}", f"2001:db8:113::{number:x}"], words)

DEAD = [f"203.0.113.{n}" for n in range(200, 220)]      # nobody has these: packets vanish
CLOSED = [f"203.0.113.{n}" for n in range(220, 230)]    # nobody listens there: ICMP says so


def leaf(extra=""):
    return """
@ A 192.0.2.81
@ MX 10 www
www A 192.0.2.80
www AAAA 2001:db8::80
deep.ent A 192.0.2.82
alias CNAME www
*.w A 192.0.2.83
text TXT "hello from the lab"
""" + extra


def root(stage, serial, keys, **more):
    """Another version of the root zone."""
    root_ns = [(f"{letter}.root-servers.net.", addresses) for letter, addresses in ROOTS.items()]
    return Zone(".", "root rootk rootj", "", keys, ns=root_ns, stage=stage, serial=serial, **more)


def tops():
    root_ns = [(f"{letter}.root-servers.net.", addresses) for letter, addresses in ROOTS.items()]
    arpa_ns = [(f"{letter}.ns.arpa.", a) for letter, a in ROOTS.items() if letter != "j"]
    rdns_ns = [(f"{letter}.in-addr-servers.arpa.", ROOTS[letter]) for letter in "abcdefk"]
    rdns_glue = "\n".join(f"{letter}.in-addr-servers {'AAAA' if ':' in a else 'A'} {a}"
                          for letter in "abcdefk" for a in ROOTS[letter])
    return [
        root("", 1, ("root-ksk", "root-zsk")),
        Zone("root-servers.net.", "root rootk rootj", "", ns=root_ns),
        # RULINGS A1: arpa on the root's own servers, all letters but j; in-addr.arpa on some of them too.
        Zone("arpa.", "root rootk", rdns_glue, ("8-ksk", "8-zsk1"), ns=arpa_ns),
        Zone("in-addr.arpa.", "root rootk", "4.0.41.198 PTR a.root-servers.net.\n", ("13-csk",), ns=rdns_ns),
        Zone("8.in-addr.arpa.", "op1", "8.8.8 PTR eight.a13.t1.\n", ("13-csk",)),
        Zone("ip6.arpa.", "op2", "c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.5.0.1.0.0.2"
             " PTR c.root-servers.net.\n"),
        Zone("t1.", "t1", "", ("8-ksk", "8-zsk1")),
        Zone("t2.", "t2", "", ("13-ksk", "13-zsk"), nsec3=Nsec3()),
        Zone("t3.", "t3", "", ("8-ksk", "8-zsk1"), nsec3=Nsec3(5, "aabbccdd", opt_out=True)),
        Zone("tu.", "tu", "www A 192.0.2.80\n"),
        # Second levels on their top level's servers: no referral shows these cuts.
        Zone("co.t1.", "t1", "www A 192.0.2.80\n", ("13-csk",)),
        Zone("com.t1.", "t1", "www A 192.0.2.80\n"),
        Zone("co.t2.", "t2", "www A 192.0.2.80\n", ("13-csk",), nsec3=Nsec3()),
        Zone("com.t2.", "t2", "www A 192.0.2.80\n"),
    ]


def good():
    wild = """
*.c CNAME www.a13.t1.
*.n TXT "no address here"
there.w A 192.0.2.84
x.ent.w A 192.0.2.85
*.u CNAME www.plain.t3.
*.gone CNAME nowhere.a13.t1.
"""
    found = [Zone(f"a{number}.t1.", "op1" if number % 2 else "op2", leaf(), (f"{number}-csk",),
                  nsec3=Nsec3() if number in (7, 10, 14, 16) else None)
             for number in (5, 7, 10, 13, 14, 15, 16)]
    found += [
        Zone("a8.t1.", "op2", leaf(), ("8-ksk", "8-zsk1")),
        Zone("n13.t2.", "op1", leaf(), ("13-ksk", "13-zsk"), nsec3=Nsec3(5, "c0ffee")),
        Zone("n15.t2.", "op2", leaf(), ("15-csk",), nsec3=Nsec3(50)),
        Zone("s.t3.", "op1", leaf(), ("13-csk",)),
        Zone("wild.t1.", "op1", leaf(wild), ("13-csk",)),
        Zone("wild3.t2.", "op2", leaf(wild), ("13-csk",), nsec3=Nsec3(1, "ab")),
        Zone("big.t1.", "op2", leaf("".join(f'huge TXT "{n:02d}{"x" * 190}"\n' for n in range(20)) +
                                    "".join(f'large TXT "{n:02d}{"x" * 190}"\n' for n in range(4))),
             ("8-ksk", "8-zsk1", "8-zsk2", "8-zsk3", "8-zsk4"), silent_keys=("8-zsk2", "8-zsk3", "8-zsk4")),
        Zone("both.t1.", "op1", leaf(), ("13-csk",)),
        Zone("child.both.t1.", "op1", leaf(), ("15-csk",)),
        Zone("bare.both.t1.", "op1", leaf()),
        Zone("x.y.both.t1.", "op1", leaf(), ("13-csk",)),
        Zone("shop.co.t1.", "op1", leaf(), ("13-csk",)),
        Zone("plain.co.t1.", "op2", leaf()),
        Zone("shop.com.t1.", "op2", leaf()),
        Zone("shop.co.t2.", "op2", leaf(), ("13-csk",)),
        Zone("island.com.t1.", "op1", leaf(), ("13-csk",)),
        Zone("island.tu.", "op1", leaf(), ("13-csk",)),
        Zone("plain.t1.", "op2", leaf("tosecure CNAME www.a13.t1.\n")),
        Zone("plain.t2.", "op1", leaf()),
        Zone("plain.t3.", "op2", leaf("tosecure CNAME www.a13.t1.\n")),
        Zone("plain2.t3.", "op1", leaf()),
        Zone("plain.tu.", "op2", leaf("tosecure CNAME www.a13.t1.\n")),
        Zone("below.plain.t1.", "op1", leaf()),
        Zone("mixds.t1.", "op1", leaf(), ("13-csk",),
             ds=lambda z: [Key("13-csk").ds(z.name), Key("13-new").ds(z.name, 2, 12)]),
        Zone("spareds.t1.", "op1", leaf(), ("13-csk",),
             ds=lambda z: [Key("13-csk").ds(z.name), Key("13-new").ds(z.name)]),
        # RFC 6840 §5.11: any one valid path suffices.
        Zone("dual.t1.", "op2", leaf(), ("8-ksk", "8-zsk1", "13-ksk", "13-zsk"), expired_algorithm=8),
        Zone("mail.t1.", "op1", """
@ MX 10 mx1
@ MX 20 mx2
mx1 A 192.0.2.25
mx2 A 192.0.2.26
_25._tcp.mx1 TLSA 3 1 1 8cb0fc6c527506a053f4f14c8464bebbd6dede2738d11468dd953d7d6a3021f1
""", ("13-csk",)),
        Zone("types.t1.", "op2", types(), ("13-csk",)),
        # RFC 9824 §3.1: the NSEC of `gone` says that there is no such name; of 128, NXNAME, there is no record.
        Zone("compact.t1.", "op1", leaf("gone TYPE128 \\# 0\n"), ("13-csk",), signer="ldns-signzone",
             edits=[drop(is_of("TYPE128"))]),
    ]
    return found


def types():
    return """
@ HTTPS 1 . alpn=h2 ipv4hint=192.0.2.80
@ CAA 0 issue "ca.example"
_svc SVCB 1 Target.Types.T1. port=853
Mixed.Case A 192.0.2.86
@ MX 10 MiXeD.CaSe.Types.T1.
_sip._udp SRV 1 2 5060 MiXeD.CaSe.Types.T1.
ptr PTR MiXeD.CaSe.Types.T1.
rp RP Host.Master.Types.T1. Text.Types.T1.
afs AFSDB 1 AfS.Types.T1.
naptr NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:x@t1!" Re.Types.T1.
unknown TYPE65400 \\# 4 01020304
uri URI 1 2 "https://www.types.t1/"
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
ssh SSHFP 1 2 8cb0fc6c527506a053f4f14c8464bebbd6dede2738d11468dd953d7d6a3021f1
a\\.dot A 192.0.2.87
o\\000ctet A 192.0.2.88
"""


def aliases():
    hops = [f"l{n} CNAME l{n + 1}.c{n % 5 + 1}.t{n % 5 % 2 + 1}.\n" for n in range(1, 10)]
    hops[8] = "l9 CNAME end.c5.t1.\n"
    keys = {1: "13-csk", 2: "14-csk", 3: "8-ksk", 4: "14-csk", 5: "15-csk"}
    found = []
    for n in range(1, 6):
        body = "end A 192.0.2.90\n" + "".join(hop for at, hop in enumerate(hops, 1) if (at - 1) % 5 + 1 == n)
        found.append(Zone(f"c{n}.t{(n - 1) % 2 + 1}.", "op1" if n % 2 else "op2", body,
                          (keys[n],) if keys[n] != "8-ksk" else ("8-ksk", "8-zsk1")))
    long_chain = "".join(f"k{n} CNAME k{n + 1}\n" for n in range(1, 14)) + "k14 A 192.0.2.91\n"
    found.append(Zone("alias.t1.", "op1", long_chain + """
cross CNAME www.a13.t1.
toplain CNAME www.plain.t3.
tobogus CNAME www.expired.t1.
tonothing CNAME nothing.n13.t2.
tonodata CNAME text.a8.t1.
loop1 CNAME loop2
loop2 CNAME loop1
d DNAME body.target.t1.
du DNAME plain.t1.
""" + "long DNAME " + ".".join(["x" * 60] * 3) + ".alias.t1.\n", ("13-csk",)))
    found.append(Zone("target.t1.", "op2", "www.body A 192.0.2.92\n", ("13-csk",)))
    return found


def broken():
    key = ("13-csk",)
    bad = "www2 A 192.0.2.93\nx TXT \"y\"\n"

    def one(name, at, *edits, **more):
        return Zone(name, at, leaf(bad), more.pop("keys", key), edits=list(edits), **more)

    return [
        one("expired.t1.", "op1", valid_days=(-30, -3)),
        one("future.t1.", "op2", valid_days=(1, 30)),        # by a day: RULINGS A16
        one("expired3.t2.", "op1", valid_days=(-30, -3), nsec3=Nsec3()),
        one("wrongds.t1.", "op1", ds=lambda z: [Key("13-new").ds(z.name)]),
        one("wrongdigest.t1.", "op2", ds=lambda z: [Key("13-csk").ds(z.name)[:-4] + "0000"]),
        one("wrongds3.t3.", "op2", ds=lambda z: [Key("13-new").ds(z.name)]),
        one("nokeys.t1.", "op1", drop(is_of("DNSKEY"))),
        one("noflag.t1.", "op1", change_key_flags(257, 1)),
        one("nosig.t1.", "op1", drop(signature_of("A", "www.nosig.t1."))),
        one("stripped.t1.", "op2", drop(lambda r: r.type in ("RRSIG", "NSEC", "DNSKEY"))),
        one("nonsec.t1.", "op1", drop(is_of("NSEC"))),
        one("nonsec3.t2.", "op1", drop(is_of("NSEC3")), nsec3=Nsec3()),
        one("badsig.t1.", "op1", spoil(signature_of("A", "www.badsig.t1."))),
        one("badkeysig.t1.", "op2", spoil(signature_of("DNSKEY"))),
        one("badnsec.t1.", "op2", spoil(signature_of("NSEC"))),
        one("changed.t1.", "op2", replace("192.0.2.80", "192.0.2.66")),
        one("expnsec.t1.", "op1", expired_types=("NSEC",)),
        # RFC 9276 §3.2, RULINGS A14: over the limit the signature is checked first.
        one("iter100.t1.", "op1", nsec3=Nsec3(100)),
        one("iterbad.t1.", "op2", spoil(signature_of("NSEC3")), nsec3=Nsec3(100)),
        one("alg12.t1.", "op1", other_algorithm("13-csk", 12), ds=lambda z: [Key("13-csk").ds(z.name, 2, 12)]),
        one("digest3.t1.", "op2", ds=lambda z: [Key("13-csk").ds(z.name, 3)]),
        one("sha1ds.t1.", "op1", ds=lambda z: [Key("13-csk").ds(z.name, 1)]),
    ]


def delegations():
    key = ("13-csk",)
    op1, op2 = GROUPS["op1"].addresses, GROUPS["op2"].addresses
    many = [(f"n{n}.many.t1.", [(DEAD + CLOSED[:2])[n]]) for n in range(6)]
    many += [("n18.many.t1.", [op1[0]])] + [(f"n{n}.many.t1.", [CLOSED[n - 6]]) for n in range(6, 11)]
    many += [("n19.many.t1.", [op1[2]])] + [(f"n{n}.lost.tu.", []) for n in range(7)]
    return [
        Zone("many.t1.", "op1", leaf(), key, ns=many),
        Zone("only4.t1.", "op1", leaf(), key, ns=[("ns1.only4.t1.", [op1[0]]), ("ns2.only4.t1.", [op1[2]])]),
        Zone("only6.t1.", "op2", leaf(), key, ns=[("ns1.only6.t1.", [op2[1]]), ("ns2.only6.t1.", [op2[3]])]),
        # A ring over two top levels that one piece of glue breaks; and one that nothing breaks.
        Zone("ring1.t1.", "op1", leaf(f"ns A {op2[0]}\n"), key, ns=[("ns.ring2.t2.", [])]),
        Zone("ring2.t2.", "op2 op1", leaf(f"ns A {op1[0]}\n"), key,
             ns=[("ns.ring1.t1.", []), ("ns2.ring2.t2.", [op2[2]])]),
        Zone("dead1.t1.", "op1", leaf(), key, ns=[("ns.dead2.t2.", [])]),
        Zone("dead2.t2.", "op1", leaf(), key, ns=[("ns.dead1.t1.", [])]),
        Zone("hosted.t2.", "op1", leaf(), key, ns=[("ns1.a13.tu.", []), ("ns1.helper.t1.", [])]),
        Zone("helper.t1.", "op1", leaf(), key),
        # RULINGS A4: a name server's address is not validated.
        Zone("inbogus.t1.", "op1", leaf(), key, ns=[("ns1.expired.t1.", [])]),
        Zone("lame.t1.", "op1", leaf(), key, ns=[("ns1.lame.t1.", op2[:2])]),
        Zone("halflame.t1.", "op1", leaf(), key,
             ns=[("ns1.halflame.t1.", op2[:2]), ("ns2.halflame.t1.", op1[:2])]),
        Zone("vanished.t1.", "op1", leaf(), key, ns=[("ns1.vanished.t1.", DEAD[:2])]),
        Zone("closed.t1.", "op1", leaf(), key, ns=[("ns1.closed.t1.", CLOSED[:2])]),
    ]


def scripted():
    deep = leaf("www.a.b.c A 192.0.2.94\nother TXT \"no address\"\n")
    found = [Zone(words.replace(",", "-") + ".tu.", words, deep) for words in BEHAVIOURS]
    signed = {"fold": "fold-case", "foldudp": "fold-case,no-tcp", "udp": "no-tcp", "tcponly": "truncate",
              "noedns": "formerr-bare", "optless": "ignore-opt", "soaless": "empty", "aaoff": "aa-off",
              "entless": "nxdomain-ent", "shy": "drop-minimised", "strict": "refuse-minimised",
              "dropopt": "drop-opt", "mute": "silent"}
    found += [Zone(f"{name}.t1.", words, deep, ("13-csk",)) for name, words in signed.items()]
    found.append(Zone("child.referral-aa.tu.", "op2", leaf()))
    # Large answers that nobody keeps: each is asked for anew (CVE-2024-33655).
    found.append(Zone("held.tu.", "hold", "".join(f'h{n} 0 TXT "{"x" * 190}" "{"y" * 190}" "{"z" * 190}" "{"w" * 190}"\n'
                                                  for n in range(HELD_NAMES))))
    return found


def later():
    """Zones that the table changes on the way: `step roll`, `step octet`."""
    return [
        Zone("roll.t1.", "op1", leaf(), ("13-csk",)),
        Zone("roll.t1.", "op1", leaf(), ("13-new",), serial=2, stage="roll"),
        Zone("t1.", "t1", "", ("8-ksk", "8-zsk1"), serial=2, stage="roll"),
        Zone("octet.t1.", "op1", leaf("late A 192.0.2.95\n"), ("13-csk",)),
        Zone("octet.t1.", "op1", leaf("late A 192.0.2.95\n"), ("13-csk",), serial=2, stage="octet",
             edits=[replace("192.0.2.95", "192.0.2.94")]),
        Zone("mended.t1.", "op1", leaf(), ("13-csk",), valid_days=(-30, -3)),
        Zone("mended.t1.", "op1", leaf(), ("13-csk",), serial=2, stage="mended"),
    ] + roots() + of_another_year()


def roots():
    """The root rolls its key signing key (RFC 5011): roll.py."""
    old, zsk, new = "root-ksk", "root-zsk", "other-ksk"
    return [
        root("ksk-added", 2, (old, zsk, new), silent_keys=(new,)),
        root("ksk-rolled", 3, (old, zsk, new), silent_keys=(old,)),
        root("ksk-revoked", 4, (old + "+revoke", zsk, new)),
        root("ksk-gone", 5, (zsk, new)),
        root("ksk-back", 6, (old, zsk)),
    ]


def of_another_year():
    """The way to a13.t1 and a8.t1, signed for a year from now: `step ahead`; and for today: `step today`."""
    found = []
    for stage, serial, days in (("ahead", 10, (363, 379)), ("today", 11, GOOD_DAYS)):
        more = {"valid_days": days, "serial": serial, "stage": stage}
        found += [root(keys=("root-ksk", "root-zsk"), **more),
                  Zone("t1.", "t1", "", ("8-ksk", "8-zsk1"), **more),
                  Zone("a13.t1.", "op1", leaf(), ("13-csk",), **more),
                  Zone("a8.t1.", "op2", leaf(), ("8-ksk", "8-zsk1"), **more)]
    return found


def zones():
    return tops() + good() + aliases() + broken() + delegations() + scripted() + later()
