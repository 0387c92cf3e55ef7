/// Error replies of servers as `Error` values: the code for the word they begin with, and their text made safe.
/// Pure. Decides nothing: what to do about an error is routing's question.
#pragma once

#include <rediscluster/errors.hpp>
#include <string_view>

namespace rediscluster::wire {

/// The code of an error reply; Errc::response_error for words without a code of their own.
/// @param error_line  the text, with or without the leading '-' and the CR LF.
Errc classify_error(std::string_view error_line);

/// The Error of an error reply. The message is the server's text: printable, at most 512 characters, arguments of
/// AUTH and of commands unknown to the server masked (commands/secret_words.hpp knows the others). Execution is always
/// not_executed, because a server that answers with an error has refused the command.
/// @param error_line  as for classify_error.
/// @param node        who answered; empty when the caller fills it in later.
Error error_from_reply(std::string_view error_line, const NodeAddress& node = {});

/// Text of an error frame ("-..." or "!..."), attributes passed over; empty when the frame is no error.
std::string_view error_text(std::string_view frame);

/// Whether the server says that somebody ended the wait of this command (CLIENT UNBLOCK ... ERROR); a demotion has other words.
/// Servers before 7.2 say it also of a command that CLIENT PAUSE holds up, and run that one all the same when the pause is over:
/// what follows on the connection is then the reply to it.
bool was_unblocked_by_somebody(std::string_view error_line);
/// Whether the refusal of an AUTH for the default user says that the server has no password for it: nothing was checked, and
/// whoever connects is that user.
bool says_no_password_is_set(std::string_view text);

/// Whether a server says this in place of any answer: it refuses the connection, whatever is said on it, and ends it.
bool refuses_the_connection(std::string_view text);

/// `error_line` without a leading '-' and a trailing CR LF.
std::string_view trim_error_line(std::string_view error_line);

}  // namespace rediscluster::wire
