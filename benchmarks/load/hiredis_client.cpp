/// `hiredis`: a context a primary and a thread, the slot looked up as in `raw`; requests are formatted and replies
/// built by hiredis for each call.
#include <hiredis/hiredis.h>

#include <stdexcept>
#include <vector>

#include "load/client.hpp"
#include "load/raw_topology.hpp"

namespace load {
namespace {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, FreeReply>;

class HiredisSession : public Session {
 public:
  HiredisSession(const Topology& topology, const KeySpace& keys)
      : topology_(topology), keys_(keys), contexts_(topology.primaries.size()) {}

  bool get(std::size_t key) override {
    const std::string_view name = keys_.key(key);
    const char* words[] = {"GET", name.data()};
    const std::size_t lengths[] = {3, name.size()};
    const ReplyPointer reply = call(key, 2, words, lengths);
    return reply != nullptr && reply->type == REDIS_REPLY_STRING;
  }
  bool set(std::size_t key) override {
    const std::string_view name = keys_.key(key);
    const char* words[] = {"SET", name.data(), keys_.value().data()};
    const std::size_t lengths[] = {3, name.size(), keys_.value().size()};
    const ReplyPointer reply = call(key, 3, words, lengths);
    return reply != nullptr && reply->type == REDIS_REPLY_STATUS;
  }

  std::size_t get_batch(Batch keys) override {
    for (const std::size_t key : keys) {
      const std::string_view name = keys_.key(key);
      const char* words[] = {"GET", name.data()};
      const std::size_t lengths[] = {3, name.size()};
      redisAppendCommandArgv(context_of(key), 2, words, lengths);
    }
    return collect(keys, REDIS_REPLY_STRING);
  }
  std::size_t set_batch(Batch keys) override {
    for (const std::size_t key : keys) {
      const std::string_view name = keys_.key(key);
      const char* words[] = {"SET", name.data(), keys_.value().data()};
      const std::size_t lengths[] = {3, name.size(), keys_.value().size()};
      redisAppendCommandArgv(context_of(key), 3, words, lengths);
    }
    return collect(keys, REDIS_REPLY_STATUS);
  }

 private:
  ReplyPointer call(std::size_t key, int count, const char** words, const std::size_t* lengths) {
    return ReplyPointer(static_cast<redisReply*>(redisCommandArgv(context_of(key), count, words, lengths)));
  }

  /// The replies of what was appended. The first read of a context sends its commands: node after node, as hiredis does.
  std::size_t collect(Batch keys, int good) {
    std::size_t bad = 0;
    for (const std::size_t key : keys) {
      void* reply = nullptr;
      if (redisGetReply(context_of(key), &reply) != REDIS_OK) throw std::runtime_error("hiredis: connection lost");
      bad += ReplyPointer(static_cast<redisReply*>(reply))->type != good;
    }
    return bad;
  }

  redisContext* context_of(std::size_t key) {
    const std::size_t node = topology_.owner_of(keys_, key);
    Context& context = contexts_[node];
    if (context == nullptr) {
      context.reset(redisConnect(topology_.primaries[node].host.c_str(), topology_.primaries[node].port));
      if (context == nullptr || context->err != 0) throw std::runtime_error("hiredis: no connection");
    }
    return context.get();
  }

  const Topology& topology_;
  const KeySpace& keys_;
  std::vector<Context> contexts_;
};

class HiredisClient : public Client {
 public:
  HiredisClient(const Options& options, const KeySpace& keys) : keys_(keys) {
    RawSocket seed(options.host, options.port);
    topology_ = ask_topology(seed, options.host);
  }
  std::unique_ptr<Session> open_session() override { return std::make_unique<HiredisSession>(topology_, keys_); }

 private:
  const KeySpace& keys_;
  Topology topology_;
};

}  // namespace

std::unique_ptr<Client> make_hiredis(const Options& options, const KeySpace& keys) {
  return std::make_unique<HiredisClient>(options, keys);
}

}  // namespace load
