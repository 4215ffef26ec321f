// All metrics and statistics in one include, for C++ programs that want nothing else of clue: link
// clue_metrics (docs/howto/use-metrics.md). Nothing here prints, reads the environment or keeps
// global state; errors are values (base/result.h), missing numbers are nullopt with a reason.
//
//   using namespace clue::metrics;
//   RougeScorer rouge;                                        // one for each thread
//   double f = rouge.score(prediction, reference).rouge_l.f1;
//   double em = score_squad(prediction, {{reference}}).exact_match;
//
//   CLUE_TRY(BertScorer bert, BertScorer::open("scibert.gguf", {.threads = 4}));
//   CLUE_TRY(auto scores, bert.score(predictions, references));     // scores[i].f1, or .why
//   log(bert.signature());                                          // model hash, layer, ...
//
//   auto table = builtin_icd_table(IcdTableId::current);
//   auto answer = parse_icd_answer(text, clue::core::RuleSet::corrected, *table);
//   double map = score_icd(answer.codes, gold, clue::core::RuleSet::corrected, *table).em.f1;
//
//   auto ci = bootstrap_ci(values, patients, {.draws = 2000, .seed = 1});
//   auto test = compare_paired(a, b, patients);                     // test->p_sign_flip
#pragma once

#include "metrics/bert_score.h"  // IWYU pragma: export
#include "metrics/choice.h"      // IWYU pragma: export
#include "metrics/icd.h"         // IWYU pragma: export
#include "metrics/label.h"       // IWYU pragma: export
#include "metrics/rouge.h"       // IWYU pragma: export
#include "metrics/squad.h"       // IWYU pragma: export
#include "metrics/stats.h"       // IWYU pragma: export
