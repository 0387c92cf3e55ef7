/// What it means that a server refused to subscribe or unsubscribe, for the book and for the user. Pure.
#pragma once

#include "pubsub/book.hpp"

namespace rediscluster::cluster {

/// @param error  the server's text; empty: the command was not refused.
pubsub::Book::Verdict verdict_on(const std::optional<std::string>& error);

/// The error for those who wait for the subscription. Says so when the server is too old for it.
Error subscribe_error(const std::string& text, const pubsub::Order& order, const NodeAddress& node);

}  // namespace rediscluster::cluster
