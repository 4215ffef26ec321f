// Porter's stemmer with the changes of NLTK's default mode (NLTK_EXTENSIONS), which is what PyPI
// rouge_score applies with use_stemmer=True. Pure function, no state. Source: M. F. Porter, "An
// algorithm for suffix stripping", Program 14(3), 1980; differences are named in porter.cc.
//
//   std::string w = "treatments"; text::porter_stem(w);   // "treatment"
#pragma once

#include <string>

namespace clue::text {

/// Replaces the word by its stem. Requires: lower case; bytes outside a-z count as consonants.
/// Never longer than the word, but for a restored "e".
void porter_stem(std::string& word);

}  // namespace clue::text
