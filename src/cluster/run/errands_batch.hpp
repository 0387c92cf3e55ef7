/// What goes to one node in one write, as Errands puts it together; who drives it sends it, and tells how it ended.
#pragma once

#include "cluster/run/course.hpp"
#include "cluster/run/errand.hpp"

#include <memory>
#include <vector>

namespace rediscluster::cluster {

/// An errand under way.
struct Journey {
  Errand* errand;
  Course::Step step = Course::Step::at_once;
  bool is_under_way = false;          // in a batch that is open
  std::unique_ptr<Course> course{};  // made when something has gone wrong: most never need one
};

struct ErrandBatch {
  /// A command of the batch, which of the replies is its own, and where its bytes end.
  struct Entry {
    Journey* journey;
    std::uint32_t reply;
    bool is_overtaken;  // by a write of its slot, see Errands::mark_overtaken()
    std::uint64_t end;
  };

  /// @param alone  one command, which is to have a connection of its own.
  ErrandBatch(Node& to, bool alone) : node(&to), is_alone(alone) {}
  ErrandBatch(const ErrandBatch&) = delete;
  ErrandBatch& operator=(const ErrandBatch&) = delete;

  void add(Journey& journey) {
    if (journey.course != nullptr && journey.course->asking()) add_extra(Course::asking_command);
    bytes.add(journey.errand->command.bytes());
    entries.push_back({&journey, reply_count++, false, bytes.size()});
  }
  /// The same with its bytes to follow: fill_in() puts those of all entries in place.
  void announce(Journey& journey) {
    const std::size_t size = journey.errand->command.bytes().size();
    announced += size;
    if (!link::SendQueue::lends(size)) [[likely]]
      announced_copies += size;
    entries.push_back({&journey, reply_count++, false, announced});
  }
  void fill_in() {
    bytes.make_room(announced_copies);
    for (const Entry& entry : entries) {
      Errand& errand = *entry.journey->errand;
      errand.node = node;
      bytes.add(errand.command.bytes());
    }
  }
  // Something whose reply nobody looks at.
  void add_extra(std::string_view command) {
    bytes.append(command);
    ++reply_count;
  }

  Node* const node;
  const bool is_alone;
  bool reads_copies = false;
  bool has_others = false;     ///< All of it may be had from other copies, too, and none of these was tried: it has a share of the time.
  bool may_take_long = false;  ///< Some of it may: once it is sent it has all the time.
  std::vector<Entry> entries;
  link::SendQueue bytes;  ///< Long commands stay where they are: they outlive the batch.
  std::size_t announced = 0;
  std::size_t announced_copies = 0;  // of them, those of short commands
  std::uint32_t reply_count = 0;
  std::vector<wire::Frame> replies;
  base::BlockKeeper keeper;

 protected:
  ~ErrandBatch() = default;
};

/// How a batch ended.
struct BatchEnd {
  AttemptEnd whole;              ///< Of the ticket; the reply is each command's own.
  std::uint32_t received = 0;    ///< Replies that are in.
  std::uint64_t sent_bytes = 0;  ///< That the server may have.
};

/// Where a round's batches are made and kept: with who drives it.
class Outbox {
 public:
  virtual ErrandBatch& open(Node& node, bool is_alone) = 0;
  /// None of the round is sent, after all.
  virtual void clear() = 0;

 protected:
  ~Outbox() = default;
};

}  // namespace rediscluster::cluster
