#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mockserver/api/block_writer.hpp"

namespace hopcost::mockserver {

/// How the events about one part of an item are named.
struct PartForm {
  std::string_view added;
  std::string_view delta;
  std::string_view text_done;
  std::string_view done;
  std::string_view index;       ///< the member that counts the item's parts
  std::string_view part;        ///< a part's JSON up to its text
  std::string_view after_text;  ///< members that follow the text in the events of this part
};

/// The response object and its items as JSON, at the beginning and at the end of a reply. With
/// `stamp_at` the content has room for a stamp, whose place is put there.
class ResponseObject {
 public:
  /// The first three must outlive it.
  ResponseObject(const Question& question, const Answer& answer, const std::vector<Block>& blocks,
                 const ReplyFacts& facts);

  [[nodiscard]] bool is_cut() const { return answer_->choices.front().finish == Finish::length; }
  /// Of a block that is no call.
  [[nodiscard]] const PartForm& form_of(std::size_t index) const;

  void append_begun(std::string& out) const;
  void append_ended(std::string& out, std::size_t* stamp_at) const;
  void append_begun_item(std::string& out, std::size_t index) const;
  void append_ended_item(std::string& out, std::size_t index, std::size_t* stamp_at) const;
  void append_item_id(std::string& out, std::size_t index) const;
  /// The one part of an item, with its text.
  void append_part(std::string& out, std::size_t index, std::size_t* stamp_at) const;
  void append_text(std::string& out, std::size_t index, std::size_t* stamp_at) const;

 private:
  void append_item(std::string& out, std::size_t index, std::string_view status, bool whole,
                   std::size_t* stamp_at) const;
  void append_usage(std::string& out) const;

  const Question* question_;
  const Answer* answer_;
  const std::vector<Block>* blocks_;
  std::string id_;
  std::string head_;  ///< all members that do not change
  bool summary_ = false;
};

}  // namespace hopcost::mockserver
