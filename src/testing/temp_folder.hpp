/// A new folder under $TMPDIR (or /tmp), removed with all it holds at the end. Not shared between threads; movable.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <rediscluster/testing/server_error.hpp>
#include <string>
#include <system_error>
#include <utility>

namespace rediscluster::testing {

class TempFolder {
 public:
  explicit TempFolder(const std::string& prefix) {
    std::error_code error;
    std::filesystem::path base = std::filesystem::temp_directory_path(error);
    if (error) base = "/tmp";
    std::string name = (base / (prefix + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) throw ServerError("cannot make a folder under " + base.string());
    path_ = name;
  }

  ~TempFolder() {
    std::error_code ignored;  // a folder left behind is no reason to end a test run
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempFolder& operator=(TempFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }

  const std::filesystem::path& path() const { return path_; }

  /// Leaves the folder where it is.
  void keep() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

}  // namespace rediscluster::testing
