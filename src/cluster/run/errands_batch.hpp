/// What goes to one node in one write, and the batches of a round. Included by errands.cpp alone.
#pragma once

#include "cluster/run/errands.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rediscluster::cluster {

struct Errands::Batch {
  /// A command of the batch, which of the replies is its own, and where its bytes end.
  struct Entry {
    Journey* journey;
    std::uint32_t reply;
    bool is_overtaken;  // by a write of its slot, see mark_overtaken()
    std::uint64_t end;
  };

  Batch(Node* to, LanePool::Use on) : node(to), use(std::move(on)) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

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

  Node* node;
  LanePool::Use use;
  base::Deadline deadline = base::Deadline::never();
  bool reads_copies = false;
  bool is_over = false;     // it has its replies, or its time is up
  bool has_others = false;  // all of it may be had from other copies, too, and none of these was tried
  base::TimePoint started{};
  std::vector<Entry> entries;
  link::SendQueue bytes;  // long commands stay where they are: they outlive the batch
  std::size_t announced = 0;
  std::size_t announced_copies = 0;  // of them, those of short commands
  std::uint32_t reply_count = 0;
  std::vector<wire::Frame> replies;
  base::BlockKeeper keeper;
  std::optional<drive::LaneTicket> ticket;  // behind what it looks into
};

/// The batches of a round, found by their node.
struct Errands::Batches {
  Batch& to(Node& node, base::TimePoint now) {
    Batch*& guess = guesses[(reinterpret_cast<std::uintptr_t>(&node) >> guess_shift) % guesses.size()];
    if (guess == nullptr || guess->node != &node) guess = &find(node, now);
    return *guess;
  }
  /// For one command, on a connection of its own.
  Batch& alone(Node& node, LanePool::Use on) { return *all.emplace_back(std::make_unique<Batch>(&node, std::move(on))); }
  void clear() {
    guesses.fill(nullptr);
    shared.clear();
    all.clear();
  }

  std::vector<std::unique_ptr<Batch>> all;
  int alone_so_far = 0;

 private:
  Batch& find(Node& node, base::TimePoint now) {
    const auto same = std::find_if(shared.begin(), shared.end(), [&](const Batch* each) { return each->node == &node; });
    if (same != shared.end()) return **same;
    shared.push_back(&alone(node, node.lanes().shared(now)));
    return *shared.back();
  }
  std::vector<Batch*> shared;
  static constexpr int guess_shift = 10;  // nodes are some kilobytes long
  std::array<Batch*, 64> guesses{};       // of large clusters several nodes share a place
};

}  // namespace rediscluster::cluster
