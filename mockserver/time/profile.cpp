#include "mockserver/time/profile.hpp"

#include <algorithm>
#include <utility>

namespace hopcost::mockserver {

namespace {

double between(double first, double last, double part) {
  return first + (last - first) * part;
}

}  // namespace

Profile::Profile(std::vector<Phase> phases, std::optional<Nanos> repeat) : repeat_(repeat) {
  ProfileState before;
  spans_.reserve(phases.size());
  for (const auto& phase : phases) {
    Span span{phase, before, before, before};
    switch (phase.kind) {
      case Phase::Kind::step:
        span.first.factor = span.last.factor = span.after.factor = phase.factor;
        break;
      case Phase::Kind::ramp:
        span.last.factor = span.after.factor = phase.factor;
        break;
      case Phase::Kind::spike:
        span.first.factor = span.last.factor = phase.factor;
        break;
      case Phase::Kind::degrade:
        span.last.factor = span.after.factor = phase.factor;
        span.last.errors = span.after.errors = phase.errors;
        break;
      case Phase::Kind::crash:
        span.first.down = span.last.down = true;
        span.after.down = phase.length == 0;
        break;
      case Phase::Kind::recover:
        span.first.down = false;
        span.last = span.after = ProfileState{};
        break;
    }
    before = span.after;
    spans_.push_back(span);
  }
}

ProfileState Profile::at(Nanos since_start) const {
  const Nanos t = std::max<Nanos>(since_start, 0);
  return in_period(repeat_ ? t % *repeat_ : t);
}

ProfileState Profile::in_period(Nanos t) const {
  const auto after =
      std::upper_bound(spans_.begin(), spans_.end(), t,
                       [](Nanos moment, const Span& span) { return moment < span.phase.at; });
  if (after == spans_.begin()) return {};
  const Span& span = *(after - 1);
  const Nanos elapsed = t - span.phase.at;
  if (elapsed >= span.phase.length) return span.after;
  const double part = static_cast<double>(elapsed) / static_cast<double>(span.phase.length);
  return {between(span.first.factor, span.last.factor, part),
          between(span.first.errors, span.last.errors, part), span.first.down};
}

std::optional<Nanos> Profile::change_in_period(Nanos t) const {
  const bool down = in_period(t).down;
  for (const auto& span : spans_) {
    // Down changes nowhere else; where two phases touch, it may change twice and thus not at all.
    for (const Nanos moment : {span.phase.at, span.phase.at + span.phase.length}) {
      if (moment > t && in_period(moment).down != down) return moment;
    }
  }
  return std::nullopt;
}

std::optional<Nanos> Profile::next_change_of_down(Nanos since_start) const {
  if (spans_.empty()) return std::nullopt;
  const Nanos t = std::max<Nanos>(since_start, 0);
  if (!repeat_) return change_in_period(t);
  const Nanos begin = t - t % *repeat_;
  const auto in_this = change_in_period(t - begin);
  if (in_this && *in_this < *repeat_) return begin + *in_this;
  if (in_period(*repeat_ - 1).down != in_period(0).down) return begin + *repeat_;
  const auto in_next = change_in_period(0);
  if (in_next && *in_next < *repeat_) return begin + *repeat_ + *in_next;
  return std::nullopt;
}

std::vector<Phase> Profile::phases() const {
  std::vector<Phase> list;
  list.reserve(spans_.size());
  for (const auto& span : spans_) list.push_back(span.phase);
  return list;
}

}  // namespace hopcost::mockserver
