"""Random well-typed expressions. What functions take is asked of crisol: its function table says how many arguments and of what
kind, and which types go together is tried out with columns of them."""

import itertools
import string

import values

VARIES, INFIX = 1, 2
MOST_FORMS, MOST_TRIED = 60, 500
WRONG = 0.04

# How a row of the table is written where it is no plain call; each is as likely as the next.
WRITTEN = {
    "and": ["({0} AND {1})"], "or": ["({0} OR {1})"], "not": ["(NOT {0})", "(! {0})"], "<=>": ["({0} <=> {1})", "equal_null({0},{1})"],
    "=": ["({0} = {1})", "({0} == {1})"], "<>": ["({0} <> {1})", "({0} != {1})"], "between": ["({0} BETWEEN {1} AND {2})", "({0} NOT BETWEEN {1} AND {2})"],
    "isnull": ["({0} IS NULL)", "isnull({0})"], "isnotnull": ["({0} IS NOT NULL)", "isnotnull({0})"], "is true": ["({0} IS TRUE)", "({0} IS NOT TRUE)"],
    "is false": ["({0} IS FALSE)", "({0} IS NOT FALSE)"], "is unknown": ["({0} IS UNKNOWN)", "({0} IS NOT UNKNOWN)"], "[]": ["{0}[{1}]"],
    "negative": ["(- {0})", "negative({0})"], "positive": ["(+ {0})", "positive({0})"], "~": ["(~ {0})"], "div": ["({0} div {1})"],
    "%": ["({0} % {1})", "mod({0},{1})"], "||": ["({0} || {1})"], "<<": ["shiftleft({0},{1})", "({0} << {1})"], ">>": ["shiftright({0},{1})", "({0} >> {1})"],
    ">>>": ["shiftrightunsigned({0},{1})", "({0} >>> {1})"], "rlike": ["({0} RLIKE {1})", "rlike({0},{1})", "regexp_like({0},{1})"],
    "timestampadd": ["timestampadd({unit},{1},{2})", "dateadd({unit},{1},{2})"], "timestampdiff": ["timestampdiff({unit},{1},{2})", "datediff({unit},{1},{2})"],
    **{operator: [f"({{0}} {operator} {{1}})"] for operator in ("+", "-", "*", "/", "&", "|", "^", "<", "<=", ">", ">=")},
}
WRITTEN_BY_COUNT = {
    ("like", 2): ["({0} LIKE {1})", "like({0},{1})", "({0} NOT LIKE {1})"], ("like", 3): ["({0} LIKE {1} ESCAPE '/')"],
    ("ilike", 2): ["({0} ILIKE {1})", "ilike({0},{1})"], ("ilike", 3): ["({0} ILIKE {1} ESCAPE '/')"],
    ("in", 2): ["({0} IN ({1}))"], ("in", 3): ["({0} IN ({1},{2}))", "({0} NOT IN ({1},{2}))"], ("in", 4): ["({0} IN ({1},{2},{3}))"],
    ("in", 5): ["({0} IN ({1},{2},{3},{4}))"], ("when", 2): ["CASE WHEN {0} THEN {1} END"], ("when", 3): ["CASE WHEN {0} THEN {1} ELSE {2} END"],
    ("when", 4): ["CASE WHEN {0} THEN {1} WHEN {2} THEN {3} END"], ("when", 5): ["CASE WHEN {0} THEN {1} WHEN {2} THEN {3} ELSE {4} END"],
    ("trim", 1): ["trim({0})", "trim(BOTH FROM {0})"], ("trim", 2): ["trim(BOTH {1} FROM {0})"], ("ltrim", 2): ["ltrim({1},{0})", "trim(LEADING {1} FROM {0})"],
    ("rtrim", 2): ["rtrim({1},{0})", "trim(TRAILING {1} FROM {0})"], ("substring", 3): ["substring({0},{1},{2})", "substring({0} FROM {1} FOR {2})"],
    ("overlay", 3): ["overlay({0},{1},{2})", "overlay({0} PLACING {1} FROM {2})"], ("overlay", 4): ["overlay({0},{1},{2},{3})"],
    ("locate", 2): ["locate({0},{1})", "position({0} IN {1})"], ("named_struct", 2): ["named_struct('x',{1})"],
    ("named_struct", 4): ["named_struct('x',{1},'y',{3})"], ("date_part", 2): ["date_part({0},{1})", "extract({field} FROM {1})"],
}

