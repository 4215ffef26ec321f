#include "models/chat_template.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "models/test_files.h"

namespace clue::models {
namespace {

core::Prompt conversation() {
  core::Prompt prompt;
  prompt.messages = {{core::Role::system, "Be brief."},
                     {core::Role::user, "First?"},
                     {core::Role::assistant, "Yes."},
                     {core::Role::user, "Second?"}};
  return prompt;
}

std::string render(const std::string& choice, const std::string& own = "") {
  const auto chat = ChatTemplate::open(choice, own, {"<s>", "</s>"});
  EXPECT_TRUE(chat.ok()) << (chat.ok() ? "" : chat.error().message);
  const auto text = chat->render(conversation());
  EXPECT_TRUE(text.ok());
  return text->text();
}

TEST(ChatTemplate, PlainLayoutWithStopMarks) {
  EXPECT_EQ(render("plain"),
            "[Task]\nBe brief.\n\n[Input]\nFirst?\n\n[Response]\nYes.\n\n[Input]\nSecond?\n\n"
            "[Response]\n");
  const auto chat = ChatTemplate::open("plain", "", {});
  EXPECT_EQ(chat->render(conversation())->stop[0], "\n[Input]");
}

TEST(ChatTemplate, NamedLayouts) {
  EXPECT_EQ(render("chatml"),
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nFirst?<|im_end|>\n"
            "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nSecond?<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(render("mistral"),
            "<s>[INST] Be brief.\n\nFirst? [/INST] Yes.</s>[INST] Second? [/INST]");
  for (const std::string_view name : chat_template_names()) {
    EXPECT_NE(render(std::string(name)).find("Second?"), std::string::npos) << name;
  }
}

TEST(ChatTemplate, SystemIsFoldedWhenLeftOutOrRefused) {
  const std::string ignores =
      "{% for m in messages %}{% if m.role != 'system' %}[{{ m.content }}]{% endif %}{% endfor %}";
  EXPECT_EQ(render("", ignores), "[Be brief.\n\nFirst?][Yes.][Second?]");
  const std::string raises =
      "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
      "{% for m in messages %}[{{ m.content }}]{% endfor %}";
  EXPECT_EQ(render("", raises), "[Be brief.\n\nFirst?][Yes.][Second?]");
  EXPECT_TRUE(ChatTemplate::open("", raises, {})->folds_system());
}

TEST(ChatTemplate, PrefillEndsTheText) {
  core::Prompt prompt = conversation();
  prompt.prefill = "ICD-10 Codes:";
  const auto chat = ChatTemplate::open("chatml", "", {});
  EXPECT_TRUE(chat->render(prompt)->text().ends_with("assistant\nICD-10 Codes:"));
}

TEST(ChatTemplate, ErrorsNameTheRemedy) {
  const auto none = ChatTemplate::open("", "", {});
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("--chat-template"), std::string::npos);
  EXPECT_FALSE(ChatTemplate::open("nosuch", "", {}).ok());
  EXPECT_FALSE(ChatTemplate::open("", "{% for m in %}", {}).ok());
  EXPECT_FALSE(ChatTemplate::open("", "a fixed text", {}).ok());
}

TEST(ChatTemplate, FromAFile) {
  const TempDir dir;
  const std::string path = dir.file("mine.jinja");
  std::ofstream(path) << "{% for m in messages %}({{ m.content }}){% endfor %}";
  EXPECT_EQ(render(path), "(Be brief.)(First?)(Yes.)(Second?)");
}

/// The published templates of many models, where llama.cpp's sources lie on this machine.
TEST(ChatTemplate, RendersPublishedTemplates) {
  const char* deps = std::getenv("CLUE_DEPS_DIR");
  std::filesystem::path folder;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(deps == nullptr ? "" : deps, ignored)) {
    if (std::filesystem::is_directory(entry.path() / "models" / "templates")) {
      folder = entry.path() / "models" / "templates";
    }
  }
  if (folder.empty()) GTEST_SKIP() << "llama.cpp's models/templates is not here (CLUE_DEPS_DIR)";
  int rendered = 0;
  std::string refused;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jinja") continue;
    const auto chat = ChatTemplate::open(entry.path().string(), "", {"<s>", "</s>"});
    const auto text = chat.ok() ? chat->render(conversation()) : Result<RenderedChat>(chat.error());
    const bool whole = text.ok() && text->text().find("Be brief.") != std::string::npos &&
                       text->text().find("Second?") != std::string::npos;
    rendered += whole ? 1 : 0;
    if (!whole) refused += entry.path().filename().string() + " ";
  }
  EXPECT_GE(rendered, 66) << refused;
}

}  // namespace
}  // namespace clue::models
