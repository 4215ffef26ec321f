// Chat templates: a conversation becomes the text a model was trained on. The model's own Jinja
// template (llama.cpp's engine, equal to transformers' renderer), a built-in name, a file, or the
// `plain` layout for base models. Used by the llama back end. Const calls from any thread.
//
//   CLUE_TRY(auto chat, ChatTemplate::open("plain", own_template, {"<s>", "</s>"}));
//   CLUE_TRY(RenderedChat text, chat.render(prompt));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"

namespace clue::models {

/// A stretch of the rendered text. `data`: it came from the conversation, so special tokens
/// spelled in it stay text (a letter must not be able to end a turn).
struct ChatPart {
  std::string text;
  bool data = false;
};

struct RenderedChat {
  std::vector<ChatPart> parts;
  std::vector<std::string> stop;  ///< marks of the next turn, for templates without such a token
  [[nodiscard]] std::string text() const;
};

/// Texts of the start and end tokens, as templates name them.
struct ChatTokens {
  std::string bos;
  std::string eos;
};

/// The system text in front of the first user turn, for models and servers without a system role;
/// a user turn of its own where no user turn follows.
[[nodiscard]] std::vector<core::Message> fold_system(const std::vector<core::Message>& messages);

class ChatTemplate {
 public:
  /// `choice`: "" (the model's own, `own`), "plain", a built-in name, or a file. Finds out by
  /// rendering a probe whether the template knows a system role and how it takes content.
  /// Error: no template at all (with the remedy), unknown name, a template that cannot be read.
  [[nodiscard]] static Result<ChatTemplate> open(const std::string& choice, const std::string& own,
                                                 const ChatTokens& tokens);

  /// The conversation up to the start of the model's answer, prefill included. A system turn is
  /// folded into the first user turn where the template has no system role. Error: the template
  /// raised; its words.
  [[nodiscard]] Result<RenderedChat> render(const core::Prompt& prompt) const;

  [[nodiscard]] const std::string& source() const { return source_; }  ///< "model", "plain", path
  [[nodiscard]] const std::string& hash() const { return hash_; }      ///< sha256 of its text
  [[nodiscard]] bool folds_system() const { return fold_system_; }

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

 private:
  struct Program;
  ChatTemplate();
  [[nodiscard]] Status choose_forms();
  [[nodiscard]] Result<RenderedChat> render_jinja(const std::vector<core::Message>& messages) const;

  std::unique_ptr<Program> program_;  ///< null: the plain layout
  std::string source_;
  std::string hash_;
  ChatTokens tokens_;
  bool fold_system_ = false;
  bool typed_content_ = false;  ///< content as [{"type": "text", ...}] instead of a string
};

/// Names of the built-in templates, "plain" first.
[[nodiscard]] std::vector<std::string_view> chat_template_names();

}  // namespace clue::models
