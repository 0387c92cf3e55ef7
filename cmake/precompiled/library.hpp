// What most files of the library include; see ../precompile.cmake.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <rediscluster/command.hpp>
#include <rediscluster/options.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/result.hpp>
