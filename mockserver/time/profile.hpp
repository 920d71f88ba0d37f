#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/yaml.hpp"

namespace hopcost::mockserver {

/// How the mock behaves at one moment.
struct ProfileState {
  double factor = 1;  ///< multiplies every delay
  double errors = 0;  ///< share of requests that fail (0 to 1)
  bool down = false;  ///< connections are reset and new ones refused

  friend bool operator==(const ProfileState&, const ProfileState&) = default;
};

/// One thing that happens.
struct Phase {
  enum class Kind : std::uint8_t {
    step,     ///< delays x factor from here on
    ramp,     ///< delays move to x factor, linearly over `length`
    spike,    ///< delays x factor for `length`, then as before
    degrade,  ///< delays and errors move to `factor` and `errors`, linearly over `length`
    crash,    ///< down, until a recover or, where it is given, for `length`
    recover,  ///< up again; delays and errors move back to x 1 and none, linearly over `length`
  };
  Nanos at = 0;  ///< since the start, or since the period began
  Kind kind = Kind::step;
  double factor = 1;
  double errors = 0;
  Nanos length = 0;  ///< in YAML: for

  friend bool operator==(const Phase&, const Phase&) = default;
};

inline constexpr std::size_t kMaxPhases = 1000;
inline constexpr double kMaxProfileFactor = 1000;
/// Latest moment a profile can name.
inline constexpr Nanos kLongestProfile = 30LL * 24 * 3600 * kSecond;

/// How a mock changes over time. A value; `at` is a pure function and may be asked by any thread.
class Profile {
 public:
  Profile() = default;  ///< nothing ever happens
  /// `phases` as the decoder takes them: each begins after the one before it began, and not before
  /// that ended; `repeat`, where given, is after the beginning of the last and not before its end.
  explicit Profile(std::vector<Phase> phases, std::optional<Nanos> repeat = std::nullopt);

  [[nodiscard]] bool empty() const { return spans_.empty(); }
  /// Before the start it is as at the start.
  [[nodiscard]] ProfileState at(Nanos since_start) const;
  /// The first moment after `since_start` at which `down` changes; nothing where it never does.
  [[nodiscard]] std::optional<Nanos> next_change_of_down(Nanos since_start) const;

  [[nodiscard]] std::vector<Phase> phases() const;
  [[nodiscard]] std::optional<Nanos> repeat() const { return repeat_; }
  friend bool operator==(const Profile&, const Profile&) = default;

 private:
  struct Span {
    Phase phase;
    ProfileState first;  ///< at its beginning
    ProfileState last;   ///< at its end, before `after` sets in
    ProfileState after;
    friend bool operator==(const Span&, const Span&) = default;
  };
  [[nodiscard]] ProfileState in_period(Nanos t) const;
  /// The first change of down in (t, period], counted from the period's beginning.
  [[nodiscard]] std::optional<Nanos> change_in_period(Nanos t) const;

  std::vector<Span> spans_;
  std::optional<Nanos> repeat_;
};

/// {repeat: 60s, phases: [{at: 10s, kind: ramp, factor: 3, for: 20s}, {at: 40s, kind: crash},
///  {at: 45s, kind: recover, for: 5s}]}
/// factor: 0 to 1000; errors (degrade only): 0 to 1. Throws ErrorException with "file:line: field".
[[nodiscard]] Profile decode_profile(const YamlNode& node);
[[nodiscard]] nlohmann::json to_json(const Profile& profile);

}  // namespace hopcost::mockserver
