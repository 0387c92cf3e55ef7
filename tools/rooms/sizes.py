"""File and function sizes. Generated files (line 1 says so) are not counted."""
import ast
import re

from rooms import law
from rooms.source import CPP_SUFFIXES, Problem, blank_comments, files_under, is_generated, line_of, read

FOLDERS = ["src", "include", "tests", "benchmarks", "examples", "tools"]
SUFFIXES = frozenset(CPP_SUFFIXES | {".py", ".sh", ""})

NOT_A_FUNCTION = re.compile(r"\b(namespace|extern|class|struct|union|enum|concept)\b")


def counted_files(root):
    """(path, text) of every file that is written by hand."""
    for folder in FOLDERS:
        for path in files_under(root, folder, SUFFIXES):
            text = read(path)
            if path.suffix == "" and not text.startswith("#!"):
                continue
            if not is_generated(text):
                yield path, text


def largest(root, count):
    sizes = [(text.count("\n"), path.relative_to(root).as_posix()) for path, text in counted_files(root)]
    return sorted(sizes, key=lambda entry: (-entry[0], entry[1]))[:count]


def check(root):
    problems = []
    for path, text in counted_files(root):
        name = path.relative_to(root).as_posix()
        lines = text.count("\n")
        if lines > law.MAX_FILE_LINES:
            problems.append(Problem(name, lines, f"{lines} lines, {law.MAX_FILE_LINES} are allowed",
                                    "one file holds one noun; a file this long holds more", "split it by its nouns"))
        for line, length in long_functions(path, text):
            problems.append(Problem(name, line, f"a function of {length} lines, {law.MAX_FUNCTION_LINES} are allowed",
                                    "a function is read at one glance", "name its steps and make them functions"))
    return problems


def long_functions(path, text):
    if path.suffix in CPP_SUFFIXES:
        found = cpp_functions(text)
    elif path.suffix == ".py" or text.startswith("#!/usr/bin/env python3"):
        found = python_functions(text)
    else:
        return []
    return [(line, length) for line, length in found if length > law.MAX_FUNCTION_LINES]


def python_functions(text):
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text)) if isinstance(node, nodes)]


def cpp_functions(text):
    """(line, lines) of each function body, from its first brace to its last; lambdas count with what they stand in.

    A brace opens a function when everything around it is a namespace or a type and parentheses stand in front of it.
    """
    code = blank_comments(text, strings_too=True)
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.MULTILINE | re.DOTALL)
    found, stack, head_start = [], [], 0
    for match in re.finditer(r"[{};]", code):
        sign, position = match.group(0), match.start()
        if sign == "{":
            head = code[head_start:position]
            stack.append((kind_of(head, stack), position))
        elif sign == "}" and stack:
            kind, opened = stack.pop()
            if kind == "function":
                first, last = line_of(code, opened), line_of(code, position)
                found.append((first, last - first + 1))
        head_start = position + 1
    return found


def kind_of(head, stack):
    if any(kind != "scope" for kind, _ in stack):
        return "inner"
    if "(" in head and ")" in head and not re.match(r"\s*(template\s*<[^;]*>\s*)?(class|struct|union|enum|namespace)\b", head):
        return "function"
    return "scope" if NOT_A_FUNCTION.search(head) else "inner"
