/// Replies and short-cuts that the tests of the wire room share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/frame_scanner.hpp"
#include "support/reply_text.hpp"

namespace rediscluster::wire {

using test_support::bulk;

inline std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// One whole reply of every type, and of the combinations that matter.
inline const std::vector<std::string>& sample_replies() {
  static const std::vector<std::string> replies{
      "+OK\r\n",
      "+\r\n",
      "-ERR unknown command\r\n",
      ":0\r\n",
      ":-9223372036854775808\r\n",
      ":+9223372036854775807\r\n",
      "$-1\r\n",
      "$0\r\n\r\n",
      "$6\r\nab\r\ncd\r\n",
      std::string("$3\r\na\0b\r\n", 9),
      bulk(std::string(300, 'x')),
      "*-1\r\n",
      "*0\r\n",
      "*3\r\n:1\r\n$-1\r\n*2\r\n+a\r\n-ERR b\r\n",
      "_\r\n",
      "#t\r\n",
      "#f\r\n",
      ",1.5\r\n",
      ",-1e-10\r\n",
      ",inf\r\n",
      ",-inf\r\n",
      ",nan\r\n",
      "!9\r\nSYNTAX \r\n\r\n",
      "=7\r\ntxt:a\r\n\r\n",
      "(-3492890328409238509324850943850943825024385\r\n",
      "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n",
      "%0\r\n",
      "~2\r\n:1\r\n:1\r\n",
      ">3\r\n+message\r\n$1\r\nc\r\n$1\r\nm\r\n",
      ">0\r\n",
      "|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n|1\r\n+k\r\n*1\r\n+v\r\n:2\r\n",
      "|0\r\n+OK\r\n",
      "|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n|0\r\n-ERR c\r\n",
      "|1\r\n+a\r\n:1\r\n>2\r\n+invalidate\r\n_\r\n",
      "*1\r\n|1\r\n+a\r\n:1\r\n*0\r\n",
  };
  return replies;
}

inline FrameScanner::Result scan_once(std::string_view bytes, const Limits& limits = {}) {
  FrameScanner scanner(limits);
  return scanner.scan(bytes);
}

}  // namespace rediscluster::wire
