#include "base/static_storage.hpp"

#include <link.h>

#include <cstddef>
#include <cstdint>

namespace rediscluster::base {
namespace {

int stop_where_it_stands(dl_phdr_info* loaded, std::size_t, void* object) {
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  for (int i = 0; i < loaded->dlpi_phnum; ++i) {
    const auto& segment = loaded->dlpi_phdr[i];
    const std::uintptr_t begin = loaded->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address - begin < segment.p_memsz) return 1;
  }
  return 0;
}

}  // namespace

bool is_in_static_storage(const void* object) { return ::dl_iterate_phdr(stop_where_it_stands, const_cast<void*>(object)) != 0; }

}  // namespace rediscluster::base
