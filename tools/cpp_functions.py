"""Finds function bodies in our C++ by following braces; good enough for code that clang-format has laid out."""

import dataclasses
import re


@dataclasses.dataclass
class Function:
    name: str
    line: int
    line_count: int
    parameter_count: int


def blank_comments_and_texts(text):
    """The same text with the content of comments, string and character literals replaced by blanks."""

    def blank(match):
        found = match.group(0)
        if found.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]

    pattern = (
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"
    )
    return re.sub(pattern, blank, text, flags=re.S)


def blank_directives(text):
    """Preprocessor lines with their continuations, blanked."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.M)


def count_parameters(signature):
    """Top-level commas between the first parenthesis that follows a name and its partner."""
    start = re.search(r"[\w>\])]\s*\(", signature)
    if not start:
        return 0
    depth, angle, commas, any_text = 0, 0, 0, False
    for c in signature[start.end() - 1:]:
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1:
            if c == "<":
                angle += 1
            elif c == ">":
                angle -= 1
            elif c == "," and angle <= 0:
                commas += 1
            any_text = any_text or not c.isspace()
    return commas + 1 if any_text else 0


def kind_of_brace(signature, scope):
    """What a `{` after `signature` opens: 'namespace', 'type', 'function', 'member-init' or 'other'."""
    s = signature.strip()
    if scope not in ("namespace", "type"):
        return "other"
    if re.search(r"\bnamespace\b[^()]*$", s) or re.search(r'\bextern\s*"[^"]*"\s*$', s):
        return "namespace"
    if re.search(r"\benum\b[^()]*$", s):
        return "other"
    if re.search(r"\b(class|struct|union)\b", s) and not re.search(r"\)\s*(const|noexcept|override|final|->|$)", s):
        return "type"
    initialises_members = re.search(r"\)\s*(noexcept\s*)?:(?!:)", s)
    if initialises_members and re.search(r"[\w>]$", s):
        return "member-init"
    if ")" in s and not re.search(r"=\s*$", s):
        return "function"
    return "other"


def find_functions(text):
    """All functions with a body, in the order of the file."""
    code = blank_directives(blank_comments_and_texts(text))
    stack, functions = [("namespace", None)], []
    start, parens, line = 0, 0, 1
    for at, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c in "([":
            parens += 1
        elif c in ")]":
            parens = max(0, parens - 1)
        elif c == "{":
            scope = stack[-1][0]
            kind = "other" if parens > 0 else kind_of_brace(code[start:at], scope)
            opened = None
            if kind == "function":
                signature = re.sub(r"^(\s*(public|private|protected)\s*:(?!:))+", "", code[start:at])
                first = line - signature.lstrip().count("\n")
                opened = (signature.strip(), first)
            stack.append((kind, opened, parens, start))
            parens = 0
            if kind in ("namespace", "type", "function"):
                start = at + 1
        elif c == "}" and len(stack) > 1:
            kind, opened, parens, old_start = stack.pop()
            if kind == "function":
                signature, first = opened
                functions.append(Function(name_of(signature), first, line - first + 1, count_parameters(signature)))
            start = at + 1 if kind in ("namespace", "type", "function") else old_start
        elif c == ";" and parens == 0 and stack[-1][0] in ("namespace", "type"):
            start = at + 1
    return functions


def name_of(signature):
    test = re.match(r"TEST(?:_[FP])?\s*\(\s*(\w+)\s*,\s*(\w+)", signature)
    if test:
        return f"{test.group(1)}.{test.group(2)}"
    found = re.search(r"([~\w:]+|operator[^\w\s(]+|operator\s*\(\))\s*\(", signature)
    return found.group(1) if found else signature[:40]
