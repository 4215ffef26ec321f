#include "models/llama_engine.h"

namespace clue::models {

Status Engine::run_fast(std::span<const Job> jobs, const FinishJob& finish, std::stop_token stop) {
  return run_exact(jobs, finish, std::move(stop));
}

}  // namespace clue::models