# What takes a lambda: the types of what it is over, how it is written, the variables, and what its body must be (None: anything).
X = (("x", 0),)
LAMBDAS = [
    ("transform", ("array<int>",), "transform({0}, x -> {1})", {"x": "int"}, None),
    ("transform", ("array<string>",), "transform({0}, (x, i) -> {1})", {"x": "string", "i": "int"}, None),
    ("filter", ("array<int>",), "filter({0}, x -> {1})", {"x": "int"}, "boolean"),
    ("filter", ("array<double>",), "filter({0}, (x, i) -> {1})", {"x": "double", "i": "int"}, "boolean"),
    ("exists", ("array<string>",), "exists({0}, x -> {1})", {"x": "string"}, "boolean"),
    ("forall", ("array<double>",), "forall({0}, x -> {1})", {"x": "double"}, "boolean"),
    ("aggregate", ("array<int>", "int"), "aggregate({0}, {1}, (a, x) -> {2})", {"a": "int", "x": "int"}, "int"),
    ("aggregate", ("array<double>", "double"), "reduce({0}, {1}, (a, x) -> {2}, a -> a + 1)", {"a": "double", "x": "double"}, "double"),
    ("zip_with", ("array<int>", "array<string>"), "zip_with({0}, {1}, (x, y) -> {2})", {"x": "int", "y": "string"}, None),
    ("map_filter", ("map<string,int>",), "map_filter({0}, (k, v) -> {1})", {"k": "string", "v": "int"}, "boolean"),
    ("transform_values", ("map<string,int>",), "transform_values({0}, (k, v) -> {1})", {"k": "string", "v": "int"}, None),
    ("transform_keys", ("map<string,int>",), "transform_keys({0}, (k, v) -> {1})", {"k": "string", "v": "int"}, "string"),
    ("map_zip_with", ("map<string,int>", "map<string,int>"), "map_zip_with({0}, {1}, (k, v, w) -> {2})", {"k": "string", "v": "int", "w": "int"}, None),
    ("array_sort", ("array<int>",), "array_sort({0}, (x, y) -> CASE WHEN {1} THEN -1 WHEN {2} THEN 1 ELSE 0 END)", {"x": "int", "y": "int"}, "boolean"),
]

# Forms that are written out: what the table cannot say, or what would take all memory with other arguments.
FIXED = {
    "sequence": [("sequence({0},{1})", ("=0|1|5|-3|NULL", "=0|4|7|-2")), ("sequence({0},{1},{2})", ("=0|1|5|-3", "=0|4|7|-2", "=1|2|-1|0|-2")),
                 ("sequence({0},{1},{2})", ("=DATE'2024-01-01'|DATE'2024-01-31'|DATE'1582-10-01'", "=DATE'2024-05-31'|DATE'2023-12-30'|DATE'1582-10-31'",
                                            "=INTERVAL 1 MONTH|INTERVAL 10 DAY|INTERVAL -1 MONTH|INTERVAL '1' YEAR")),
                 ("sequence({0},{1},{2})", ("=TIMESTAMP'2024-03-10 00:30:00'|TIMESTAMP'2024-11-02 23:00:00'",
                                            "=TIMESTAMP'2024-03-11 00:30:00'|TIMESTAMP'2024-11-04 00:00:00'", "=INTERVAL 1 HOUR|INTERVAL 90 MINUTE|INTERVAL 1 DAY"))],
    "aes_encrypt": [("hex(aes_encrypt({0},'0123456789abcdef','ECB','PKCS'))", ("binary",)),
                    ("hex(aes_encrypt({0},'0123456789abcdef','GCM','NONE',X'000102030405060708090A0B'))", ("binary",))],
    "make_timestamp": [("make_timestamp({0},{1},{2},{3},{4},{5})", ("int", "int", "int", "int", "int", "=0|59.999999|60|60.5|-1|1.5")),
                       ("make_timestamp({0},{1},{2},{3},{4},{5},{6})", ("int", "int", "int", "int", "int", "=0|59.999999|30", "string"))],
    "make_timestamp_ntz": [("make_timestamp_ntz({0},{1},{2},{3},{4},{5})", ("int", "int", "int", "int", "int", "=0|59.999999|60|60.5|-1|1.5"))],
    "str_to_map": [("str_to_map({0})", ("string",)), ("str_to_map({0},{1},{2})", ("string", "=','|'&'|''", "='='|':'"))],
    "from_json": [("from_json({0},{1})", ("string", "string"))],
    "cast": [(f"{function}({{0}} AS {to.upper()})", (kind,)) for function in ("CAST", "try_cast") for to in values.TYPES if to != "interval"
             for kind in values.TYPES],
    "field": [("{0}.x", ("struct<x:int,y:string>",)), ("{0}.y", ("struct<x:int,y:string>",))],
    "interval": [("({0} + INTERVAL 1 MONTH)", (kind,)) for kind in ("date", "timestamp", "timestamp_ntz")] +
                [("({0} - INTERVAL 36 HOUR)", (kind,)) for kind in ("date", "timestamp", "timestamp_ntz")],
}
SKIPPED = {"collate", "uuid", "lambda"}


