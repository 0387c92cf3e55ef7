"""The include direction: every #include of src/ and include/ against the law."""
from rooms import law
from rooms.source import Problem, blank_comments, files_under, includes_of, line_of, read


def check(root):
    problems = check_folders(root)
    for path in files_under(root, "src"):
        name = path.relative_to(root).as_posix()
        parts = name.split("/")
        if len(parts) < 3 or parts[1] not in law.MAY_INCLUDE:
            continue  # check_folders has said so
        problems += check_room_file(name, parts[1], read(path))
    for path in files_under(root, "include"):
        problems += check_public_file(path.relative_to(root).as_posix(), read(path))
    return problems


def check_folders(root):
    """Every folder of src/ is a room of the law and says in its README what it is."""
    problems = []
    for folder in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        name = folder.relative_to(root).as_posix()
        if folder.name not in law.MAY_INCLUDE:
            problems.append(Problem(name, 1, f"'{folder.name}' is no room", "every folder of src/ has its place in the table",
                                    "move the files to a room, or add the room to ARCHITECTURE.md and tools/rooms/law.py"))
            continue
        readme = folder / "README.md"
        if not readme.is_file():
            problems.append(Problem(f"{name}/README.md", 1, "the room has no README.md",
                                    "a newcomer must learn in 25 lines what a room is for",
                                    "say what the room is, what it may include, its nouns and its thread rule"))
        elif read(readme).count("\n") > law.MAX_README_LINES:
            problems.append(Problem(f"{name}/README.md", law.MAX_README_LINES + 1, f"longer than {law.MAX_README_LINES} lines",
                                    "it is the label on the door, not the manual", "move details beside the code or to docs/"))
    for path in files_under(root, "src"):
        if path.parent == root / "src":
            problems.append(Problem(path.relative_to(root).as_posix(), 1, "a source file outside every room",
                                    "only files in rooms are checked", "move it into the room whose noun it is"))
    return problems


def check_room_file(name, room, text):
    problems = []
    for line, header, quoted in includes_of(text):
        found = judge_ours(room, name, header) if is_ours(header, quoted) else judge_foreign(room, name, header)
        if found is not None:
            what, remedy = found
            problems.append(Problem(name, line, f"{room} includes {header}: {what}", law.reason(room), remedy))
    if room in law.PURE_ROOMS:
        problems += check_clock(name, text)
    return problems


def check_clock(name, text):
    code = blank_comments(text, strings_too=True)
    problems = []
    for call in law.CLOCK_READS:
        position = code.find(call)
        while position >= 0:
            problems.append(Problem(name, line_of(code, position), f"reads a clock ({call}...))", law.PURE_REASON,
                                    "take the time as an argument of the function"))
            position = code.find(call, position + 1)
    return problems


def is_ours(header, quoted):
    return quoted or header.startswith("rediscluster/")


def judge_ours(room, name, header):
    """What is wrong with including a header of this project (what, remedy), or None."""
    first, _, rest = header.partition("/")
    if first == "rediscluster":
        return judge_public(room, rest)
    if first == room and rest:
        return None
    if first not in law.MAY_INCLUDE:
        return "no room is named", f'write the room in front: "{room}/{header}"'
    if first in law.MAY_INCLUDE[room]:
        return None
    allowed = ", ".join(sorted(law.MAY_INCLUDE[room])) or "no other room"
    return (f"'{first}' is not a room it may include (it may: {allowed})",
            "move the code to the room where both are allowed, or pass what is needed as an argument")


def judge_public(room, header):
    if room == "base":
        return "base includes nothing of ours", "move the type that needs it to another room"
    if law.matches(header, law.VOCABULARY) or room in {"api", "simulation"} and not header.startswith("testing/"):
        return None
    if header == "options.hpp" and room in law.OPTIONS_ROOMS:
        return None
    if room == "testing" and header.startswith("testing/"):
        return None
    return "not one of the public vocabulary headers", "use a vocabulary header, or let api do it"


def judge_foreign(room, name, header):
    """What is wrong with including a header of somebody else (what, remedy), or None."""
    if header in law.STANDARD:
        if room in law.PURE_ROOMS and header in law.THREAD_HEADERS:
            return "threads and locks have no place here", "let the owner in drive or cluster do the locking"
        return None
    if room == "testing" and law.matches(header, law.POSIX_HEADERS):
        return None
    if law.matches(header, law.SOCKET_HEADERS):
        return None if room == "net" else ("only net has sockets", "use the Socket of net from drive or cluster")
    if law.matches(header, law.POSIX_HEADERS):
        return judge_system(room, name, header)
    if header.startswith("openssl/"):
        return None if room == "net" else ("only net knows OpenSSL", "use the transport of net")
    if header == "asio.hpp" or header.startswith(("asio/", "boost/asio")):
        return "no room knows Asio: programs bring their own", "let <rediscluster/asio.hpp> do it, over the Loop of a reactor"
    if any(name.startswith(file) and header in allowed for file, allowed in law.BASE_MAY_CALL.items()):
        return None
    if header.startswith("tl/"):
        return "not directly", "include <rediscluster/result.hpp>"
    return "a header this project does not know", "use the standard library, or add the dependency to tools/rooms/law.py"


def judge_system(room, name, header):
    if room in {"net", "drive", "cluster", "api"}:
        return None
    if any(name.startswith(file) and header in allowed for file, allowed in law.BASE_MAY_CALL.items()):
        return None
    return "a system header", "keep system calls in net or drive"


def check_public_file(name, text):
    """include/: the standard library, tl::expected and itself; the testing headers also POSIX."""
    problems = []
    testing = name.startswith("include/rediscluster/testing/")
    why = "whoever installs the library compiles these headers: they must need nothing but tl::expected"
    for line, header, quoted in includes_of(text):
        what = None
        if quoted:
            what, remedy = "quotes", "public headers name each other as <rediscluster/...>"
        elif header.startswith("rediscluster/"):
            inner = header.removeprefix("rediscluster/")
            if testing and not (inner.startswith("testing/") or law.matches(inner, law.VOCABULARY)):
                what, remedy = "testing uses only the public vocabulary", "use a vocabulary header"
            elif not testing and inner.startswith("testing/"):
                what, remedy = "the library does not know its testing component", "turn the dependency round"
        elif header in law.STANDARD or header == "tl/expected.hpp" or testing and law.matches(header, law.POSIX_HEADERS):
            continue
        elif name.startswith(("include/rediscluster/asio.hpp", "include/rediscluster/asio/")) and (header == "asio.hpp" or header.startswith(("asio/", "boost/asio/"))):
            continue
        else:
            what, remedy = "neither standard, nor tl::expected, nor ours", "keep it in src/"
        if what is not None:
            problems.append(Problem(name, line, f"includes {header}: {what}", why, remedy))
    return problems
