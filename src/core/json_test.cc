#include "core/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace clue::core {
namespace {

template <typename T>
T round_trip(const T& value) {
  const auto parsed = parse_json(dump_json(to_json(value)), "test");
  EXPECT_TRUE(parsed.ok());
  auto back = from_json<T>(*parsed);
  EXPECT_TRUE(back.ok()) << (back.ok() ? "" : back.error().message);
  return back.ok() ? *back : T{};
}

RunSpec example_spec() {
  RunSpec s;
  s.task = "meqsum";
  s.model_hash = "abc";
  s.decoding.temperature = 0.7;
  s.decoding.seed = std::numeric_limits<std::uint64_t>::max();
  s.overflow = Overflow::cut_documents;
  s.extra = {{"b", "2"}, {"a", "1"}};
  return s;
}

TEST(CoreJson, CanonicalRunSpecIsStable) {
  EXPECT_EQ(canonical(to_json(example_spec())),
            R"({"data_hash":"","decoding":{"max_reasoning_tokens":0,"max_tokens":0,"min_p":0,)"
            R"("seed":18446744073709551615,"temperature":0.7,"top_k":0,"top_p":1},"engine":"",)"
            R"("extra":{"a":"1","b":"2"},"longhealth_limit":0,"max_context":0,"model_hash":"abc",)"
            R"("overflow":"cut-documents","prompt_hash":"","prompt_seed":1,"prompt_set":"",)"
            R"("repeats":1,"shots":0,"task":"meqsum","task_version":1,"template_hash":""})");
}

TEST(CoreJson, RunKeyChangesWithEveryMember) {
  const RunSpec base = example_spec();
  EXPECT_EQ(run_key(base).size(), 64U);
  EXPECT_EQ(run_key(base), run_key(round_trip(base)));
  const auto differs = [&](auto change) {
    RunSpec other = base;
    change(other);
    return run_key(other) != run_key(base);
  };
  EXPECT_TRUE(differs([](RunSpec& s) { s.task = "mednli"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.task_version = 2; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.model_hash = "x"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.template_hash = "x"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.engine = "fast"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.prompt_set = "x"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.prompt_hash = "x"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.data_hash = "x"; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.shots = 1; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.decoding.temperature = 0.70000000000000007; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.decoding.seed = 2; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.prompt_seed = 2; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.overflow = Overflow::skip; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.max_context = 1; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.longhealth_limit = 1; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.repeats = 2; }));
  EXPECT_TRUE(differs([](RunSpec& s) { s.extra["c"] = ""; }));
}

TEST(CoreJson, PromptRoundTripAndHash) {
  Prompt p;
  p.sample = "patient_01/3";
  p.repeat = 4;
  p.messages = {{Role::system, "be \"brief\"\n"}, {Role::user, "f\u00fcr\u2028\x01"}};
  p.prefill = "- ";
  p.stop = {"\n\n", ""};
  p.max_tokens = 50;
  p.cuts = {{"document 3", 100, 20}};
  p.target = "F";
  p.info = {{"position", "0.5"}};
  const Prompt q = round_trip(p);
  EXPECT_EQ(canonical(to_json(q)), canonical(to_json(p)));
  EXPECT_EQ(prompt_hash(q), prompt_hash(p));
  const auto differs = [&](auto change) {
    Prompt other = p;
    change(other);
    return prompt_hash(other) != prompt_hash(p);
  };
  EXPECT_TRUE(differs([](Prompt& o) { o.messages[1].content += " "; }));
  EXPECT_TRUE(differs([](Prompt& o) { o.messages[0].role = Role::user; }));
  EXPECT_TRUE(differs([](Prompt& o) { o.prefill = ""; }));
  EXPECT_TRUE(differs([](Prompt& o) { o.stop.pop_back(); }));
  EXPECT_TRUE(differs([](Prompt& o) { o.max_tokens = 51; }));
  EXPECT_FALSE(differs([](Prompt& o) { o.target = "A"; })) << "the model never sees it";
  // Moving text over a boundary is a different prompt.
  Prompt a, b;
  a.messages = {{Role::user, "ab"}, {Role::user, "c"}};
  b.messages = {{Role::user, "a"}, {Role::user, "bc"}};
  EXPECT_NE(prompt_hash(a), prompt_hash(b));
}

TEST(CoreJson, OtherStructsRoundTrip) {
  Generation g;
  g.text = "A";
  g.stop = StopReason::length;
  g.seconds = 0.1;
  g.overflow = true;
  g.extra = {{"k", "v"}};
  EXPECT_EQ(to_json(round_trip(g)), to_json(g));
  Answer a;
  a.status = AnswerStatus::cut_reasoning;
  a.codes = {"I10", "E119"};
  a.end = 7;
  EXPECT_EQ(to_json(round_trip(a)), to_json(a));
  Score s{"em_f1", 0.25, Tally{1, 2, 3}, ""};
  EXPECT_EQ(to_json(round_trip(s)), to_json(s));
  Score missing{"bertscore_f1", std::nullopt, std::nullopt, "no encoder"};
  const Score back = round_trip(missing);
  EXPECT_FALSE(back.value.has_value());
  EXPECT_FALSE(back.tally.has_value());
  Summary m;
  m.metric = "x";
  m.mean = 0.5;
  m.n = 3;
  EXPECT_EQ(to_json(round_trip(m)), to_json(m));
  ModelInfo i;
  i.details = {{"quantisation", "Q4_K_M"}};
  EXPECT_EQ(to_json(round_trip(i)), to_json(i));
  Sample sample{"17", "patient_1", {{"CHQ", "text"}}, {"target"}};
  EXPECT_EQ(to_json(round_trip(sample)), to_json(sample));
}

TEST(CoreJson, NotANumberIsNull) {
  Score s{"m", std::numeric_limits<double>::quiet_NaN(), std::nullopt, ""};
  EXPECT_TRUE(to_json(s)["value"].is_null());
}

TEST(CoreJson, WrongMembersAreNamedWithoutTheirText) {
  const auto r = from_json<Prompt>(nlohmann::json{{"messages", "Mrs. Secret"}});
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().code, ErrorCode::data);
  EXPECT_EQ(r.error().message, "prompt \"messages\": expected a list, found string");
  EXPECT_FALSE(from_json<Generation>(nlohmann::json{{"stop", "unheard"}}).ok());
  EXPECT_FALSE(from_json<RunSpec>(nlohmann::json{{"shots", 5000000000}}).ok());
  EXPECT_FALSE(from_json<RunSpec>(nlohmann::json{{"shots", 1.5}}).ok());
  EXPECT_FALSE(from_json<Prompt>(nlohmann::json::array()).ok());
  EXPECT_TRUE(from_json<Prompt>(nlohmann::json{{"future", 1}}).ok()) << "unknown: ignored";
}

}  // namespace
}  // namespace clue::core
