# Each target installs what it needs first (tools/setup); see README.md.
.PHONY: build demo test test-slow bench setup clean
.NOTPARALLEL:

CTEST = ctest --output-on-failure -j 2
# Folders whose unit tests run under AddressSanitizer and UBSan in every test run.
ASAN_TESTS = base text core store metrics concepts
space := $(subst ,, )

setup:
	@tools/setup

build: setup
	@test -f build/build.ninja || cmake --preset release > /dev/null
	@cmake --build build --target all

demo: setup
	@tools/demo

# Release build with every test, then the unit tests under AddressSanitizer and UBSan. The last line is
# the test runner's own.
test: build
	@tools/setup --tests
	@test -f build-asan/build.ninja || cmake --preset asan > /dev/null
	@cmake --build build-asan --target $(ASAN_TESTS:%=clue_%_test) clue_bertscore_test
	$(CTEST) --test-dir build-asan -R '^(unit\.($(subst $(space),|,$(ASAN_TESTS)))|golden\.bertscore)$$'
	$(CTEST) --test-dir build -LE slow

test-slow: build
	@tools/setup --slow
	@test -f build-tsan/build.ninja || cmake --preset tsan > /dev/null
	@cmake --build build-tsan --target all
	$(CTEST) --test-dir build-tsan -R 'unit\.(run|store|models|serve|base)'
	$(CTEST) --test-dir build -L slow

bench: build
	@tools/bench

clean:
	rm -rf build build-*
