#include "wire/decode_scripting.hpp"

namespace rediscluster::wire {

bool Decoder<FunctionInfo>::decode(ReplyCursor& cursor, FunctionInfo& out, Mismatch& why) {
  static constexpr Field<FunctionInfo> fields[] = {
      {"name", into<FunctionInfo, &FunctionInfo::name>},
      {"description", into<FunctionInfo, &FunctionInfo::description>},
      {"flags", into<FunctionInfo, &FunctionInfo::flags>},
  };
  return decode_fields<FunctionInfo>(cursor, out, fields, why);
}

bool Decoder<FunctionLibrary>::decode(ReplyCursor& cursor, FunctionLibrary& out, Mismatch& why) {
  static constexpr Field<FunctionLibrary> fields[] = {
      {"library_name", into<FunctionLibrary, &FunctionLibrary::name>},
      {"engine", into<FunctionLibrary, &FunctionLibrary::engine>},
      {"functions", into<FunctionLibrary, &FunctionLibrary::functions>},
      {"library_code", into<FunctionLibrary, &FunctionLibrary::code>},
  };
  return decode_fields<FunctionLibrary>(cursor, out, fields, why);
}

bool Decoder<RunningFunction>::decode(ReplyCursor& cursor, RunningFunction& out, Mismatch& why) {
  static constexpr Field<RunningFunction> fields[] = {
      {"name", into<RunningFunction, &RunningFunction::name>},
      {"command", into<RunningFunction, &RunningFunction::command>},
      {"duration_ms", into<RunningFunction, &RunningFunction::duration_ms>},
  };
  return decode_fields<RunningFunction>(cursor, out, fields, why);
}

bool Decoder<FunctionEngine>::decode(ReplyCursor& cursor, FunctionEngine& out, Mismatch& why) {
  static constexpr Field<FunctionEngine> fields[] = {
      {"libraries_count", into<FunctionEngine, &FunctionEngine::libraries_count>},
      {"functions_count", into<FunctionEngine, &FunctionEngine::functions_count>},
  };
  return decode_fields<FunctionEngine>(cursor, out, fields, why);
}

bool Decoder<FunctionStats>::decode(ReplyCursor& cursor, FunctionStats& out, Mismatch& why) {
  static constexpr Field<FunctionStats> fields[] = {
      {"running_script", into<FunctionStats, &FunctionStats::running_script>},
      {"engines", into<FunctionStats, &FunctionStats::engines>},
  };
  return decode_fields<FunctionStats>(cursor, out, fields, why);
}

}  // namespace rediscluster::wire
