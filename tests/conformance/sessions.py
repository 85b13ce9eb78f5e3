"""The two that are asked, each a process that answers lines with lines: crisol (answer.c) and Spark (Oracle.java)."""

import os
import pathlib
import select
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "e2e"))
import servers  # noqa: E402 # found there
PATIENCE = 60  # seconds for one expression, past which the process is taken to hang


def escaped(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")


class Answer:
    """`failure` is the class of what does not compile ("-" where crisol has none), else there are a type and values."""

    def __init__(self, line):
        fields = line.split("\t")
        self.failure = self.defect = self.type = None
        self.values, self.message = [], ""
        if fields[0] == "E":
            self.failure, self.message = fields[1], fields[2]
        elif fields[0] == "V":
            self.type, self.values = fields[1], fields[2:]
        else:
            self.defect = fields[-1] or "?"

    def raises(self):
        """Whether there is no value at all."""
        return self.failure is not None or (bool(self.values) and all(value.startswith("!") for value in self.values))

    def shown(self, row=0):
        if self.defect:
            return f"DEFECT {self.defect}"
        if self.failure:
            return f"ERROR {self.failure} {self.message}"
        value = self.values[min(row, len(self.values) - 1)]
        return f"{self.type}: " + {"N": "NULL", "!": f"ERROR {value[1:]}", "=": value[1:]}[value[0]]


class Crisol:
    """Sessions of one time zone. What ends the process, or hangs, is answered as a defect, and the process started anew."""

    def __init__(self, program, zone, columns=None):
        self.program, self.zone, self.columns = program, zone, columns or {}
        self.process = None

    @staticmethod
    def table(program):
        return subprocess.run([program, "table"], check=True, capture_output=True, text=True).stdout.splitlines()

    def start(self):
        self.process = subprocess.Popen([self.program, "ask", self.zone], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.unread = b""
        for name, texts in self.columns.items():
            self.write("column", name, *texts)
            if self.read() != "ok":
                raise RuntimeError(self.process.stderr.read().decode())

    def write(self, *fields):
        self.process.stdin.write("\t".join(map(escaped, fields)).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        """A line; None where the process ended or hangs."""
        while b"\n" not in self.unread:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            some = self.process.stdout.read1(1 << 16) if ready else b""
            if not some:
                self.process.kill()
                return None
            self.unread += some
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode(errors="replace")

    def ask(self, texts, request="ask"):
        answers = []
        for text in texts:
            if self.process is None:
                self.start()
            self.write(request, text)
            line = self.read()
            if line is None:
                said = self.process.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
                self.process = None
                line = f"D\tit ended the process, or hangs {said}"
            answers.append(line)
        return answers

    def types(self, texts):
        return [line.split("\t")[1] if line.startswith("T\t") else None for line in self.ask(texts, "type")]

    def answers(self, texts):
        found = [Answer(line) for line in self.ask(texts)]
        if any(answer.defect and "invalidated" in answer.defect for answer in found):
            self.close()
        return found

    def close(self):
        if self.process is not None:
            self.process.communicate()
            self.process = None


class Spark:
    """One for all zones: `use` sets the zone and the rows."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="crisol-conformance-")
        self.log = open(f"{self.directory.name}/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(ROOT / "scripts" / "spark.sh"), "java", self.directory.name, str(ROOT / "tests/conformance/Oracle.java")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            preexec_fn=servers.dying_with(os.getpid()))

    def send(self, lines):
        """In a thread, so that the other side may answer meanwhile."""
        def write():
            self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            self.process.stdin.flush()
        thread = threading.Thread(target=write, daemon=True)
        thread.start()

    def read(self):
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            self.log.seek(0)
            raise RuntimeError(f"Spark has ended: {self.log.read()[-3000:]}")
        return line[:-1].decode(errors="replace")

    def use(self, zone, columns):
        self.send([f"zone\t{zone}", *["\t".join(["column", name, *map(escaped, texts)]) for name, texts in columns.items()], "rows"])

    def answers(self, texts):
        if not texts:
            return []
        self.send([*[f"ask\t{escaped(text)}" for text in texts], "go"])
        return [Answer(self.read()) for _ in texts]

    def functions(self):
        """Names and what DESCRIBE FUNCTION EXTENDED says of them."""
        self.send(["functions"])
        found = {}
        while (line := self.read()) != "":
            name, _, text = line.partition("\t")
            found[name] = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
        return found

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()
        self.directory.cleanup()