class Node:
    """A piece of an expression: how it is written, of what, under which function's name. `binds` are the variables that the
    arguments from `n_outside` on see."""

    def __init__(self, name, written, children=(), binds=(), n_outside=0, column=None):
        self.name, self.written, self.children, self.column = name, written, list(children), column
        self.binds, self.n_outside = set(binds), n_outside

    def text(self):
        if not self.children:
            return self.written
        return self.written.format(*[child.text() for child in self.children])

    def free(self):
        """The variables of lambdas outside."""
        if self.name == "variable":
            return {self.written}
        return {name for i, child in enumerate(self.children) for name in child.free() - (self.binds if i >= self.n_outside else set())}

    def nodes(self):
        yield self
        for child in self.children:
            yield from child.nodes()

    def replaced(self, replace):
        """A copy in which each node that `replace` has something for is that."""
        other = replace(self)
        if other is not None:
            return other
        return Node(self.name, self.written, [child.replaced(replace) for child in self.children], self.binds, self.n_outside, self.column)

    def size(self):
        return sum(1 for _ in self.nodes())


def is_word(name):
    return name[0] in string.ascii_letters


def candidates(word):
    """The types that a word of the table's `args` stands for."""
    groups = {
        "any": values.TYPES, "numeric": ["int", "bigint", "float", "double", "decimal(10,2)", "decimal(38,10)", "tinyint", "smallint"],
        "integral": ["tinyint", "smallint", "int", "bigint"], "array": ["array<int>", "array<string>", "array<double>"], "map": ["map<string,int>"],
        "struct": ["struct<x:int,y:string>"], "interval": ["interval"], "year_month": ["interval year to month"], "day_time": ["interval day to second"],
        "decimal": ["decimal(10,2)", "decimal(38,10)"], "decimal(18,6)": ["decimal(10,2)"], "timestamp": ["timestamp", "timestamp_ntz", "date"],
        "date": ["date", "timestamp"], "double": ["double", "float", "int", "decimal(10,2)"],
    }
    found = []
    for part in word.lstrip("=").split("|"):
        part = part.lstrip("=")
        found += groups.get(part, [part] if part in values.TYPES else [])
    return found or ["string", "int"]


class Function:
    """A row of crisol's table."""

    def __init__(self, line):
        self.family, self.name, aliases, least, most, flags, args, self.returns = line.split("\t")
        self.names = [name for name in [self.name, *aliases.split()] if is_word(name)]
        self.least, self.most, self.flags = int(least), int(most), int(flags)
        self.args = args.split()
        self.forms = []  # (types of the arguments, which of them must be constants, type of the result)

    def written(self, count, random):
        texts = WRITTEN_BY_COUNT.get((self.name, count)) or WRITTEN.get(self.name)
        if texts is None:
            texts = [f"{name}({','.join(f'{{{i}}}' for i in range(count))})" for name in self.names]
        return random.choice(texts).replace("{unit}", random.choice(values.UNITS[:-2]) if "{unit}" in texts[0] else "") \
            .replace("{field}", random.choice(values.FIELDS[:-1]))

    def tried(self, random):
        """Types of arguments that may go together."""
        for count in range(self.least, min(self.most, self.least + 3) + 1):
            if self.args:
                words = self.args + [self.args[-1]] * count
                sets = [candidates(word) for word in words[:count]]
            else:
                sets = [values.TYPES] * count
            total = 1
            for one in sets:
                total *= len(one)
            if total <= MOST_TRIED:
                yield from itertools.product(*sets)
            else:
                same = [(kind,) * count for kind in values.TYPES if all(kind in one for one in sets)]
                yield from same + [tuple(random.choice(one) for one in sets) for _ in range(MOST_TRIED - len(same))]


