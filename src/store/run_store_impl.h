// What run_store.cc (writing) and run_store_read.cc (reading) share. Private to src/store.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/run_store.h"
#include "store/sqlite.h"
#include "store/text_pool.h"

namespace clue::store {

inline constexpr int kSchemaVersion = 1;
inline constexpr int kApplicationId = 0x434C5545;  // "CLUE"

/// Holds DIR/run.lock; the kernel lets go when the process ends, however it ends.
class WriterLock {
 public:
  WriterLock() = default;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock();
  [[nodiscard]] Status take(const std::filesystem::path& file, unsigned mode);

 private:
  int fd_ = -1;
};

struct RunStore::Impl {
  explicit Impl(std::filesystem::path folder) : dir(std::move(folder)) {}

  std::filesystem::path dir;
  WriterLock lock;  // first made, last let go
  Database db;
  TextPool texts{db};
  Statement find_generation, find_sample, add_sample, put_generation, drop_answers, put_answer;
  bool writable = false;

  /// Starts a transaction if none is open.
  [[nodiscard]] Status begin();
  /// Passes an error on; forgets what a rolled back transaction made.
  [[nodiscard]] Status after(Status status);
  [[nodiscard]] Status check_schema(bool create);
  [[nodiscard]] Status prepare_writing();
  [[nodiscard]] Result<std::int64_t> sample_id(PassId pass, const core::Sample& sample);
  [[nodiscard]] Status store_generation(PassId pass, std::int64_t position,
                                        const core::Sample& sample, const core::Prompt& prompt,
                                        const core::Generation& generation);
};

}  // namespace clue::store
