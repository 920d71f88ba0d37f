#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <nlohmann/json_fwd.hpp>

#include "common/yaml.hpp"

namespace hopcost::mockserver {

struct PrefixCacheSettings {
  std::uint32_t blocks = 0;  ///< capacity; 0: no cache
  std::uint32_t block_tokens = 16;

  friend bool operator==(const PrefixCacheSettings&, const PrefixCacheSettings&) = default;
};

inline constexpr std::uint32_t kMaxCacheBlocks = 1'000'000;  ///< about 60 MB
inline constexpr std::uint32_t kMaxBlockTokens = 4096;

/// {blocks: 4096, block_tokens: 16}; throws ErrorException.
[[nodiscard]] PrefixCacheSettings decode_prefix_cache(const YamlNode& node);
[[nodiscard]] nlohmann::json to_json(const PrefixCacheSettings& settings);

/// What one prompt found.
struct CacheUse {
  std::uint64_t prompt_tokens = 0;  ///< by the project's token rule (common/tokens.hpp)
  std::uint64_t cached_tokens = 0;  ///< whole blocks; always fewer than prompt_tokens
};

/// Remembers which beginnings of prompts were seen, as inference engines do: the prompt is split
/// into blocks of tokens, each known by a hash of itself and all before it; the least recently used
/// block makes room, the last of a prompt before its first. Memory is bounded by `blocks`, and
/// taken as blocks come. One model's; not thread-safe: whoever shares it locks it.
class PrefixCache {
 public:
  explicit PrefixCache(const PrefixCacheSettings& settings) : settings_(settings) {}

  /// The longest known beginning, then remembers the whole prompt. The block that holds the last
  /// token is never taken from the cache: that token is always computed. Prompts of different
  /// `salt` (models, tenants) share nothing.
  CacheUse lookup_and_insert(std::string_view prompt, std::uint64_t salt = 0);

  void clear();  ///< forgets the blocks, keeps the counts
  [[nodiscard]] std::size_t blocks() const { return index_.size(); }

  // In tokens, over all lookups.
  [[nodiscard]] std::uint64_t query_tokens() const { return query_tokens_; }
  [[nodiscard]] std::uint64_t hit_tokens() const { return hit_tokens_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Block {
    std::uint64_t hash = 0;
    std::uint32_t newer = kNone;
    std::uint32_t older = kNone;
  };

  /// Fills chain_; returns the number of tokens.
  std::uint64_t hash_blocks(std::string_view prompt, std::uint64_t salt);
  void touch(std::uint64_t hash);
  void unlink(std::uint32_t block);
  void link_newest(std::uint32_t block);

  PrefixCacheSettings settings_;
  std::vector<Block> blocks_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> index_;
  std::vector<std::uint64_t> chain_;  ///< of the prompt at hand; kept for its memory
  std::uint32_t newest_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint64_t query_tokens_ = 0;
  std::uint64_t hit_tokens_ = 0;
};

}  // namespace hopcost::mockserver
