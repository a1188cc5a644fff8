"""What passed and what failed, in the form that scripts/tally adds up."""


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def count(self, what, complaints):
        complaints = [text for text in complaints if text]
        if complaints:
            self.failed += 1
            print(f"failed: {what}: {'; '.join(complaints)}", flush=True)
        else:
            self.passed += 1

    def close(self):
        """Prints the closing line; the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return int(self.failed > 0 or self.passed == 0)
