"""Where two answers part, why, and the smallest expression that shows it."""

import collections

import values
from generate import Node

LAST_DIGITS = 1e-12


class Difference:
    def __init__(self, kind, row, ours, theirs):
        self.kind, self.row, self.ours, self.theirs = kind, row, ours, theirs


def is_close(ours, theirs):
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return False
    return a == b or abs(a - b) <= LAST_DIGITS * max(abs(a), abs(b))


def kind_of_values(ours, theirs, kind):
    if ours[0] == "!":
        return "raises where Spark answers"
    if theirs[0] == "!":
        return "answers where Spark raises"
    if "N" in (ours[0], theirs[0]):
        return "null where Spark has a value" if ours[0] == "N" else "a value where Spark has null"
    if kind in ("double", "float"):
        return "last digits" if is_close(ours[1:], theirs[1:]) else "another number"
    return "another value"


def difference(ours, theirs):
    """None where the two agree: both refuse, or both have the same type and values. A refusal has no class here: that of Spark's
    errors is Spark's affair."""
    if ours.defect:
        return Difference("a defect", 0, ours, theirs)
    if ours.raises() and theirs.raises():
        return None
    if ours.failure and ours.failure != "-" and any(value[0] == "!" for value in theirs.values):
        return None  # refused before the row came that makes Spark's job fail
    if ours.failure:
        return Difference("not supported" if ours.failure == "-" else "refused where Spark answers", 0, ours, theirs)
    if theirs.failure:
        return Difference("answers what Spark refuses", 0, ours, theirs)
    if ours.type != theirs.type:
        return Difference("another type", 0, ours, theirs)
    for row, (a, b) in enumerate(zip(ours.values, theirs.values)):
        if a != b and not (a[0] == "!" and b[0] == "!"):
            return Difference(kind_of_values(a, b, ours.type), row, ours, theirs)
    if len(ours.values) != len(theirs.values):
        return Difference("as if it read other columns", 0, ours, theirs)
    return None


class Both:
    """Asks both for the same."""

    def __init__(self, crisol, spark):
        self.crisol, self.spark = crisol, spark

    def differences(self, texts):
        theirs = self.spark.answers(texts)
        return [difference(a, b) for a, b in zip(self.crisol.answers(texts), theirs)]


def reduce_all(both, found, columns):
    """`found` is pairs of a node and its difference; each is made smaller as long as it differs."""
    found = smallest_parts(both, found)
    found = improve(both, found, lambda node, known: [node.replaced(lambda n: literal_of(n, known.row, columns))])
    return improve(both, found, lambda node, known: flattened(both, node))


def smallest_parts(both, found):
    wanted = []
    for number, (node, _) in enumerate(found):
        parts = sorted((part for part in node.nodes() if part is not node and part.children and not part.free()), key=Node.size)
        wanted += [(number, part) for part in parts]
    answers = both.differences([part.text() for _, part in wanted])
    better = {}
    for (number, part), one in zip(wanted, answers):
        if one is not None and number not in better:
            better[number] = (part, one)
    return [better.get(number, pair) for number, pair in enumerate(found)]


def literal_of(node, row, columns):
    """A column's value in the row, in its place."""
    return Node("literal", columns[node.column][row]) if node.column else None


def improve(both, found, propose):
    wanted = [(number, other) for number, pair in enumerate(found) for other in propose(*pair)]
    answers = both.differences([other.text() for _, other in wanted])
    better = list(found)
    for (number, other), one in zip(wanted, answers):
        if one is not None:
            better[number] = (other, one)
    return better


def flattened(both, node):
    """The same call of what its arguments come to, where a literal can say that; single ones, then all."""
    if any(child.free() for child in node.children) or not any(child.children for child in node.children):
        return []
    answers = both.spark.answers([child.text() for child in node.children])
    plain = [child if answer.raises() or not child.children else literal(answer) or child for child, answer in zip(node.children, answers)]
    if len(plain) == 0 or all(a is b for a, b in zip(plain, node.children)):
        return []
    return [Node(node.name, node.written, plain, node.binds, node.n_outside)]


def literal(answer):
    simple = ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "date", "timestamp", "timestamp_ntz")
    if not (answer.type in simple or answer.type.startswith("decimal")) or answer.values[0][0] == "!":
        return None
    if answer.values[0] == "N":
        return Node("literal", values.null(answer.type))
    text = answer.values[0][1:].replace("'", "\\'")
    return Node("literal", f"'{text}'" if answer.type == "string" else f"CAST('{text}' AS {answer.type.upper()})")


def grouped(found):
    """By function and kind, the largest first."""
    groups = collections.defaultdict(list)
    for node, one in found:
        groups[node.name, one.kind].append((node, one))
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
