"""Reads tests/lab/table and judges replies by its rows."""
import os
import re
from dataclasses import dataclass

import ask

FLAGS = {"-", "do", "ad", "cd", "tcp", "ignore", "norec", "noedns", "v6"}


@dataclass
class Row:
    line: int
    question: ask.Question
    rcode: str
    ad: str         # "ad", "-", "*"
    ede: str        # "-": none may be there; "*": any; "7": this code; "22|23": one of these
    answer: str     # "-": not looked at; "0": empty; else a pattern over "TYPE rdata, TYPE rdata"
    peer: str       # Unbound: "=" the same; "ede" but for the EDE; "no" not asked, it differs with reason
    note: str

    def title(self):
        q = self.question
        return f"{q.name} {q.type} {'+'.join(sorted(q.flags)) or '-'}"


def read(path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "table")):
    """[(step, rows)]: the rows before the first step belong to the step ''."""
    steps = [("", [])]
    with open(path) as file:
        for number, line in enumerate(file, 1):
            text, _, note = line.rstrip("\n").partition(" # ")
            fields = text.split()
            if not fields or line.startswith("#"):
                continue
            if fields[0] == "step":
                steps.append((fields[1], []))
                continue
            if len(fields) != 8 or not set(fields[2].split("+")) <= FLAGS or fields[4] not in ("ad", "-", "*"):
                raise SystemExit(f"table:{number}: not a row: {text}")
            name, rrtype, flags, rcode, ad, ede, answer, peer = fields
            flags = frozenset(flags.split("+")) - {"-"}
            question = ask.Question(name, rrtype, flags)
            steps[-1][1].append(Row(number, question, rcode, ad, ede, answer, peer, note.strip()))
    return steps


def judge_ede(row, reply):
    codes = [str(code) for code in reply.codes()]
    if row.ede == "-" and codes:
        return f"EDE {','.join(codes)}, none is due"
    if row.ede not in ("-", "*") and not set(row.ede.split("|")) & set(codes):
        return f"EDE {','.join(codes) or 'none'}, want {row.ede}"
    return ""


def judge_answer(row, reply):
    answer = ", ".join(reply.answer)
    if row.answer == "0" and answer:
        return f"answer {answer}, want none"
    if row.answer not in ("-", "0") and not re.search(row.answer.replace("_", " "), answer):
        return f"answer {answer or 'empty'}, want {row.answer}"
    return ""


def judge(row, reply, with_ede=True):
    """What is wrong with the reply, as sentences; none: it is as the row says."""
    found, flags = [], row.question.flags
    if reply.rcode != row.rcode:
        found.append(f"{reply.rcode}, want {row.rcode}")
    elif "ra" not in reply.flags or "qr" not in reply.flags:
        found.append(f"flags {' '.join(sorted(reply.flags))}: QR and RA are due")
    if row.ad != "*" and ("ad" in reply.flags) != (row.ad == "ad"):
        found.append("AD is set" if row.ad == "-" else "no AD")
    if with_ede and "noedns" not in flags:
        found.append(judge_ede(row, reply))
    found.append(judge_answer(row, reply))
    # RFC 4035 §3.2.1: signatures go to those, and only those, who set DO.
    if reply.answer_signed and "do" not in flags and row.question.type not in ("RRSIG", "ANY"):
        found.append("RRSIG without DO")
    if row.ad == "ad" and reply.answer and "do" in flags and not reply.answer_signed:
        found.append("no RRSIG with DO")
    return [sentence for sentence in found if sentence]
