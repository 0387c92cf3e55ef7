"""Standard headers: what a file of src/ or include/ names of the standard library it includes, or one of our headers that it includes does. That
standard headers include each other differs from library to library, so it does not count."""
import re

from rooms.source import Problem, blank_comments, files_under, includes_of, line_of, read

NAMES = {
    "algorithm": "all_of any_of none_of for_each find find_if find_if_not count count_if equal copy copy_n fill fill_n generate transform replace "
                 "replace_if remove remove_if unique reverse rotate sort stable_sort partition lower_bound upper_bound equal_range "
                 "binary_search min max minmax clamp min_element max_element shuffle nth_element",
    "array": "array to_array",
    "atomic": "atomic atomic_flag memory_order_relaxed memory_order_acquire memory_order_release memory_order_acq_rel memory_order_seq_cst",
    "bit": "bit_cast countr_zero countl_zero popcount bit_ceil",
    "charconv": "from_chars to_chars",
    "chrono": "chrono",
    "compare": "strong_ordering weak_ordering partial_ordering",
    "concepts": "same_as convertible_to integral floating_point invocable",
    "condition_variable": "condition_variable",
    "coroutine": "coroutine_handle suspend_always suspend_never noop_coroutine",
    "cstring": "memcpy memmove memcmp memset memchr strlen strerror strcmp",
    "deque": "deque",
    "exception": "exception_ptr current_exception rethrow_exception make_exception_ptr terminate",
    "functional": "function less hash",
    "future": "future promise",
    "iterator": "back_inserter inserter make_move_iterator input_iterator_tag default_sentinel_t next prev distance advance",
    "limits": "numeric_limits",
    "map": "map multimap",
    "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this",
    "mutex": "mutex lock_guard unique_lock scoped_lock call_once once_flag",
    "new": "bad_alloc align_val_t launder",
    "numeric": "accumulate iota reduce",
    "optional": "optional nullopt",
    "random": "mt19937 mt19937_64 minstd_rand random_device uniform_int_distribution",
    "set": "set multiset",
    "span": "span",
    "stdexcept": "runtime_error logic_error invalid_argument out_of_range length_error",
    "sstream": "ostringstream istringstream stringstream",
    "stop_token": "stop_token stop_source stop_callback",
    "string": "string to_string stoi stol getline",
    "string_view": "string_view",
    "system_error": "system_error error_code generic_category system_category",
    "thread": "thread this_thread jthread",
    "tuple": "tuple tie make_tuple",
    "unordered_map": "unordered_map",
    "unordered_set": "unordered_set",
    "utility": "exchange pair make_pair in_place as_const index_sequence make_index_sequence",
    "variant": "variant visit monostate holds_alternative",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in NAMES.items() for name in names.split()}
# Headers that by the standard itself bring another one's names, or what is as good.
ALSO = {"string_view": {"string"}}
USE = re.compile(r"(?<![\w:])std::(?:ranges::)?(\w+)")


def check(root):
    closures = {}
    problems = []
    for path in [*files_under(root, "src"), *files_under(root, "include")]:
        name = path.relative_to(root).as_posix()
        if path.suffix in (".cpp", ".hpp"):
            problems += check_file(root, path, name, closures)
    return problems


def check_file(root, path, name, closures):
    included = standard_headers(root, path, closures, [])
    code = blank_comments(read(path), strings_too=True)
    missing = {}
    for use in USE.finditer(code):
        header = HEADER_OF.get(use.group(1))
        if header is None or header in included or ALSO.get(header, set()) & included:
            continue
        missing.setdefault(header, use)
    return [Problem(name, line_of(code, use.start()), f"std::{use.group(1)} without <{header}>",
                    "that another standard header brings it is so by chance", f"#include <{header}>")
            for header, use in sorted(missing.items())]


def standard_headers(root, path, closures, under_way):
    """Those that a file includes, itself or by way of ours."""
    if path in closures:
        return closures[path]
    if path in under_way:
        return set()
    found = set()
    for _, header, quoted in includes_of(read(path)):
        ours = root / "src" / header if quoted else root / "include" / header if header.startswith("rediscluster/") else None
        if ours is None:
            found.add(header)
        elif ours.is_file():
            found |= standard_headers(root, ours, closures, [*under_way, path])
    closures[path] = found
    return found