class Grammar:
    """What can be written: of `answer`, which has crisol's table and says what compiles."""

    def __init__(self, table, answer, random):
        self.random = random
        self.functions = [function for function in map(Function, table)
                          if function.name not in SKIPPED and not function.flags & VARIES and "lambda" not in function.args]
        self.find_forms(answer)
        self.by_result = {}
        for function in self.functions:
            for form in function.forms:
                self.by_result.setdefault(form[2], []).append((function, form))
        roots = [(self.call, function) for function in self.functions if function.forms and function.name not in FIXED]
        roots += [(self.fixed, name) for name in FIXED for _ in range(3 if name == "cast" else 1)]
        self.roots = roots + [(self.lambda_call, None)] * 8

    def find_forms(self, answer):
        tries = []
        for function in self.functions:
            if function.name in FIXED or (function.least == 0 and not is_word(function.name)):
                continue
            for kinds in function.tried(self.random):
                if kinds:
                    columns = [values.COLUMNS[kind] for kind in kinds]
                    constants = [values.EXTREMES[kind][-2] for kind in kinds]
                    written = function.written(len(kinds), self.random)
                    tries.append((function, kinds, 0, written.format(*columns)))
                    if len(kinds) > 1:
                        tries.append((function, kinds, 1, written.format(columns[0], *constants[1:])))
            if function.least == 0 and function.most == 0:
                tries.append((function, (), 0, f"{function.name}()"))
        answers = answer.types([text for *_, text in tries])
        plain = set()
        for (function, kinds, first_constant, _), kind in zip(tries, answers):
            if kind is None or kind == "void" or (first_constant and (function.name, kinds) in plain):
                continue
            plain.add((function.name, kinds))
            function.forms.append((kinds, first_constant, kind))
        for function in self.functions:
            if len(function.forms) > MOST_FORMS:
                function.forms = self.random.sample(function.forms, MOST_FORMS)

    # An expression of the type, with at most so many functions within each other; `rows` says whether it may read columns.

    def leaf(self, kind, rows, variables):
        known = [name for name, of in variables.items() if of == kind]
        if known and self.random.random() < 0.6:
            return Node("variable", self.random.choice(known))
        if kind not in values.EXTREMES:
            return Node("literal", f"CAST(NULL AS {kind.upper()})" if "interval" not in kind else values.null(kind))
        if rows and self.random.random() < 0.6:
            return Node("column", values.COLUMNS[kind], column=kind)
        return Node("literal", self.random.choice(values.EXTREMES[kind]))

    def argument(self, function, index, kind, depth, rows, variables, is_constant):
        if (function, index) in values.BOUNDED:
            return Node("literal", self.random.choice(values.BOUNDED[function, index]))
        if self.random.random() < WRONG:
            kind = self.random.choice(values.TYPES)
        elif (function, index) in values.WANTED and self.random.random() < 0.8:
            return Node("literal", self.random.choice(values.WANTED[function, index]))
        if is_constant:
            return self.leaf(kind, False, {})
        return self.make(kind, depth, rows, variables)

    def make(self, kind, depth, rows, variables=None):
        variables = variables or {}
        if kind.startswith("="):
            return Node("literal", self.random.choice(kind[1:].split("|")))
        if depth <= 0 or self.random.random() < 0.2:
            return self.leaf(kind, rows, variables)
        forms = self.by_result.get(kind, [])
        if forms and self.random.random() < 0.85:
            function, form = self.random.choice(forms)
            return self.of_form(function, form, depth, rows, variables)
        if kind == "interval" or kind not in values.TYPES:
            return self.leaf(kind, rows, variables)
        return Node("cast", f"CAST({{0}} AS {kind.upper()})", [self.make(self.random.choice(values.TYPES), depth - 1, rows, variables)])

    def of_form(self, function, form, depth, rows, variables):
        kinds, first_constant, _ = form
        children = [self.argument(function.name, i, kind, depth - 1, rows, variables, first_constant and i >= first_constant)
                    for i, kind in enumerate(kinds)]
        return Node(function.name, function.written(len(kinds), self.random), children)

    def call(self, function, depth, rows):
        return self.of_form(function, self.random.choice(function.forms), depth, rows, {})

    def fixed(self, name, depth, rows):
        written, kinds = self.random.choice(FIXED[name])
        return Node(name, written, [self.argument(name, i, kind, depth - 1, rows, {}, False) if not kind.startswith("=") else
                                    self.make(kind, 0, rows) for i, kind in enumerate(kinds)])

    def lambda_call(self, _, depth, rows):
        name, kinds, written, variables, result = self.random.choice(LAMBDAS)
        children = [self.argument(name, i, kind, depth - 1, rows, {}, False) for i, kind in enumerate(kinds)]
        n_bodies = len(set(part for _, part, _, _ in string.Formatter().parse(written) if part is not None)) - len(kinds)
        for _ in range(n_bodies):
            kind = result or self.random.choice(["int", "string", "boolean", "double", "bigint"])
            children.append(self.make(kind, max(depth - 1, 1), rows, variables))
        return Node(name, written, children, variables, len(kinds))

    def expressions(self, count, is_constant=False):
        """So many, each function as often as the next; half of them read columns, unless they are to be constants."""
        made = []
        while len(made) < count:
            order = self.roots[:]
            self.random.shuffle(order)
            for make, what in order:
                made.append(make(what, self.random.choice([1, 1, 2, 2, 3]), not is_constant and self.random.random() < 0.5))
        return made[:count]

    def columns(self, n_rows):
        """Values of each column: extremes in another order for each."""
        made = {}
        for kind in values.TYPES:
            order = []
            while len(order) < n_rows:
                some = values.EXTREMES[kind][:]
                self.random.shuffle(some)
                order += some
            made[kind] = order[:n_rows]
        return made
