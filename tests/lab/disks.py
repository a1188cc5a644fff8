"""The state directory on a disk that is full, read only, closed or put back: service goes on, and what was
kept is not lost (SPEC A2, LIMITS H3)."""
import os
import shutil
import subprocess

import kept
from follower import OLD, Follower

VALID = rf"^key 0 valid built-in clean tag {OLD} .* DNSKEY "
TRUSTED = rf"key {OLD} algorithm 8: valid since .*, trusted, built in or configured, last seen 20"
GOES_ON = "make state-directory one that belongs to this user; service goes on"


class Disks(Follower):
    def mount(self, *words):
        subprocess.run(["mount", "-t", "tmpfs", *words, "catena-lab", self.state.folder], check=True)
        kept.give(self.state.folder)

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.state.folder], check=True)

    def fill(self):
        with open(self.state.path("filler"), "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 512):
                    pass
            except OSError:
                pass

    def is_kept(self, what):
        """A life in which the file is written: every start looks at the root's keys, and keeps what it saw."""
        before = self.state.sequence()
        self.start().keeps(what, VALID, rf"^sequence (?!{before}$)")
        self.answers(what)
        self.end()

    def is_refused(self, what, because):
        """A life in which it cannot be: what was there before is still there."""
        before = self.state.read(), self.state.read("anchors.before")
        self.start().says(what, f"{because}.*; {GOES_ON}")
        self.answers(what)
        self.end()
        after = self.state.read(), self.state.read("anchors.before")
        self.count(f"{what}: what was kept", [] if before[0] and after == before else [f"{after}, want {before}"])
        self.shows(what, TRUSTED)

    def closed(self, what):
        """Nobody may look into it: the anchors of the configuration serve."""
        if kept.passes_by_modes():
            print(f"skipped: {what}: no mode stops a program in a user namespace")
            return
        os.chmod(self.state.folder, 0)
        self.start().says(what, f"cannot be opened: Permission denied; {GOES_ON}")
        self.answers(what)
        self.end()
        self.shows(what, "; no state is read: these are the keys of the configuration", f"key {OLD} ", status=69,
                   complaint="^catena: the state directory .* cannot be opened: Permission denied$")
        os.chmod(self.state.folder, 0o755)

    def put_back(self, what):
        shutil.copyfile(self.state.path("anchors.before"), self.state.path("anchors"))
        self.start().says(what, r"anchors is older than it should be \(sequence \d+ after \d+\); the one before it is used")
        self.keeps(what, VALID)
        self.answers(what)
        self.end()


def disks(place, tally):
    the = Disks(place, tally, "the state", kept.Kept(place, "disk.state"))
    the.mount("-o", "size=64k,mode=755")
    the.is_kept("a disk with room")
    the.is_kept("a disk with room, again")
    the.fill()
    the.is_refused("a full disk", "No space left on device")
    os.unlink(the.state.path("filler"))
    the.remount("ro")
    the.is_refused("a read-only disk", "Read-only file system")
    the.remount("rw")
    the.is_kept("the disk as it was")
    the.put_back("an older file")
    the.closed("a closed directory")
    the.is_kept("an open one")
    subprocess.run(["umount", the.state.folder], check=True)
