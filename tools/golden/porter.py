"""Writes tests/golden/porter.jsonl: words and their stems by NLTK's PorterStemmer (its default mode).

Needs PyPI nltk 3.9.1 (comes with rouge_score 0.1.2) in a virtual environment; not needed to build or test.
The words are made up from parts, so that every rule and every condition is met by several words.
"""
import itertools
import json
import random
import sys

from nltk.stem.porter import PorterStemmer

STARTS = ["", "a", "b", "y", "ab", "by", "ya", "tr", "tra", "hop", "rel", "agre", "sky", "geo", "theo", "archaeo",
          "fil", "bedy", "play", "enjoy", "cr", "die", "man", "tann", "oper", "vietnam", "sens", "form", "triplic",
          "adopt", "roll", "contr", "yyy", "ayy", "str", "ox", "aw", "hiss", "fall", "fizz", "x1", "t2"]
ENDS = ["", "s", "ss", "sses", "ies", "ied", "eed", "ed", "ing", "at", "ated", "bling", "izing", "y", "ational", "tional",
        "enci", "anci", "izer", "bli", "abli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator", "alism",
        "iveness", "fulness", "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize", "iciti",
        "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion",
        "tion", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "ell", "ll", "allally", "alliing", "edly"]
IRREGULAR = ["sky", "skies", "dying", "lying", "tying", "news", "innings", "inning", "outings", "outing", "cannings",
             "canning", "howe", "proceed", "exceed", "succeed", "proceeds", "howes", "ties", "dies", "tied", "spied"]

words = sorted({a + b for a, b in itertools.product(STARTS, ENDS) if a + b} | set(IRREGULAR))
rng = random.Random(7)
words += ["".join(rng.choice("aeiouybcdlnrstz") for _ in range(rng.randint(3, 12))) for _ in range(1500)]
stemmer = PorterStemmer()
out = open(sys.argv[1], "w", encoding="utf-8", newline="\n")
for w in words:
    out.write(json.dumps([w, stemmer.stem(w)], separators=(",", ":")) + "\n")
