"""A model of a collection: a dictionary of rows, filters as Python functions with three-valued logic.

`FilterMaker` makes a random filter text together with the function that says what it means: True, False, or None for
unknown (a missing JSON key). Written from the filter contract, without looking at the server's evaluator.
"""

import numpy as np

WORDS = ["", "a", "ab", "abc", "b", "ba", "red", "reddish", "Red", "ü", "ünder", "z", "zz", "100%", "_x", "quote\"d", "it's"]
DIM = 8


def random_row(rng, key):
    info = {"k": int(rng.integers(-5, 6)), "s": WORDS[rng.integers(len(WORDS))], "t": bool(rng.integers(2))}
    for name in list(info):
        if rng.random() < 0.3:
            del info[name]
    if rng.random() < 0.1:
        info["k"] = "a string this time"
    row = {
        "id": key,
        "flag": bool(rng.integers(2)),
        "i8": int(rng.integers(-128, 128)),
        "i32": int(rng.integers(-1000, 1000)),
        "i64": int(rng.integers(-(2**62), 2**62)) if rng.random() < 0.2 else int(rng.integers(-20, 20)),
        "f": float(np.float32(rng.integers(-40, 40) / 4)),
        "d": float(rng.integers(-40, 40) / 8),
        "s": WORDS[rng.integers(len(WORDS))],
        "info": info,
        "vector": rng.standard_normal(DIM).astype(np.float32).tolist(),
    }
    if rng.random() < 0.6:
        row["dyn"] = int(rng.integers(0, 10))
    return row


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


COMPARE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def truncated_modulo(a, b):
    return a - b * int(a / b) if abs(a) < 2**53 else (abs(a) % abs(b)) * (1 if a >= 0 else -1)


ARITHMETIC = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same_kind(value, constant):
    for kind in (bool, str):
        if isinstance(constant, kind):
            return isinstance(value, kind)
    return is_number(value)


def literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)


