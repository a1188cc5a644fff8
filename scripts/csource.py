"""C source as the checks of this folder see it: comments and literals blanked out, lines kept, and a
way to test a check on planted violations."""
import pathlib
import re
import tempfile

FOLDERS = ("lib", "resolver", "tests")

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'            # comments
    r'|"(?:\\.|[^"\\\n])*"'          # strings
    r"|'(?:\\.|[^'\\\n])+'",         # characters
    re.S)


def blank(text, keep_literals=False):
    """The text with comments (and literals) replaced by blanks: same length, same lines."""
    def replace(match):
        token = match.group()
        if token[0] in "\"'":
            return token if keep_literals else token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(replace, text)


def without_directives(code):
    """Blanks preprocessor lines and their continuations too."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code,
                  flags=re.M)


def sources(root):
    """Every C file of the tree, as paths relative to its root."""
    root = pathlib.Path(root)
    return sorted(p.relative_to(root).as_posix() for folder in FOLDERS
                  for p in (root / folder).rglob("*.[ch]") if p.is_file())


def read(root, path):
    return (pathlib.Path(root) / path).read_bytes().decode("utf-8", "replace")


def selftest(check, good, bad):
    """Runs `check(root, path)` on planted files. `good`: {path: text} must pass. `bad`: rows of
    (path, text, part of the complaint expected, and nothing else). True if all went as it should."""
    passed = failed = 0
    rows = [(path, text, None) for path, text in good] + list(bad)
    for path, text, expected in rows:
        with tempfile.TemporaryDirectory() as root:
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            found = [complaint for _, complaint in check(root, path)]
        fine = not found if expected is None else bool(found) and all(expected in f for f in found)
        passed, failed = passed + fine, failed + (not fine)
        if not fine:
            print(f"wanted {expected!r}, got {found} for {path}:\n{text}")
    print(f"{passed} passed, {failed} failed")
    return failed == 0
