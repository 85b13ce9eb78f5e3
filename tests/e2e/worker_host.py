"""The other end of a worker (worker/protocol.h): starts one for a file, answers its questions, and reads its batches as rows of
Python values. Dates are days, timestamps microseconds, decimals their unscaled values, NaN the text "NaN"."""

import math
import os
import pathlib
import re
import struct
import subprocess

BUILD = pathlib.Path(os.environ.get("CRISOL") or pathlib.Path(__file__).resolve().parents[2] / "build" / "crisol").parent
WORKER = BUILD / "tests" / "worker"
DESCRIBE = BUILD / "tests" / "describe_job"
NO_NULLS, SOME_NULLS, ALL_NULL = range(3)
FIXED = {"boolean": "?", "tinyint": "b", "smallint": "h", "int": "i", "bigint": "q", "float": "f", "double": "d", "date": "i",
         "timestamp": "q", "timestamp_ntz": "q"}


class WorkerError(Exception):
    """What the worker says in its last words, or that it had none."""


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at:self.at + count]
        assert len(part) == count, "a message of the worker is shorter than it says"
        self.at += count
        return part

    def numbers(self, code, count):
        return struct.unpack(f"<{count}{code}", self.take(struct.calcsize(f"<{code}") * count))


def split_fields(text):
    """name and type of "a int, b struct<c:string,d:decimal(1,2)>"; struct fields have a colon."""
    depth, start, parts = 0, 0, []
    for i, c in enumerate(text):
        depth += (c in "<(") - (c in ">)")
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()] if text.strip() else []


def fixed(value):
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def read_values(cursor, kind, count):
    if kind in FIXED:
        return [fixed(value) for value in cursor.numbers(FIXED[kind], count)]
    if kind.startswith("decimal"):
        width = 8 if int(re.match(r"decimal\((\d+)", kind)[1]) <= 18 else 16
        return [int.from_bytes(cursor.take(width), "little", signed=True) for _ in range(count)]
    if kind in ("string", "binary"):
        ends = cursor.numbers("I", count + 1)
        data = cursor.take(ends[-1])
        values = [bytes(data[a:b]) for a, b in zip(ends, ends[1:])]
        return values if kind == "binary" else [value.decode() for value in values]
    inner = kind[kind.index("<") + 1:-1]
    if kind.startswith("struct"):
        fields = [field.split(":", 1) for field in split_fields(inner)]
        columns = [read_column(cursor, type_, count) for _, type_ in fields]
        return [{name.strip("`"): column[row] for (name, _), column in zip(fields, columns)} for row in range(count)]
    starts, lengths = cursor.numbers("I", count), cursor.numbers("I", count)
    (total,) = cursor.numbers("I", 1)
    children = [read_column(cursor, part, total) for part in split_fields(inner)]
    if kind.startswith("map"):
        return [list(zip(children[0][s:s + n], children[1][s:s + n])) for s, n in zip(starts, lengths)]
    return [children[0][s:s + n] for s, n in zip(starts, lengths)]


def read_column(cursor, kind, count):
    nulls = cursor.take(1)[0]
    if nulls == ALL_NULL:
        return [None] * count
    bitmap = cursor.take((count + 7) // 8) if nulls == SOME_NULLS else None
    values = read_values(cursor, kind, count)
    return values if bitmap is None else [v if bitmap[i // 8] >> i % 8 & 1 else None for i, v in enumerate(values)]


class Job:
    """What the executors are told of one text source of a dataset, as describe_job has written it."""

    def __init__(self, directory, source=0):
        self.job = (directory / f"job.{source}").read_text(encoding="utf-8")
        self.schema = [part.split(" ", 1) for part in split_fields((directory / f"schema.{source}").read_text())]
        self.files = (directory / f"files.{source}").read_text(encoding="utf-8").splitlines()

    @property
    def names(self):
        return [name for name, _ in self.schema]


class Worker:
    """A process for one line of the job's files."""

    def __init__(self, job, line, program=WORKER, layout=None):
        number, _, _, known, start, end, before, path = line.split(" ", 7)
        self.path = path.removeprefix("file://").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        self.schema = [kind for _, kind in job.schema]
        self.process = subprocess.Popen(program if isinstance(program, list) else [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={})
        self.records, self.malformed = None, None
        self.file = open(self.path, "rb")
        self.send(job.job.encode())
        self.send(f"{number} {layout or known} {start} {end} {before} {self.path}".encode())

    def send(self, data):
        self.process.stdin.write(struct.pack("<I", len(data)) + data)
        self.process.stdin.flush()

    def message(self):
        head = self.process.stdout.read(5)
        if len(head) < 5:
            raise WorkerError(f"ended with {self.process.wait()}: {self.process.stderr.read().decode()}")
        kind, length = struct.unpack("<cI", head)
        return kind, self.process.stdout.read(length)

    def answer(self, message):
        _, position, count = struct.unpack("<IQI", message)
        self.file.seek(position)
        self.send(self.file.read(count))

    def batches(self):
        """Batches of columns, until the end."""
        while True:
            kind, message = self.message()
            if kind == b"R":
                self.answer(message)
            elif kind == b"B":
                cursor = Cursor(message)
                (count,) = cursor.numbers("I", 1)
                yield [read_column(cursor, type_, count) for type_ in self.schema]
                assert cursor.at == len(message), "a message of the worker is longer than its columns"
            elif kind == b"T":
                self.records, *self.malformed = struct.unpack(f"<{len(message) // 8}Q", message)
                said = self.process.stderr.read().decode()
                assert (self.process.wait(), said) == (0, ""), said
                return
            elif kind == b"E":
                raise WorkerError(message.decode())
            elif kind != b"C":
                raise WorkerError(f"a message of kind {kind}")

    def rows(self):
        try:
            return [row for batch in self.batches() for row in zip(*batch)]
        finally:
            self.close()

    def close(self):
        self.file.close()
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def describe(dataset, directory, cwd, distance=""):
    """The job of a dataset's source, and the embedded engine's rows in directory/rows.parquet. With a distance its files of
    JSON lines are in parts of about so many bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([DESCRIBE, dataset, directory, *distance.split()], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise WorkerError(done.stderr)
    return Job(directory)
