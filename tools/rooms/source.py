"""Reading C++ text well enough for checks: comments and strings blanked, include lines found, problems as values."""
import dataclasses
import pathlib
import re

CPP_SUFFIXES = {".hpp", ".cpp", ".h", ".inc"}


@dataclasses.dataclass(frozen=True)
class Problem:
    path: str
    line: int
    what: str
    why: str
    remedy: str


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<ours>[^"\n]+)"|<(?P<angle>[^>\n]+)>)', re.MULTILINE)


def blank_comments(text, strings_too):
    """The text with comments (and the inside of strings) replaced by spaces: positions and lines stay."""
    def blank(match):
        token = match.group(0)
        if not token.startswith("/") and not strings_too:
            return token
        return re.sub(r"[^\n]", " ", token)
    # A digit separator (1'000) is no quote.
    return TOKEN.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes_of(text):
    """(line, header, is_quoted) of every include directive."""
    code = blank_comments(text, strings_too=False)
    return [(line_of(code, match.start("ours" if match["ours"] else "angle")), match["ours"] or match["angle"],
             match["ours"] is not None) for match in INCLUDE.finditer(code)]


def is_generated(text):
    return "generated" in text.split("\n", 1)[0].lower()


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")


def files_under(root, folder, suffixes=frozenset(CPP_SUFFIXES)):
    """Files with one of the suffixes, sorted; hidden and build folders left out."""
    base = root / folder
    if not base.is_dir():
        return []
    return sorted(path for path in base.rglob("*") if path.is_file() and path.suffix in suffixes
                  and not any(part.startswith(".") or part == "build" for part in path.relative_to(root).parts))