class FilterMaker:
    def __init__(self, rng):
        self.rng = rng
        self.leaves = [
            self.integer_compare, self.integer_compare, self.float_compare, self.string_compare, self.bool_compare,
            self.inside, self.inside, self.prefix, self.arithmetic, self.modulo, self.between, self.two_columns,
            self.json_compare, self.json_compare, self.json_inside, self.key_compare,
        ]  # fmt: skip

    def pick(self, items):
        return items[self.rng.integers(len(items))]

    def make(self, depth=3):
        """(text, function of a row)"""
        if depth == 0 or self.rng.random() < 0.3:
            return self.pick(self.leaves)()
        kind = self.rng.integers(5)
        if kind == 0:
            text, meaning = self.make(depth - 1)
            return f"not ({text})", lambda row: None if meaning(row) is None else not meaning(row)
        left_text, left = self.make(depth - 1)
        right_text, right = self.make(depth - 1)
        if kind in (1, 2):
            word = self.pick(["and", "AND", "&&"])

            def both(row):
                values = (left(row), right(row))
                return False if False in values else None if None in values else True

            return f"({left_text}) {word} ({right_text})", both
        word = self.pick(["or", "OR", "||"])

        def either(row):
            values = (left(row), right(row))
            return True if True in values else None if None in values else False

        return f"({left_text}) {word} ({right_text})", either

    def integer_compare(self):
        column = self.pick(["i8", "i32", "i64", "id"])
        constant = int(self.pick([self.rng.integers(-25, 25), self.rng.integers(-1000, 1000), 2**40, -(2**63) + 1]))
        operator = self.pick(list(COMPARE))
        if constant >= 0 and self.rng.random() < 0.2:
            return f"{constant} {operator} {column}", lambda row: COMPARE[operator](constant, row[column])
        return f"{column} {operator} {constant}", lambda row: COMPARE[operator](row[column], constant)

    def float_compare(self):
        column, operator = self.pick(["f", "d"]), self.pick(list(COMPARE))
        constant = self.pick([float(self.rng.integers(-40, 40) / 4), int(self.rng.integers(-10, 10))])
        return f"{column} {operator} {constant}", lambda row: COMPARE[operator](row[column], constant)

    def string_compare(self):
        word, operator = self.pick(WORDS), self.pick(list(COMPARE))
        return f"s {operator} {quoted(word)}", lambda row: COMPARE[operator](row["s"].encode(), word.encode())

    def bool_compare(self):
        operator, value = self.pick(["==", "!="]), bool(self.rng.integers(2))
        return f"flag {operator} {literal(value)}", lambda row: COMPARE[operator](row["flag"], value)

    def constants(self, column):
        count = self.rng.integers(0, 8)
        if column == "s":
            return [self.pick(WORDS) for _ in range(count)]
        if column in ("f", "d"):
            return [float(self.rng.integers(-40, 40) / 4) for _ in range(count)]
        return [int(self.rng.integers(-30, 30)) for _ in range(count)]

    def inside(self):
        column = self.pick(["i8", "i32", "i64", "f", "d", "s", "id"])
        values, negated = self.constants(column), bool(self.rng.integers(2))
        text = f"{column} {'not in' if negated else 'in'} [{', '.join(map(literal, values))}]"
        return text, lambda row: (row[column] in values) != negated

    def prefix(self):
        word = self.pick(["", "a", "ab", "re", "red", "ü", "z", "1", "R"])
        return f"s like {quoted(word + '%')}", lambda row: row["s"].startswith(word)

    def arithmetic(self):
        column, sign, operator = self.pick(["i8", "i32", "f", "d"]), self.pick(list(ARITHMETIC)), self.pick(list(COMPARE))
        whole = column in ("i8", "i32")
        operand = int(self.rng.integers(1, 20)) if whole else float(self.rng.integers(1, 20) / 4)
        constant = int(self.rng.integers(-50, 50)) if whole else float(self.rng.integers(-50, 50) / 4)
        return (
            f"{column} {sign} {operand} {operator} {constant}",
            lambda row: COMPARE[operator](ARITHMETIC[sign](row[column], operand), constant),
        )

    def modulo(self):
        column, divisor = self.pick(["i8", "i32", "id"]), int(self.rng.integers(2, 9))
        rest = int(self.rng.integers(0, divisor))
        return f"{column} % {divisor} == {rest}", lambda row: truncated_modulo(row[column], divisor) == rest

    def between(self):
        column = self.pick(["i8", "i32", "f", "d"])
        low = int(self.rng.integers(-60, 20))
        high = low + int(self.rng.integers(1, 60))
        first, second = self.pick(["<", "<="]), self.pick(["<", "<="])
        return (
            f"{low} {first} {column} {second} {high}",
            lambda row: COMPARE[first](low, row[column]) and COMPARE[second](row[column], high),
        )

    def two_columns(self):
        left, right = self.pick([("i8", "i32"), ("i32", "i64"), ("f", "d"), ("i8", "d"), ("id", "i64")])
        operator = self.pick(list(COMPARE))
        return f"{left} {operator} {right}", lambda row: COMPARE[operator](row[left], row[right])

    def json_value(self):
        """(text of the path, getter) - the getter gives None where the path leads nowhere"""
        key = self.pick(["k", "s", "t", "dyn"])
        if key == "dyn":
            return self.pick(["dyn", '$meta["dyn"]']), key, lambda row: row.get("dyn")
        return f'info["{key}"]', key, lambda row: row["info"].get(key)

    def json_compare(self):
        path, key, get = self.json_value()
        if key == "s":
            operator, constant = self.pick(list(COMPARE)), self.pick(WORDS)
        elif key == "t":
            operator, constant = self.pick(["==", "!="]), bool(self.rng.integers(2))
        else:
            operator, constant = self.pick(list(COMPARE)), self.pick([int(self.rng.integers(-6, 7)), float(self.rng.integers(-12, 12) / 2)])

        def meaning(row):
            value = get(row)
            if value is None or not same_kind(value, constant):
                return None
            if isinstance(constant, str):
                return COMPARE[operator](value.encode(), constant.encode())
            return COMPARE[operator](value, constant)

        return f"{path} {operator} {literal(constant)}", meaning

    def json_inside(self):
        path, key, get = self.json_value()
        values = [self.pick(WORDS) for _ in range(3)] if key == "s" else [int(self.rng.integers(-6, 7)) for _ in range(4)]
        if key == "t":
            return self.json_compare()

        def meaning(row):
            value = get(row)
            return None if value is None or not same_kind(value, values[0]) else value in values

        return f"{path} in [{', '.join(map(literal, values))}]", meaning

    def key_compare(self):
        low = int(self.rng.integers(0, 400))
        return f"id >= {low} and id < {low + 60}", lambda row: low <= row["id"] < low + 60
