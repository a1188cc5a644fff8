"""The root rolls its key while the program runs, and is killed (RFC 5011, SPEC A2, RULINGS A43, LIMITS H3)."""
import ctypes
import os
import re
import select
import shutil
import struct

import kept
import lab
import sign
from follower import NEW, OLD, Follower

HOLD_S = 30 * sign.DAY      # RFC 5011 §2.4.1

# Where in a write it is killed: when this is seen of the state directory (inotify(7)).
MODIFY, CLOSED, MOVED_TO, CREATED = 0x2, 0x8, 0x80, 0x100
MOMENTS = [
    ("the file is made", CREATED, "anchors.new"), ("some of it is written", MODIFY, "anchors.new"),
    ("all of it is written", CLOSED, "anchors.new"), ("the one before it has moved", MOVED_TO, "anchors.before"),
    ("it has moved", MOVED_TO, "anchors"),
]


class Watch:
    """What happens in a folder."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_CLOEXEC)
        self.libc.inotify_add_watch(self.fd, folder.encode(), MODIFY | CLOSED | MOVED_TO | CREATED)

    def wait_for(self, process, mask, name):
        """True once it has happened; False: the process ended, or nothing more happens."""
        for _ in range(lab.ATTEMPTS):
            if process.poll() is not None:
                return False
            if not select.select([self.fd], [], [], 0.05)[0]:
                continue
            octets = os.read(self.fd, 65536)
            while octets:
                _, seen, _, length = struct.unpack_from("iIII", octets)
                if seen & mask and octets[16:16 + length].rstrip(b"\0").decode() == name:
                    return True
                octets = octets[16 + length:]
        return False

    def close(self):
        os.close(self.fd)


class Roll(Follower):
    # ---- the way of the new key ----
    def added(self):
        """A new key is seen: it must wait for 30 days, and a restart is no way around it."""
        self.place.step("ksk-added")
        pending = rf"^key \d+ pending learned clean tag {NEW} "
        for what in ("a new key is seen", "a new key waits through a restart"):
            self.start().keeps(what, pending, rf"^key 0 valid built-in clean tag {OLD} .* DNSKEY ")
            self.trusts(what, OLD, True)
            self.trusts(what, NEW, False)
            self.answers(what)
            self.end()
        self.shows("a new key waits", rf"key {NEW} .*: pending since .*, not trusted, .*, hold-down ends 20")

    def age(self):
        """As if its thirty days were over: that long ago it was seen first, and so long it was counted."""
        body = self.state.body()
        for word, value in (("since", self.place.time() - HOLD_S - sign.DAY), ("counted", HOLD_S)):
            body = re.sub(rf"^(key \d+ pending .* {word}) \d+", rf"\1 {value}", body, flags=re.M)
        self.state.write("anchors", body, self.place.time())

    def valid(self):
        """The next question makes it valid: in the file, in the log, and in the workers that run."""
        what = "the thirty days are over"
        self.age()
        self.start().answers(what)
        self.trusts(what, NEW, True)
        self.keeps(what, rf"^key \d+ valid learned clean tag {NEW} ", rf"^key 0 valid built-in clean tag {OLD} ")
        self.answers(what)
        self.end(rf"trust anchor \. key {NEW}: valid")

    def rolled(self):
        """The new key signs alone, and the configuration has never heard of it."""
        what = "the new key signs alone"
        self.place.step("ksk-rolled")
        self.start().answers(what)
        self.trusts(what, NEW, True)
        self.end()
        self.shows(what, rf"key {NEW} .*: valid since .*, trusted, learned by RFC 5011")

    # ---- the way of the old one ----
    def killed(self):
        """kill -9 at each step of the write that has the revocation: there is a sound state, and an anchor."""
        before = self.place.path("roll.before")
        shutil.copytree(self.state.folder, before)
        for what, mask, name in MOMENTS:
            what = f"killed when {what}"
            for file in os.listdir(self.state.folder):
                os.unlink(self.state.path(file))
            for file in os.listdir(before):
                shutil.copyfile(os.path.join(before, file), self.state.path(file))
                os.chmod(self.state.path(file), 0o600)
                kept.give(self.state.path(file))
            watch = Watch(self.state.folder)
            self.start()
            self.count(f"{what}: it came", [] if watch.wait_for(self.life.process, mask, name) else ["it did not"])
            self.place.kill(self.life.process)
            watch.close()
            self.shows(what, rf"key {NEW} .*, trusted, ", rf"key {OLD} .*: (valid|revoked) since ")
            self.start().answers(what)
            self.keeps(what, rf"^key 0 revoked built-in revoked tag {OLD} ", rf"^key \d+ valid learned clean tag {NEW} ")
            self.end()

    def revoked(self):
        """The old key says of itself that it is no more: at once, and for good."""
        what = "the old key is revoked"
        self.place.step("ksk-revoked")
        self.killed()
        self.start().answers(what)
        self.trusts(what, OLD, False)
        self.trusts(what, NEW, True)
        self.end()
        self.shows(what, rf"key {OLD} .*: revoked since .*, not trusted, built in or configured")

    def gone(self):
        what = "the old key is gone"
        self.place.step("ksk-gone")
        self.start().answers(what)
        self.keeps(what, rf"^key 0 revoked built-in revoked tag {OLD} ", rf"^key \d+ valid learned clean tag {NEW} ")
        self.end()

    def back(self):
        """Zones that the old key signs again: nobody who knows of its revocation believes them."""
        what = "the old key is back"
        self.place.step("ksk-back")
        self.start().answers(what, secure=False)
        self.trusts(what, NEW, False)       # it cannot be proven any more, so that no A comes
        self.end()
        self.start(kept.Kept(self.place, "fresh.state").name).answers("without a state it is the anchor")
        self.end()


def roll(place, tally):
    the = Roll(place, tally, "the root's roll", kept.Kept(place, "roll.state"))
    for part in (the.added, the.valid, the.rolled, the.revoked, the.gone, the.back):
        part()
