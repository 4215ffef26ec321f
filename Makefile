# Each target installs what it needs first (tools/setup); see README.md.
.PHONY: build demo test test-slow bench setup clean
.NOTPARALLEL:

CTEST = ctest --output-on-failure -j 2
# On machines that run the continuous integration llama.cpp's own server is built too: the tests' real peer.
SERVER = $(if $(CI),-DCLUE_LLAMA_SERVER=ON)

setup:
	@tools/setup

build: setup
	@test -f build/build.ninja || cmake --preset release $(SERVER) > /dev/null
	@cmake --build build --target all

demo: setup
	@tools/demo

# Every unit test under AddressSanitizer and UBSan, then all tests but `slow` on the release build. The last line
# is the test runner's own.
test: build
	@tools/setup --tests
	@test -f build-asan/build.ninja || cmake --preset asan $(SERVER) > /dev/null
	@cmake --build build-asan --target clue_unit_tests
	$(CTEST) --test-dir build-asan -R '^(unit|fuzz|golden)\.'
	$(CTEST) --test-dir build -LE slow

test-slow: build
	@tools/setup --slow
	@test -f build-tsan/build.ninja || cmake --preset tsan $(SERVER) > /dev/null
	@cmake --build build-tsan --target clue_unit_tests
	$(CTEST) --test-dir build-tsan -R '^(unit|golden)\.'
	@test -f build-asan/build.ninja || cmake --preset asan $(SERVER) > /dev/null
	@cmake --build build-asan --target clue_unit_tests
	$(CTEST) --test-dir build-asan -R '^fuzz_long\.'
	$(CTEST) --test-dir build -L slow -E '^fuzz_long\.'

bench: build
	@tools/bench

clean:
	rm -rf build build-*
