#include "mockserver/time/prefix_cache.hpp"

#include <string>

#include "common/tokens.hpp"
#include "tests/mockserver/time/decoding.hpp"

using namespace hopcost;
using namespace hopcost::mockserver;
using namespace hopcost::mockserver::test;

namespace {

/// Tokens [first, first + count) of a text in which no two tokens are the same.
std::string words(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += " w" + std::to_string(i);
  return text;
}

std::uint64_t cached(PrefixCache& cache, const std::string& prompt, std::uint64_t salt = 0) {
  const auto use = cache.lookup_and_insert(prompt, salt);
  CHECK(use.prompt_tokens == count_tokens(prompt));
  return use.cached_tokens;
}

}  // namespace

TEST_CASE("a prompt seen before is cached in whole blocks, but never its last token") {
  PrefixCache cache({100, 16});
  CHECK(cached(cache, words(0, 40)) == 0);
  CHECK(cached(cache, words(0, 40)) == 32);
  CHECK(cached(cache, words(0, 33)) == 32);
  CHECK(cached(cache, words(0, 32)) == 16);
  CHECK(cached(cache, words(0, 16)) == 0);
  CHECK(cached(cache, words(0, 15)) == 0);
  CHECK(cached(cache, "") == 0);
  CHECK(cached(cache, " \n ") == 0);
}

TEST_CASE("only the beginning that two prompts share is cached") {
  PrefixCache cache({100, 4});
  CHECK(cached(cache, words(0, 12)) == 0);
  CHECK(cached(cache, words(0, 8) + words(500, 8)) == 8);
  CHECK(cached(cache, words(0, 7) + words(500, 8)) == 4);
  // The same block after another beginning is another block.
  CHECK(cached(cache, words(600, 4) + words(4, 8)) == 0);
  // A longer last word of a block is another block.
  CHECK(cached(cache, words(0, 4) + "x" + words(4, 8)) == 0);
}

TEST_CASE("prompts of different salt share nothing") {
  PrefixCache cache({100, 4});
  CHECK(cached(cache, words(0, 9), 1) == 0);
  CHECK(cached(cache, words(0, 9), 2) == 0);
  CHECK(cached(cache, words(0, 9), 1) == 8);
}

TEST_CASE("the least recently used block makes room, a prompt's end before its beginning") {
  PrefixCache cache({4, 4});
  CHECK(cached(cache, words(0, 9)) == 0);    // blocks A1 A2
  CHECK(cached(cache, words(100, 9)) == 0);  // B1 B2: full
  CHECK(cached(cache, words(0, 9)) == 8);    // A is now the latest
  CHECK(cached(cache, words(200, 5)) == 0);  // C1 takes the place of B2
  CHECK(cache.blocks() == 4);
  CHECK(cached(cache, words(100, 5)) == 4);  // B1 is still there
  CHECK(cached(cache, words(0, 9)) == 8);
}

TEST_CASE("a prompt longer than the cache keeps its beginning, in bounded memory") {
  PrefixCache cache({8, 4});
  CHECK(cached(cache, words(0, 4000)) == 0);
  CHECK(cache.blocks() == 8);
  CHECK(cached(cache, words(0, 4000)) == 32);
  for (int i = 0; i < 200; ++i) (void)cache.lookup_and_insert(words(i * 50, 40));
  CHECK(cache.blocks() == 8);
}

TEST_CASE("a cache of no blocks finds nothing, one of single tokens all but the last") {
  PrefixCache none({0, 16});
  CHECK(cached(none, words(0, 40)) == 0);
  CHECK(cached(none, words(0, 40)) == 0);
  PrefixCache single({100, 1});
  CHECK(cached(single, words(0, 40)) == 0);
  CHECK(cached(single, words(0, 40)) == 39);
}

TEST_CASE("the counts are in tokens and survive a clear, the blocks do not") {
  PrefixCache cache({100, 16});
  (void)cache.lookup_and_insert(words(0, 40));
  (void)cache.lookup_and_insert(words(0, 40));
  CHECK(cache.query_tokens() == 80);
  CHECK(cache.hit_tokens() == 32);
  cache.clear();
  CHECK(cache.blocks() == 0);
  CHECK(cached(cache, words(0, 40)) == 0);
  CHECK(cached(cache, words(0, 40)) == 32);
  CHECK(cache.query_tokens() == 160);
  CHECK(cache.hit_tokens() == 64);
}

TEST_CASE("prefix cache settings are strict, and their JSON is decoded to the same") {
  const auto read = [](const YamlNode& root) { return decode_prefix_cache(root); };
  const auto settings = decoded("{blocks: 4096, block_tokens: 8}", read);
  CHECK(settings == PrefixCacheSettings{4096, 8});
  CHECK(decoded("{}", read) == PrefixCacheSettings{0, 16});
  CHECK(decoded(to_json(settings).dump(), read) == settings);
  CHECK(complaint("blocks: 1\nblock_tokens: 0\n", read) ==
        "s.yaml:2: block_tokens: must be from 1 to 4096, not 0");
  CHECK(complaint("blocks: 1000001\n", read) ==
        "s.yaml:1: blocks: must be from 0 to 1000000, not 1000001");
  CHECK(complaint("size: 1\n", read) == "s.yaml:1: size: unknown key");
}
