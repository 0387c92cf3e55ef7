"""Who may include whom: the table of ARCHITECTURE.md as data. Change it only together with that table."""
import fnmatch

# room -> rooms whose headers it may include. What an allowed room shows in its own headers may be included too (a
# driver hands out frames of wire because link does), unless the table forbids it by name.
MAY_INCLUDE = {
    "base": set(),
    "wire": {"base"},
    "commands": {"wire", "base"},
    "slots": {"commands", "wire", "base"},
    "link": {"commands", "wire", "base"},
    "pubsub": {"wire", "base"},
    "routing": {"slots", "link", "pubsub", "commands", "wire", "base"},
    "net": {"base"},
    "drive": {"link", "net", "commands", "wire", "base"},
    "cluster": {"routing", "slots", "pubsub", "drive", "link", "net", "commands", "wire", "base"},
    "emulation": {"cluster", "routing", "commands", "wire", "base"},
    "api": {"emulation", "cluster", "commands", "wire", "base"},
    "testing": set(),
    "simulation": {"testing", "net", "wire", "base"},
}

PURE_ROOMS = {"wire", "commands", "slots", "link", "pubsub", "routing"}

ROOM_REASON = {
    "base": "base holds tools that know nothing of Redis",
    "net": "net moves bytes and knows nothing of Redis",
    "drive": "a driver moves bytes, it does not decide",
    "cluster": "the cluster does not know the faces in front of it",
    "emulation": "an emulated command is made of ordinary ones: it reaches servers only through the cluster",
    "api": "api is glue: it reaches sockets and drivers only through cluster",
    "testing": "the testing component must work against any client, so it uses none of our rooms",
    "simulation": "the simulation sees of the client what a user sees, and replaces time and the network below it",
}
PURE_REASON = "a pure room is tested without I/O and used by two drivers: no sockets, no threads, time is an argument"

# Headers of ours under <rediscluster/...> that every room but base may include.
VOCABULARY = ["cpp20.hpp", "time_span.hpp", "errors.hpp", "result.hpp", "key_slot.hpp", "command_facts.hpp", "command.hpp", "arguments.hpp", "reply.hpp", "reply_bytes.hpp",
              "options/*", "types/*", "async/async_options.hpp", "list_of.hpp", "policies.hpp", "events.hpp", "script_source.hpp", "commands/*",
              "executor.hpp", "async/end_of_turn.hpp", "async/loop.hpp"]
OPTIONS_ROOMS = {"api", "cluster"}  # options.hpp: who reads what a user chose

STANDARD = set("""algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts
condition_variable coroutine deque exception execution filesystem format forward_list fstream functional future
initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new
numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location
span sstream stack stdexcept stop_token streambuf string string_view strstream syncstream system_error thread tuple
type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version cassert cctype cerrno
cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar
cwchar cwctype""".split())

THREAD_HEADERS = {"atomic", "barrier", "condition_variable", "future", "latch", "mutex", "semaphore", "shared_mutex",
                  "stop_token", "thread"}

SOCKET_HEADERS = ["sys/socket.h", "sys/un.h", "sys/uio.h", "sys/epoll.h", "sys/poll.h", "sys/select.h", "sys/ioctl.h",
                  "netinet/*", "arpa/*", "net/if.h", "netdb.h", "poll.h"]
POSIX_HEADERS = SOCKET_HEADERS + ["sys/*", "linux/*", "unistd.h", "fcntl.h", "pthread.h", "sched.h", "signal.h", "spawn.h",
                                  "dirent.h", "pwd.h", "termios.h", "time.h", "errno.h", "dlfcn.h", "link.h", "stdlib.h", "string.h"]
# The few system calls of base: file -> headers
BASE_MAY_CALL = {
    "src/base/parking_spot.": {"linux/futex.h", "sched.h", "sys/syscall.h", "unistd.h"},  # a thread waits on a word
    "src/base/unique_name.": {"unistd.h"},  # random bytes
    "src/base/fiber.": {"cxxabi.h", "sys/mman.h", "ucontext.h", "unistd.h", "sanitizer/common_interface_defs.h",
                        "sanitizer/lsan_interface.h", "sanitizer/tsan_interface.h"},  # stacks, and the switch between them
    "src/base/fork.": {"pthread.h", "unistd.h"},  # a child closes what it has inherited
    "src/base/static_storage.": {"link.h"},  # what is loaded where
}

CLOCK_READS = ["::now(", "clock_gettime(", "gettimeofday("]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_README_LINES = 25


def matches(header, patterns):
    return any(fnmatch.fnmatch(header, pattern) for pattern in patterns)


def reason(room):
    return PURE_REASON if room in PURE_ROOMS else ROOM_REASON[room]
