#include "models/chat_template.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "jinja/lexer.h"
#include "jinja/parser.h"
#include "jinja/runtime.h"
#include "json.h"

namespace clue::models {
namespace {

struct NamedTemplate {
  std::string_view name;
  std::string_view text;
};

/// Layouts that many models share, written down here for models that lost theirs.
constexpr std::array<NamedTemplate, 5> kNamed = {{
    {"chatml",
     "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
     "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"},
    {"llama3",
     "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
     "{{ m.content | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}"
     "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"},
    {"mistral",
     "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
     "{{ raise_exception('no system role') }}{% elif m.role == 'user' %}[INST] {{ m.content }} "
     "[/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"},
    {"gemma",
     "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
     "{{ raise_exception('no system role') }}{% endif %}<start_of_turn>"
     "{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}<end_of_turn>\n"
     "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"},
    {"zephyr",
     "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}{{ eos_token }}\n{% endfor %}"
     "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"},
}};

constexpr std::string_view kPlainTask = "[Task]\n";
constexpr std::string_view kPlainInput = "[Input]\n";
constexpr std::string_view kPlainResponse = "[Response]\n";

/// The layout for base models: sections under marks that stop the answer when they come again.
RenderedChat render_plain(const std::vector<core::Message>& messages) {
  RenderedChat out;
  const auto add = [&out](std::string_view text, bool data) {
    out.parts.push_back({std::string(text), data});
  };
  for (const core::Message& message : messages) {
    add(message.role == core::Role::system ? kPlainTask
        : message.role == core::Role::user ? kPlainInput
                                           : kPlainResponse,
        false);
    add(message.content, true);
    add("\n\n", false);
  }
  add(kPlainResponse, false);
  out.stop = {"\n[Input]", "\n[Task]", "\n[Response]"};
  return out;
}

std::string_view role_name(core::Role role) {
  return role == core::Role::system ? "system" : role == core::Role::user ? "user" : "assistant";
}

}  // namespace

std::vector<core::Message> fold_system(const std::vector<core::Message>& messages) {
  std::vector<core::Message> out;
  std::string system;
  for (const core::Message& message : messages) {
    if (message.role == core::Role::system) {
      system += (system.empty() ? "" : "\n\n") + message.content;
      continue;
    }
    out.push_back(message);
    if (message.role == core::Role::user && !system.empty()) {
      out.back().content = system + "\n\n" + message.content;
      system.clear();
    }
  }
  if (!system.empty()) out.insert(out.begin(), {core::Role::user, system});
  return out;
}

namespace {

/// Templates may print the date; a fixed one keeps prompts equal from day to day (26 July 2024).
constexpr std::time_t kTemplateDate = 1721952000;

}  // namespace

struct ChatTemplate::Program {
  jinja::program program;
  std::string text;
};

ChatTemplate::ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

std::string RenderedChat::text() const {
  std::string out;
  for (const ChatPart& part : parts) out += part.text;
  return out;
}

std::vector<std::string_view> chat_template_names() {
  std::vector<std::string_view> names = {"plain"};
  for (const NamedTemplate& row : kNamed) names.push_back(row.name);
  return names;
}

namespace {

struct TemplateText {
  std::string text;
  std::string source;
};

Result<TemplateText> find_text(const std::string& choice, const std::string& own) {
  std::string names;
  for (const std::string_view name : chat_template_names()) names += std::string(name) + ", ";
  if (choice.empty() && own.empty()) {
    return Error{
        ErrorCode::invalid_argument,
        "the model has no chat template (a base model?); choose one with --chat-template: " +
            names + "or a FILE with a Jinja template"};
  }
  if (choice.empty()) return TemplateText{own, "model"};
  for (const NamedTemplate& row : kNamed) {
    if (row.name == choice) return TemplateText{std::string(row.text), choice};
  }
  std::error_code ignored;
  std::ifstream in(choice, std::ios::binary);
  if (!in || std::filesystem::is_directory(choice, ignored)) {
    return Error{ErrorCode::not_found, "--chat-template '" + choice +
                                           "' is neither a built-in template (" + names +
                                           "...) nor a file that can be read"};
  }
  return TemplateText{
      std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()), choice};
}

}  // namespace

