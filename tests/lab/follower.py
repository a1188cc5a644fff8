"""The trust anchor as the program keeps it, seen from outside: by its answers, its files, its log (RFC 5011)."""
import re
import subprocess

import ask
import lab
import resolver
import sign

OLD, NEW = (sign.Key(name).tag() for name in ("root-ksk", "other-ksk"))
SECURE = [("www.a13.t1.", "NOERROR"), ("nothing.n13.t2.", "NXDOMAIN"), ("www.s.t3.", "NOERROR"), (".", "NOERROR")]


class Follower:
    """Lives of the resolver that share a state directory; what it answers, keeps and tells."""

    def __init__(self, place, tally, title, state):
        self.place, self.tally, self.title, self.state = place, tally, title, state

    def count(self, what, found):
        self.tally.count(f"{self.title}, {what}", found)

    def start(self, state=None):
        self.begins_at = len(self.place.log("resolver"))
        anchors = [resolver.anchor("root-ksk")]        # all the while: it is the state that knows better
        self.life = resolver.Resolver("catena", self.place, anchors, state=state or self.state.name).start()
        return self

    def end(self, *patterns):
        """patterns: what the log of this life must say."""
        self.life.end(self.tally)
        log = self.place.log("resolver")[self.begins_at:]
        for pattern in patterns:
            self.count(f"the log: {pattern}", [] if re.search(pattern, log) else [log[-1500:]])

    def answers(self, what, secure=True):
        """From the root down, with AD; or all refused, when there is no key for it."""
        questions = [ask.Question(name, "SOA" if name == "." else "A", {"do"}) for name, _ in SECURE]
        for (name, rcode), reply in zip(SECURE, ask.ask(ask.by_dig, questions, self.place)):
            want = (rcode, True) if secure else ("SERVFAIL", False)
            got = (reply.rcode, "ad" in reply.flags)
            self.count(f"{what}: {name}", [] if got == want else [f"{got}, want {want}"])

    def trusts(self, what, tag, yes):
        """What clients are told of a key (RFC 8509 §3.1), asked for until the workers know."""
        question = ask.Question(f"root-key-sentinel-is-ta-{tag:05d}.w.a13.t1.", "A", {"do"})
        want = "NOERROR" if yes else "SERVFAIL"
        reply = ask.until(self.place, self.life.process, question, lambda r: r.rcode == want)
        self.count(f"{what}: is-ta {tag}", [] if reply.rcode == want else [f"{reply.rcode}, want {want}"])

    def says(self, what, pattern):
        """What the log of this life comes to say."""
        log = ""
        for _ in range(lab.ATTEMPTS):
            log = self.place.log("resolver")[self.begins_at:]
            if re.search(pattern, log) or lab.ended(self.life.process):
                break
        self.count(f"{what}: the log", [] if re.search(pattern, log) else [f"no {pattern!r} in {log[-1500:]!r}"])

    def keeps(self, what, *patterns):
        """What the state file comes to say."""
        text = ""
        for _ in range(lab.ATTEMPTS):
            text = self.state.read()
            missing = [pattern for pattern in patterns if not re.search(pattern, text, re.M)]
            if not missing or lab.ended(self.life.process):
                break
        self.count(f"{what}: the state", [f"no {missing} in {text!r}"] if missing else [])

    def shows(self, what, *patterns, status=0, complaint=""):
        """What `catena anchor show` says of the files that lie there; complaint: its one line of error."""
        done = subprocess.run([resolver.program(), "anchor", "show", "-c", self.place.path("catena.yaml")],
                              capture_output=True, text=True)
        found = [f"no {pattern!r} in {done.stdout + done.stderr!r}" for pattern in patterns
                 if not re.search(pattern, done.stdout, re.M)]
        found += [f"status {done.returncode}, want {status}"] if done.returncode != status else []
        if done.stderr.count("\n") != bool(complaint) or not re.search(complaint, done.stderr):
            found.append(f"said {done.stderr!r}, want one line with {complaint!r}")
        self.count(f"{what}: anchor show", found)
