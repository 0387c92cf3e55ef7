#include "wire/decode_array.hpp"

#include <array>

namespace rediscluster::wire {

bool Decoder<ArrayInfo>::decode(ReplyCursor& cursor, ArrayInfo& out, Mismatch& why) {
  using T = ArrayInfo;
  static constexpr auto fields = std::to_array<Field<T>>({
      {"count", into<T, &T::count>},
      {"len", into<T, &T::length>},
      {"next-insert-index", into<T, &T::next_index>},
      {"slices", into<T, &T::slices>},
      {"directory-size", into<T, &T::directory_size>},
      {"super-dir-entries", into<T, &T::super_directory_entries>},
      {"slice-size", into<T, &T::slice_size>},
      {"dense-slices", into<T, &T::dense_slices>},
      {"sparse-slices", into<T, &T::sparse_slices>},
      {"avg-dense-size", into<T, &T::average_dense_size>},
      {"avg-dense-fill", into<T, &T::average_dense_fill>},
      {"avg-sparse-size", into<T, &T::average_sparse_size>},
  });
  return decode_fields<T>(cursor, out, fields, why);
}

}  // namespace rediscluster::wire
