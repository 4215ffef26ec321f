// Ranking labels and letters by what a server tells of one token: it is asked for the first token
// of the answer with the likeliest alternatives, and an option has the probability of the tokens
// that begin it. What is not among them is missing, not zero. Used by openai_loop.cc. Pure.
//
//   CLUE_TRY(const core::Prompt begun, ranking_prompt(request, dialect, /*written=*/false));
//   Verdict v = read_ranking(response, asked, dialect, version);  // extra["logprobs"]: the table
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/openai_protocol.h"

namespace clue::models {

/// One of the likeliest first tokens; `text` are its bytes, which may end inside a character.
struct FirstToken {
  std::string text;
  double logprob = 0;
};

/// What labels and letters say before they differ, in whole words, without the space after it:
/// "Answer:" of "Answer: A" and "Answer: B".
[[nodiscard]] std::string shared_start(std::span<const Choice> choices);

/// The prompt to rank after: the answer begins with what all options share. Error: unsupported,
/// with the remedy, where the server does not go on with a begun answer. `written`: a template of
/// ours writes the prompt out, so that every server does.
[[nodiscard]] Result<core::Prompt> ranking_prompt(const Request& request,
                                                  const ServerDialect& dialect, bool written);

/// The tokens of the first position in a choice's "logprobs", in the shape of chats or the older
/// one of /completions; empty: there is none.
[[nodiscard]] std::vector<FirstToken> first_tokens(std::string_view logprobs);

/// JSON list of {form, answer, text, sum, first_tokens} for labels and letters; an option without
/// a value has "sum": null and "why". Options' texts are left out: their first words tell little.
[[nodiscard]] std::string ranking_table(std::span<const Choice> choices,
                                        std::span<const FirstToken> tokens);

/// As read_response, for a request whose `choices` are to be ranked. A server that refuses
/// log-probabilities, or leaves them out, is fatal: the words name the remedy. The generation has
/// the table in extra["logprobs"], or extra["logprobs_why"].
[[nodiscard]] Verdict read_ranking(const HttpResponse& response, const Request& request,
                                   ServerDialect& dialect, unsigned asked_version);

}  // namespace clue::models
