# One pin: the sdist on PyPI carries the llama.cpp sources of this upstream commit.
set(CLUE_LLAMA_PACKAGE "llama-cpp-python")
set(CLUE_LLAMA_VERSION "0.3.36")
set(CLUE_LLAMA_SHA256 "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e")
set(CLUE_LLAMA_COMMIT "0c1e57098bba43ac29e6e3b677cdceebdd22334f")
