#include "mockserver/time/prefix_cache.hpp"

#include <algorithm>
#include <cstring>

#include <nlohmann/json.hpp>

#include "common/random.hpp"

namespace hopcost::mockserver {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Eight bytes at a time. Good enough to tell prompts apart; nothing secret hangs on it.
std::uint64_t hash_bytes(std::uint64_t seed, std::string_view bytes) {
  std::uint64_t hash = Random::mix(seed ^ (bytes.size() * 0x9e3779b97f4a7c15U));
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t length = std::min(bytes.size(), sizeof(word));
    std::memcpy(&word, bytes.data(), length);
    hash = Random::mix(hash ^ word) + 0x9e3779b97f4a7c15U;
    bytes.remove_prefix(length);
  }
  return hash;
}

}  // namespace

PrefixCacheSettings decode_prefix_cache(const YamlNode& node) {
  PrefixCacheSettings settings;
  auto fields = node.fields();
  if (const auto blocks = fields.take("blocks")) {
    settings.blocks = static_cast<std::uint32_t>(blocks->as_int(0, kMaxCacheBlocks));
  }
  if (const auto tokens = fields.take("block_tokens")) {
    settings.block_tokens = static_cast<std::uint32_t>(tokens->as_int(1, kMaxBlockTokens));
  }
  fields.finish();
  return settings;
}

nlohmann::json to_json(const PrefixCacheSettings& settings) {
  return {{"blocks", settings.blocks}, {"block_tokens", settings.block_tokens}};
}

std::uint64_t PrefixCache::hash_blocks(std::string_view prompt, std::uint64_t salt) {
  chain_.clear();
  std::uint64_t tokens = 0;
  std::uint64_t hash = Random::mix(salt + 1);
  std::size_t block_begin = 0;
  std::size_t at = 0;
  for (;;) {
    while (at < prompt.size() && is_space(prompt[at])) ++at;
    if (at == prompt.size()) return tokens;
    if (tokens % settings_.block_tokens == 0) block_begin = at;
    while (at < prompt.size() && !is_space(prompt[at])) ++at;
    ++tokens;
    // Blocks beyond the capacity would only push out the ones before them.
    if (tokens % settings_.block_tokens == 0 && chain_.size() < settings_.blocks) {
      hash = hash_bytes(hash, prompt.substr(block_begin, at - block_begin));
      chain_.push_back(hash);
    }
  }
}

CacheUse PrefixCache::lookup_and_insert(std::string_view prompt, std::uint64_t salt) {
  CacheUse use;
  use.prompt_tokens = hash_blocks(prompt, salt);
  const std::size_t usable =
      use.prompt_tokens == 0
          ? 0
          : std::min<std::size_t>(chain_.size(), (use.prompt_tokens - 1) / settings_.block_tokens);
  std::size_t found = 0;
  while (found < usable && index_.contains(chain_[found])) ++found;
  use.cached_tokens = static_cast<std::uint64_t>(found) * settings_.block_tokens;
  // From the end to the beginning: what many prompts share is then used last and stays longest.
  for (std::size_t i = chain_.size(); i-- > 0;) touch(chain_[i]);
  query_tokens_ += use.prompt_tokens;
  hit_tokens_ += use.cached_tokens;
  return use;
}

void PrefixCache::touch(std::uint64_t hash) {
  const auto known = index_.find(hash);
  if (known != index_.end()) {
    const std::uint32_t block = known->second;
    if (block == newest_) return;
    unlink(block);
    link_newest(block);
    return;
  }
  std::uint32_t block = 0;
  if (blocks_.size() < settings_.blocks) {
    block = static_cast<std::uint32_t>(blocks_.size());
    blocks_.emplace_back();
  } else {
    block = oldest_;
    index_.erase(blocks_[block].hash);
    unlink(block);
  }
  blocks_[block].hash = hash;
  index_.emplace(hash, block);
  link_newest(block);
}

void PrefixCache::unlink(std::uint32_t block) {
  const auto [hash, newer, older] = blocks_[block];
  (newer == kNone ? newest_ : blocks_[newer].older) = older;
  (older == kNone ? oldest_ : blocks_[older].newer) = newer;
}

void PrefixCache::link_newest(std::uint32_t block) {
  blocks_[block].newer = kNone;
  blocks_[block].older = newest_;
  (newest_ == kNone ? oldest_ : blocks_[newest_].newer) = block;
  newest_ = block;
}

void PrefixCache::clear() {
  blocks_.clear();
  index_.clear();
  newest_ = kNone;
  oldest_ = kNone;
}

}  // namespace hopcost::mockserver
