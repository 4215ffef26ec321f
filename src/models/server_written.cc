#include "models/server_written.h"

#include <memory>

#include "models/chat_template.h"

namespace clue::models {

Result<WrittenTemplate> open_written(const std::string& choice) {
  CLUE_TRY(ChatTemplate opened, ChatTemplate::open(choice, "", {"", ""}));
  auto chat = std::make_shared<const ChatTemplate>(std::move(opened));
  WrittenTemplate out;
  out.hash = chat->hash();
  out.source = chat->source();
  out.write = [chat](const core::Prompt& prompt) -> Result<WrittenPrompt> {
    CLUE_TRY(const RenderedChat rendered, chat->render(prompt));
    return WrittenPrompt{rendered.text(), rendered.stop};
  };
  return out;
}

}  // namespace clue::models