Result<ChatTemplate> ChatTemplate::open(const std::string& choice, const std::string& own,
                                        const ChatTokens& tokens) {
  ChatTemplate chat;
  chat.tokens_ = tokens;
  if (choice == "plain") {
    chat.source_ = "plain";
    chat.hash_ =
        sha256_hex(render_plain({{core::Role::system, "s"}, {core::Role::user, "u"}}).text());
    return chat;
  }
  CLUE_TRY(TemplateText found, find_text(choice, own));
  chat.source_ = found.source;
  chat.hash_ = sha256_hex(found.text);
  try {
    jinja::lexer lexer;
    const jinja::lexer_result lexed = lexer.tokenize(found.text);
    chat.program_ = std::make_unique<Program>();
    chat.program_->program = jinja::parse_from_tokens(lexed);
    chat.program_->text = lexed.source;
  } catch (const std::exception& e) {
    return Error{ErrorCode::data, "chat template (" + chat.source_ + "): " + e.what() +
                                      "; choose another with --chat-template"};
  }
  CLUE_OK(chat.choose_forms());
  return chat;
}

Status ChatTemplate::choose_forms() {
  const std::vector<core::Message> probe = {{core::Role::system, "probe-system-1"},
                                            {core::Role::user, "probe-user-2"},
                                            {core::Role::assistant, "probe-assistant-3"},
                                            {core::Role::user, "probe-user-4"}};
  std::string problem;
  for (const bool fold : {false, true}) {
    for (const bool typed : {false, true}) {
      typed_content_ = typed;
      const Result<RenderedChat> out = render_jinja(fold ? models::fold_system(probe) : probe);
      if (!out) {
        if (problem.empty() || fold) problem = out.error().message;
        continue;
      }
      const std::string text = out->text();
      bool whole = true;
      for (const core::Message& message : probe) {
        whole = whole && text.find(message.content) != std::string::npos;
      }
      if (!whole) continue;
      fold_system_ = fold;
      return {};
    }
  }
  if (problem.empty()) problem = "it leaves out turns of the conversation";
  return Error{ErrorCode::data, "chat template (" + source_ + ") cannot render a conversation: " +
                                    problem + "; choose another with --chat-template"};
}

Result<RenderedChat> ChatTemplate::render_jinja(const std::vector<core::Message>& messages) const {
  try {
    const auto text = [](const std::string& value) {
      return jinja::mk_val<jinja::value_string>(value);
    };
    const auto list = jinja::mk_val<jinja::value_array>();
    for (const core::Message& message : messages) {
      const auto content = text(message.content);
      content->mark_input();  // data: special tokens spelled in it stay text
      const auto turn = jinja::mk_val<jinja::value_object>();
      turn->insert("role", text(std::string(role_name(message.role))));
      if (typed_content_) {
        const auto part = jinja::mk_val<jinja::value_object>();
        part->insert("type", text("text"));
        part->insert("text", content);
        const auto parts = jinja::mk_val<jinja::value_array>();
        parts->push_back(part);
        turn->insert("content", parts);
      } else {
        turn->insert("content", content);
      }
      list->push_back(turn);
    }
    common_json input = common_json::object();
    input["bos_token"] = tokens_.bos;
    input["eos_token"] = tokens_.eos;
    input["add_generation_prompt"] = true;
    jinja::context context(program_->text);
    context.current_time = kTemplateDate;
    jinja::global_from_json(context, input, /*mark_input=*/false);
    context.set_val("messages", list);
    jinja::runtime runtime(context);
    const jinja::value results = runtime.execute(program_->program);
    const auto rendered = jinja::runtime::gather_string_parts(results);
    RenderedChat out;
    for (const auto& part : rendered->as_string().parts)
      out.parts.push_back({part.val, part.is_input});
    return out;
  } catch (const std::exception& e) {
    return Error{ErrorCode::data, "chat template (" + source_ + "): " + e.what()};
  }
}

Result<RenderedChat> ChatTemplate::render(const core::Prompt& prompt) const {
  RenderedChat out;
  if (!program_) {
    out = render_plain(prompt.messages);
  } else {
    CLUE_TRY(out,
             render_jinja(fold_system_ ? models::fold_system(prompt.messages) : prompt.messages));
  }
  if (!prompt.prefill.empty()) out.parts.push_back({prompt.prefill, true});
  return out;
}

}  // namespace clue::models
