/* The zones of the scripted Internet. 15 is Ed25519, 8 RSA: both sign the same octets alike. */
#include "tests/sim/internet.h"

const struct zone_plan internet_plans[] = {
    { ".", "@root", 15, DENIED_BY_NSEC, 0, NULL },
    /* Cuts that no referral shows: they are served where their parent is (RULINGS A1). */
    { "arpa.", "@root", 15, DENIED_BY_NSEC, 0,
      "host PTR www.bank.t1.\n"
      "x.ent A 5.9.0.1\n" },
    { "net.", "ns1.net.=5.0.2.1 ns2.net.=5.0.2.2,2a00:2::2", 15, DENIED_WITH_OPT_OUT, 0, NULL },
    { "root-servers.net.", "@root", 0, 0, 0, NULL },
    /* Time servers, unsigned below a signed zone, and what only looks like one. */
    { "org.", "ns1.org.=5.5.0.1 ns2.org.=5.5.0.2", 15, DENIED_BY_NSEC3, 0, NULL },
    { "ntp.org.", "ns1.ntp.org.=5.5.1.1 ns2.ntp.org.=5.5.1.2", 0, 0, 0,
      "pool A 5.9.11.1\n"
      "0.pool A 5.9.11.2\n"
      "0.pool MX 10 www.bank.t1.\n"
      "alias.pool CNAME www.plain.t1.\n"
      "www A 5.9.11.3\n" },
    { "t1.", "ns1.t1.=5.1.0.1,2a00:1::1 ns2.t1.=5.1.0.2,2a00:1::2", 15, DENIED_BY_NSEC, 0, NULL },
    { "t2.", "ns1.t2.=5.2.0.1 ns2.t2.=5.2.0.2", 8, DENIED_BY_NSEC3, 0, NULL },
    { "t3.", "ns1.t3.=5.3.0.1 ns2.t3.=5.3.0.2", 15, DENIED_WITH_OPT_OUT, 0, NULL },
    { "t4.", "ns1.t4.=5.4.0.1 ns2.t4.=5.4.0.2", 0, 0, 0, NULL },
    { "co.t1.", "ns1.t1.=5.1.0.1,2a00:1::1 ns2.t1.=5.1.0.2,2a00:1::2", 15, DENIED_BY_NSEC, 0,
      "here A 5.9.0.2\n" },
    { "un.t1.", "ns1.t1.=5.1.0.1,2a00:1::1 ns2.t1.=5.1.0.2,2a00:1::2", 0, 0, 0,
      "here A 5.9.0.3\n" },
    { "shop.co.t1.", "ns1.shop.co.t1.=5.1.1.1 ns2.shop.co.t1.=5.1.1.2", 15, DENIED_BY_NSEC, 0,
      "www A 5.9.0.4\n"
      "new A 5.9.0.5\n" },

    /* Sound ones. */
    { "bank.t1.", "ns1.bank.t1.=5.1.2.1,2a00:12::1 ns2.bank.t1.=5.1.2.2", 15, DENIED_BY_NSEC3, 0,
      "www A 5.9.1.1\n"
      "www AAAA 2a00:9::1\n"
      "mail MX 10 www.bank.t1.\n"
      "innocent A 5.9.1.2\n"
      "second A 5.9.1.3\n"
      "here CNAME www.bank.t1.\n"
      "x.ent A 5.9.1.4\n"
      "_25._tcp.www TLSA 3 1 1 "
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n" },
    { "wild.t1.", "ns1.wild.t1.=5.1.3.1 ns2.wild.t1.=5.1.3.2", 15, DENIED_BY_NSEC, 0,
      "* A 5.9.2.1\n"
      "*.sub CNAME www.bank.t1.\n"
      "stands A 5.9.2.2\n"
      "d DNAME bank.t1.\n" },
    { "wild3.t2.", "ns1.wild3.t2.=5.2.3.1 ns2.wild3.t2.=5.2.3.2", 15, DENIED_BY_NSEC3, 0,
      "* A 5.9.2.3\n"
      "stands A 5.9.2.4\n" },
    { "plain.t1.", "ns1.plain.t1.=5.1.4.1 ns2.plain.t1.=5.1.4.2", 0, 0, 0,
      "www A 5.9.3.1\n"
      "innocent A 5.9.3.2\n" },
    { "sec.t3.", "ns1.sec.t3.=5.3.1.1 ns2.sec.t3.=5.3.1.2", 15, DENIED_BY_NSEC3, 0,
      "www A 5.9.4.1\n"
      "innocent A 5.9.4.2\n" },
    { "unsec.t3.", "ns1.unsec.t3.=5.3.2.1 ns2.unsec.t3.=5.3.2.2", 0, 0, 0, "www A 5.9.4.3\n" },
    { "zone.t4.", "ns1.zone.t4.=5.4.1.1 ns2.zone.t4.=5.4.1.2", 0, 0, 0, "www A 5.9.5.1\n" },
    { "deep.t2.", "ns1.deep.t2.=5.2.1.1 ns2.deep.t2.=5.2.1.2", 8, DENIED_BY_NSEC, 0,
      "www A 5.9.6.1\n" },
    { "a.deep.t2.", "ns1.deep.t2.=5.2.1.1 ns2.deep.t2.=5.2.1.2", 15, DENIED_BY_NSEC3, 0,
      "www A 5.9.6.2\n" },
    { "b.a.deep.t2.", "ns1.b.a.deep.t2.=5.2.2.1 ns2.b.a.deep.t2.=5.2.2.2", 15, DENIED_BY_NSEC, 0,
      "www A 5.9.6.3\n" },
    { "alias.t2.", "ns1.alias.t2.=5.2.4.1 ns2.alias.t2.=5.2.4.2", 15, DENIED_BY_NSEC, 0,
      "bank CNAME www.bank.t1.\n"
      "plain CNAME www.plain.t1.\n"
      "gone CNAME gone.bank.t1.\n"
      "expired CNAME www.expired.t1.\n"
      "twice CNAME bank.alias.t2.\n"
      "wild CNAME any.wild.t1.\n"
      "loop1 CNAME loop2.alias.t2.\n"
      "loop2 CNAME loop1.alias.t2.\n"
      "self CNAME self.alias.t2.\n"
      "dname CNAME www.d.wild.t1.\n" },
    /* Its servers' names lie in other zones, their addresses must be looked up. */
    { "glueless.t2.", "ns1.bank.t1.=5.1.2.1,2a00:12::1 ns2.wild3.t2.=5.2.3.2", 15, DENIED_BY_NSEC,
      0, "www A 5.9.7.1\n" },
    { "far.t3.", "ns1.plain.t1.=5.1.4.1", 15, DENIED_BY_NSEC3, 0, "www A 5.9.7.2\n" },
    { "big.t2.", "ns1.big.t2.=5.2.5.1 ns2.big.t2.=5.2.5.2", 8, DENIED_BY_NSEC, ODD_BIG_KEYS,
      "www A 5.9.7.3\n" },

    /* Broken ones. */
    { "expired.t1.", "ns1.expired.t1.=5.1.5.1 ns2.expired.t1.=5.1.5.2", 15, DENIED_BY_NSEC,
      ODD_EXPIRED, "www A 5.9.8.1\n" },
    { "wrongds.t1.", "ns1.wrongds.t1.=5.1.6.1 ns2.wrongds.t1.=5.1.6.2", 15, DENIED_BY_NSEC,
      ODD_WRONG_DS, "www A 5.9.8.2\n" },
    { "stripped.t1.", "ns1.stripped.t1.=5.1.7.1 ns2.stripped.t1.=5.1.7.2", 15, DENIED_BY_NSEC,
      ODD_STRIPPED,
      "www A 5.9.8.3\n"
      "good A 5.9.8.4\n" },
    { "nodenial.t1.", "ns1.nodenial.t1.=5.1.8.1 ns2.nodenial.t1.=5.1.8.2", 15, DENIED_BY_NSEC,
      ODD_NO_DENIAL, "www A 5.9.8.5\n" },
    /* No server has an address (RULINGS A3). */
    { "ring-a.t1.", "ns.ring-b.t1.", 0, 0, 0, "www A 5.9.8.6\n" },
    { "ring-b.t1.", "ns.ring-a.t1.", 0, 0, 0, "www A 5.9.8.7\n" },

    /* Attackers: LIMITS E1, E3, E5, E11. */
    { "nxns.t1.",
      "x1.bank.t1. x2.bank.t1. x3.bank.t1. x4.bank.t1. x5.bank.t1. x6.bank.t1. x7.bank.t1. "
      "x8.bank.t1. x9.bank.t1. x10.bank.t1. x11.bank.t1. x12.bank.t1. x13.bank.t1. x14.bank.t1.",
      0, 0, 0, "www A 5.9.9.1\n" },
    { "trap.t1.", "ns1.trap.t1.=5.1.9.1 ns2.trap.t1.=5.1.9.2", 15, DENIED_BY_NSEC, ODD_TRAP,
      "burn1 CNAME burn2.trap.t1.\n"
      "burn2 CNAME burn3.trap.t1.\n"
      "burn3 CNAME burn4.trap.t1.\n"
      "burn4 CNAME burn5.trap.t1.\n"
      "burn5 CNAME burn6.trap.t1.\n"
      "burn6 CNAME www.bank.t1.\n" },
    { "far-trap.t1.", "ns1.trap.t1.=5.1.9.1 ns2.trap.t1.=5.1.9.2", 15, DENIED_BY_NSEC, ODD_TRAP,
      "burn1 CNAME burn2.far-trap.t1.\n"
      "burn2 CNAME burn3.far-trap.t1.\n"
      "burn3 CNAME burn4.far-trap.t1.\n"
      "burn4 CNAME burn5.far-trap.t1.\n"
      "burn5 CNAME burn6.far-trap.t1.\n"
      "burn6 CNAME second.bank.t1.\n" },
    { "long.t1.", "ns1.long.t1.=5.1.10.1 ns2.long.t1.=5.1.10.2", 15, DENIED_BY_NSEC, 0,
      "l0 CNAME l1.long.t1.\n"
      "l1 CNAME l2.long.t1.\n"
      "l2 CNAME l3.long.t1.\n"
      "l3 CNAME l4.long.t1.\n"
      "l4 CNAME l5.long.t1.\n"
      "l5 CNAME l6.long.t1.\n"
      "l6 CNAME l7.long.t1.\n"
      "l7 CNAME l8.long.t1.\n"
      "l8 CNAME l9.long.t1.\n"
      "l9 CNAME l10.long.t1.\n"
      "l10 CNAME l11.long.t1.\n"
      "l11 CNAME l12.long.t1.\n"
      "l12 CNAME innocent.bank.t1.\n" },
    { "maze.t1.", "ns1.maze.t1.=5.1.11.1 ns2.maze.t1.=5.1.11.2", 15, DENIED_BY_NSEC, ODD_MAZE,
      "a.b.c.d.e.f.g.h.i.j.m0 CNAME a.b.c.d.e.f.g.h.i.j.m1.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m1 CNAME a.b.c.d.e.f.g.h.i.j.m2.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m2 CNAME a.b.c.d.e.f.g.h.i.j.m3.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m3 CNAME a.b.c.d.e.f.g.h.i.j.m4.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m4 CNAME a.b.c.d.e.f.g.h.i.j.m5.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m5 CNAME a.b.c.d.e.f.g.h.i.j.m6.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m6 CNAME a.b.c.d.e.f.g.h.i.j.m7.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m7 CNAME a.b.c.d.e.f.g.h.i.j.m8.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m8 CNAME a.b.c.d.e.f.g.h.i.j.m9.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m9 CNAME a.b.c.d.e.f.g.h.i.j.m10.maze.t1.\n"
      "a.b.c.d.e.f.g.h.i.j.m10 CNAME www.bank.t1.\n" },
    /* Servers of mixed use; what each does wrong is the run's to say. */
    { "odd.t2.", "ns1.odd.t2.=5.2.6.1", 15, DENIED_BY_NSEC3, 0,
      "www A 5.9.10.1\n"
      "two A 5.9.10.2\n"
      "three A 5.9.10.3\n"
      "four A 5.9.10.4\n" },
    { "odd.t4.", "ns1.odd.t4.=5.4.2.1", 0, 0, 0,
      "www A 5.9.10.5\n"
      "two A 5.9.10.6\n" },
    { "slow.t4.",
      "ns1.slow.t4.=5.4.3.1 ns2.slow.t4.=5.4.3.2 ns3.slow.t4.=5.4.3.3 "
      "ns4.slow.t4.=5.4.3.4",
      0, 0, 0, "x.y.z A 5.9.10.7\n" },
    { "below.wrongds.t1.", "ns1.below.wrongds.t1.=5.1.12.1", 15, DENIED_BY_NSEC, 0,
      "www A 5.9.11.1\n" },
    { .apex = NULL },
};

/* Asked only where the configuration says so; 10.9.1.x are there to be made resolvers. */
const struct zone_plan internet_private_plans[] = {
    { "lan.", "ns1.lan.=10.9.0.1", 0, 0, ODD_PRIVATE,
      "www A 10.9.9.1\n"
      "out CNAME www.bank.t1.\n" },
    { "lab.lan.", "ns1.lab.lan.=10.9.0.4", 0, 0, 0, "www A 10.9.9.4\n" },
    { "resolver.lan.", "one.lan.=10.9.1.1 two.lan.=10.9.1.2", 0, 0, ODD_PRIVATE, NULL },
    { "corp.t1.", "ns1.corp.t1.=10.9.0.2", 15, DENIED_BY_NSEC, ODD_PRIVATE, "www A 10.9.9.2\n" },
    { "claimed.t1.", "ns1.claimed.t1.=10.9.0.3", 0, 0, ODD_WRONG_DS, "www A 10.9.9.3\n" },
    /* Delegated like any other, and here since it is too big for runs by seed. */
    { "keytrap.t1.", "ns1.keytrap.t1.=5.1.13.1 ns2.keytrap.t1.=5.1.13.2", 15, DENIED_BY_NSEC,
      ODD_KEYTRAP,
      "www A 5.9.12.1\n"
      "two A 5.9.12.2\n"
      "three A 5.9.12.3\n" },
    /* So is this one, which has N = 123 names. */
    { "crowd.t1.", "ns1.crowd.t1.=5.1.14.1 ns2.crowd.t1.=5.1.14.2", 15, DENIED_BY_NSEC3,
      ODD_CROWDED, NULL },
    { "split.t1.", "ns1.split.t1.=10.9.0.5", 15, DENIED_BY_NSEC3, 0,
      "www A 10.9.9.5\n"
      "x.y A 10.9.9.6\n" },
    { .apex = NULL },
};
