"""`catena anchor import` from outside, with IANA's genuine files (RFC 9718): good, changed, missing, and no
room for what it prints."""
import os
import re
import subprocess

import lab
import resolver

FOLDER = os.path.join(lab.DATA, "anchors")
AT, LATE = "dnssec.clock=20250601000000", "dnssec.clock=20900101000000"
KSK_2017, KSK_2024 = r"^\. IN DS 20326 8 2 E06D", r"^\. IN DS 38696 8 2 683D"


def changed(octets, at):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def files(place):
    """name -> path, of the good ones and those that are not."""
    good = {}
    for suffix in ("xml", "p7s"):
        with open(os.path.join(FOLDER, f"root-anchors-2024.{suffix}"), "rb") as file:
            good[suffix] = file.read()
    digest = good["xml"].index(b"E06D")
    contents = dict(good, changed_xml=changed(good["xml"], digest), changed_p7s=changed(good["p7s"], len(good["p7s"]) - 40),
                    cut_p7s=good["p7s"][:1000], empty=b"", long=b"x" * ((1 << 20) + 1))
    os.makedirs(place.path("import", "folder"))
    for name, octets in contents.items():
        with open(place.path("import", name), "wb") as file:
            file.write(octets)
    return place.path("import")


REFUSED = [     # (what, words, exit code, what the one line says)
    ("a changed digest", ["changed_xml", "p7s"], 2, "nothing is imported: "),
    ("a changed signature", ["xml", "changed_p7s"], 2, "nothing is imported: "),
    ("a signature that is cut", ["xml", "cut_p7s"], 2, "nothing is imported: "),
    ("an empty signature", ["xml", "empty"], 2, "nothing is imported: "),
    ("an empty file", ["empty", "p7s"], 2, "nothing is imported: "),
    ("files the wrong way round", ["p7s", "xml"], 2, "nothing is imported: "),
    ("a time when the certificates are over", ["-o", LATE, "xml", "p7s"], 2, "nothing is imported: .*expired"),
    ("other certificates", ["--ca", "xml", "xml", "p7s"], 2, "nothing is imported: "),
    ("no such file", ["nothing", "p7s"], 69, "nothing: No such file"),
    ("no such signature", ["xml", "nothing"], 69, "nothing: No such file"),
    ("no such certificates", ["--ca", "nothing", "xml", "p7s"], 69, "nothing: No such file"),
    ("a folder", ["folder", "p7s"], 69, "folder: Is a directory"),
    ("a file without an end", ["long", "p7s"], 69, "longer than a megabyte"),
]


def run(folder, words, output=subprocess.PIPE):
    options = [word for word in words if word in ("-o", LATE)] or ["-o", AT]
    rest = [word for word in words if word not in options]
    return subprocess.run([resolver.program(), "anchor", *options, "import", *rest], cwd=folder, stdout=output,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def judge(tally, what, done, code, says):
    found = [f"exit code {done.returncode}, want {code}"] if done.returncode != code else []
    found += [f"printed {done.stdout!r}"] if done.stdout else []
    if done.stderr.count("\n") != 1 or not re.search(says, done.stderr) or not done.stderr.startswith("catena: "):
        found.append(f"said {done.stderr!r}, want one line with {says!r}")
    tally.count(f"anchor import, {what}", found)


def imports(place, tally):
    if not os.path.isdir(FOLDER):
        print(f"skipped: anchor import: no data at {lab.DATA}; CATENA_DATA names another place")
        return
    folder = files(place)
    done = run(folder, ["xml", "p7s"])
    good = done.returncode == 0 and not done.stderr and re.search(KSK_2017, done.stdout, re.M) \
        and re.search(KSK_2024, done.stdout, re.M)
    tally.count("anchor import, as IANA signed it", [] if good else [done.stdout + done.stderr])
    file = place.write("import/imported.ds", done.stdout)
    done = subprocess.run([resolver.program(), "check", "-o", f"dnssec.trust-anchors={file}"], capture_output=True, text=True)
    tally.count("anchor import, as a file of anchors", [done.stderr] if done.returncode else [])
    for what, words, code, says in REFUSED:
        judge(tally, what, run(folder, words), code, says)
    with open("/dev/full", "w") as full:
        judge(tally, "a full disk", run(folder, ["xml", "p7s"], full), 69, "standard output: No space left on device")
