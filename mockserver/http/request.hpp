#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_parser.hpp"
#include "mockserver/http/route.hpp"

namespace hopcost::mockserver {

/// One HTTP request as the parser delivers it; one object is reused for all requests of a
/// connection, so that its strings keep their memory. Belongs to the connection's thread.
class Request {
 public:
  /// Ready for the next message. `keep_fields`: header() is wanted for every field, not only for
  /// those that no scenario can switch off.
  void clear(bool keep_fields);

  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] bool method_allowed() const { return method_allowed_; }
  [[nodiscard]] std::string_view allow() const { return allow_; }
  [[nodiscard]] http::verb verb() const { return verb_; }
  /// The model's id (decoded) where the endpoint is `model`; "GET /what" where it is unknown.
  [[nodiscard]] const std::string& detail() const { return detail_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] const std::string& body() const { return body_; }

  [[nodiscard]] bool has_host() const { return host_; }
  /// The value of a header field, by name in any case; nothing where it was not sent or not kept.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Calls `each(name, value)` for every field kept, in the order they came.
  template <class Each>
  void for_each_header(Each each) const {
    for (const auto& field : fields_) {
      each(std::string_view(field_text_).substr(field.name, field.name_size),
           std::string_view(field_text_).substr(field.value, field.value_size));
    }
  }
  /// Whether a header field asks for a fault in this reply.
  [[nodiscard]] bool asks_for_faults() const { return asks_for_faults_; }
  [[nodiscard]] const std::string& target() const { return target_; }

  [[nodiscard]] bool head_complete() const { return head_complete_; }
  /// The client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  void continue_sent() { expects_continue_ = false; }
  [[nodiscard]] bool expects_the_unknown() const { return expects_unknown_; }
  /// A transfer coding other than plain "chunked" was named.
  [[nodiscard]] bool has_foreign_coding() const { return foreign_coding_; }
  [[nodiscard]] bool has_transfer_coding() const { return transfer_coding_; }

  // What HttpParser calls.
  void on_request(http::verb verb, std::string_view method, std::string_view target);
  void on_field(http::field field, std::string_view name, std::string_view value);
  void on_header() { head_complete_ = true; }
  void on_body(std::string_view bytes) { body_.append(bytes); }

 private:
  struct Field {
    std::size_t name, name_size, value, value_size;  ///< in field_text_
  };

  Endpoint endpoint_ = Endpoint::unknown;
  http::verb verb_ = http::verb::unknown;
  std::string_view allow_;  ///< of static text
  std::string detail_;
  std::string target_;  ///< only where fields are kept
  std::string body_;
  std::string field_text_;
  std::vector<Field> fields_;
  bool keep_fields_ = false;
  bool host_ = false;
  bool asks_for_faults_ = false;
  bool method_allowed_ = false;
  bool head_complete_ = false;
  bool expects_continue_ = false;
  bool expects_unknown_ = false;
  bool transfer_coding_ = false;
  bool foreign_coding_ = false;
};

}  // namespace hopcost::mockserver
