#include "loadgen/demand.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hopcost::loadgen {
namespace {

constexpr std::uint32_t kIdModulus = 100'000'000;
constexpr std::uint32_t kThreadsApart = 1024;

}  // namespace

Demand::Demand(const Options& options, const Workload& workload,
               std::shared_ptr<const std::vector<DatasetEntry>> entries, int index)
    : options_(options),
      workload_(workload),
      entries_(std::move(entries)),
      index_(index),
      random_(Random::mix(options.seed) + static_cast<std::uint64_t>(index)),
      left_(std::numeric_limits<std::uint64_t>::max()),
      next_id_(static_cast<std::uint32_t>(index) % kThreadsApart * (kIdModulus / kThreadsApart)) {
  if (options.max_requests > 0) {
    const auto threads = static_cast<std::uint64_t>(options.all_threads());
    const auto share = static_cast<std::uint64_t>(index);
    left_ = (options.max_requests + threads - 1 - share) / threads;
  }
}

void Demand::begin(const Window& window) {
  window_ = window;
  if (options_.replay) {
    next_entry_ = static_cast<std::size_t>(index_);
    return;
  }
  if (options_.open_loop()) {
    schedule_.emplace(window.start, options_.rate_profile(), options_.arrival, options_.seed,
                      index_, options_.all_threads());
    return;
  }
  for (int user = index_; user < options_.concurrency; user += options_.all_threads()) {
    const double after_s = options_.spawn_per_s == 0 ? 0 : user / options_.spawn_per_s;
    const auto after = static_cast<Nanos>(after_s * static_cast<double>(kSecond));
    users_.emplace(options_.spawn_per_s == 0 ? 0 : window.start + after, user);
  }
  if (options_.turns != TokenLength(1)) {
    talks_.resize(static_cast<std::size_t>(options_.concurrency));
  }
}

Nanos Demand::scheduled() const {
  if (left_ == 0) return kNever;
  if (schedule_) return schedule_->due();
  if (!users_.empty()) return users_.top().first;
  if (!options_.replay || next_entry_ >= entries_->size()) return kNever;
  const auto& entry = (*entries_)[next_entry_];
  return window_.from + static_cast<Nanos>(static_cast<double>(*entry.at) / options_.replay_speed);
}

Nanos Demand::due() const {
  const Nanos next = scheduled();
  return again_.empty() ? next : std::min(next, again_.top().at);
}

Order Demand::fresh(Nanos intended, int user) {
  --left_;
  Order order;
  order.number = static_cast<std::uint64_t>(index_) +
                 taken_ * static_cast<std::uint64_t>(options_.all_threads());
  ++taken_;
  order.id = next_id_;
  next_id_ = (next_id_ + 1) % kIdModulus;
  order.user = user;
  order.intended = intended;
  order.asked = workload_.ask(order.number);
  return order;
}

Order Demand::take() {
  const Nanos next = scheduled();
  if (!again_.empty() && again_.top().at <= next) {
    Order order = again_.top().order;
    again_.pop();
    return order;
  }
  if (schedule_) return fresh(schedule_->take(), 0);
  if (options_.replay) {
    next_entry_ += static_cast<std::size_t>(options_.all_threads());
    return fresh(next, 0);
  }
  const auto [at, user] = users_.top();
  users_.pop();
  Order order = fresh(at, user);
  if (talks_.empty()) return order;
  auto& talk = talks_[static_cast<std::size_t>(user)];
  if (talk.turns_left == 0) {
    talk = {static_cast<int>(options_.turns.draw(random_)), order.asked, {}};
  }
  // One conversation stays with one model, class and beginning.
  order.asked.model = talk.first.model;
  order.asked.kind = talk.first.kind;
  order.asked.group = talk.first.group;
  order.earlier = talk.earlier;
  return order;
}

void Demand::finished(const Order& order, Nanos now, const std::string* reply, Nanos last_send,
                      Nanos not_before) {
  if (schedule_ || options_.replay) return;
  if (!talks_.empty()) {
    auto& talk = talks_[static_cast<std::size_t>(order.user)];
    --talk.turns_left;
    if (reply == nullptr) {
      talk = {};
    } else if (talk.turns_left > 0) {
      const nlohmann::json text(*reply);
      talk.earlier += workload_.question_message(order.asked, order.id, last_send);
      talk.earlier +=
          fmt::format(R"({{"role":"assistant","content":{}}},)",
                      text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }
  const bool thinks = !options_.think_time.is_none();
  const Nanos thought = thinks ? now + options_.think_time.draw(random_) : 0;
  users_.emplace(std::max(thought, not_before), order.user);
}

void Demand::put_back(Order order, Nanos at) {
  again_.push({at, std::move(order)});
}

void Demand::leave_again(const std::function<void(const Order&)>& each) {
  for (; !again_.empty(); again_.pop()) each(again_.top().order);
}

void Demand::leave_rest(Nanos to, const std::function<void(Nanos)>& each) {
  if (!schedule_ && !options_.replay) return;
  while (left_ > 0) {
    const Nanos due = scheduled();
    if (due >= to) return;
    each(due);
    if (schedule_) schedule_->take();
    if (options_.replay) next_entry_ += static_cast<std::size_t>(options_.all_threads());
    --left_;
  }
}

}  // namespace hopcost::loadgen
