/// Bytes and text of RawReply.
#include <rediscluster/testing/raw_reply.hpp>

namespace rediscluster::testing {
namespace {

void append_header(std::string& out, char type, std::size_t length) {
  out += type;
  out += std::to_string(length);
  out += "\r\n";
}

void append_line(std::string& out, char type, std::string_view text) {
  out += type;
  out += text;
  out += "\r\n";
}

void append_bulk(std::string& out, char type, std::string_view text) {
  append_header(out, type, text.size());
  out += text;
  out += "\r\n";
}

void append_elements(std::string& out, char type, const RawReply& reply, int resp_version);

void append_reply(std::string& out, const RawReply& reply, int resp_version) {
  const bool resp3 = resp_version >= 3;
  switch (reply.type) {
    case '+':
    case '-':
    case '(':
      return append_line(out, reply.type, reply.text);
    case ':':
      return append_line(out, ':', std::to_string(reply.integer));
    case '$':
      return append_bulk(out, '$', reply.text);
    case '!':
    case '=':
      return append_bulk(out, resp3 ? reply.type : '$', reply.text);
    case ',':
      return resp3 ? append_line(out, ',', reply.text) : append_bulk(out, '$', reply.text);
    case '#':
      return resp3 ? append_line(out, '#', reply.integer ? "t" : "f")
                   : append_line(out, ':', std::to_string(reply.integer));
    case '*':
    case '%':
    case '~':
    case '>':
      return append_elements(out, resp3 ? reply.type : '*', reply, resp_version);
    default:
      out += resp3 ? "_\r\n" : "$-1\r\n";
  }
}

void append_elements(std::string& out, char type, const RawReply& reply, int resp_version) {
  append_header(out, type, type == '%' ? reply.elements.size() / 2 : reply.elements.size());
  for (const RawReply& element : reply.elements) append_reply(out, element, resp_version);
}

}  // namespace

const RawReply& RawReply::operator[](std::size_t index) const {
  static const RawReply nothing;
  return index < elements.size() ? elements[index] : nothing;
}

std::string encode_reply(const RawReply& reply, int resp_version) {
  std::string out;
  append_reply(out, reply, resp_version);
  return out;
}

std::string to_string(const RawReply& reply) {
  switch (reply.type) {
    case '_':
      return "(nil)";
    case ':':
      return "(integer) " + std::to_string(reply.integer);
    case '#':
      return reply.integer ? "(true)" : "(false)";
    case '+':
      return reply.text;
    case '-':
    case '!':
      return "(error) " + reply.text;
    case '$':
    case '=':
    case ',':
    case '(':
      return '"' + reply.text + '"';
    default:
      break;
  }
  std::string out = reply.type == '>' ? "push[" : "[";
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (i > 0) out += ", ";
    out += to_string(reply.elements[i]);
  }
  return out + "]";
}

std::string encode_command(std::span<const std::string_view> words) {
  std::string out;
  append_header(out, '*', words.size());
  for (std::string_view word : words) append_bulk(out, '$', word);
  return out;
}

std::string encode_command(std::initializer_list<std::string_view> words) {
  return encode_command(std::span(words.begin(), words.size()));
}

}  // namespace rediscluster::testing
