#include "models/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/table.h"
#include "base/text.h"
#include "core/names.h"

namespace clue::models {
namespace {

using nlohmann::json;

constexpr std::string_view kTextKeys[] = {"output", "text", "prediction", "Model Answer"};
constexpr std::string_view kSampleKeys[] = {"sample", "id"};
constexpr std::string_view kReferenceKeys[] = {"reference", "target", "Ground Truth Answer"};

const json* find_any(const json& record, std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto it = record.find(key); it != record.end()) return &*it;
  }
  return nullptr;
}

/// Text of a value: strings as they are, lists joined, the rest as JSON; nullopt for null.
std::optional<std::string> text_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return dump_json(value);
  std::string joined;
  for (const json& part : value) {
    joined += (joined.empty() ? "" : ", ") + text_of(part).value_or("");
  }
  return joined;
}

std::string member(const json& record, std::string_view key) {
  const auto it = record.find(key);
  return it == record.end() ? std::string() : text_of(*it).value_or("");
}

bool is_choice(const json& record) {
  return record.contains("Question") && record.contains("Options");
}

/// What kind of file this is, told from its first record.
Result<PredictionForm> form_of(const json& record, const std::string& place) {
  if (record.contains("doc") && (record.contains("resps") || record.contains("filtered_resps"))) {
    return PredictionForm::lm_eval;
  }
  if (find_any(record, kTextKeys) == nullptr) {
    std::string keys;
    for (const auto& item : record.items()) keys += (keys.empty() ? "" : ", ") + item.key();
    return Error{ErrorCode::data,
                 place +
                     ": no text: expected a string under 'output', 'text', 'prediction' or "
                     "'Model Answer' (or lm-eval's 'resps'); the record has " +
                     (keys.empty() ? "nothing" : keys)};
  }
  if (find_any(record, kSampleKeys) != nullptr) return PredictionForm::by_id;
  if (!record.contains("Model Answer")) return PredictionForm::plain;
  return is_choice(record) ? PredictionForm::published_choice : PredictionForm::published;
}

std::vector<core::Message> messages_of(const json& list) {
  std::vector<core::Message> messages;
  for (const json& turn : list) {
    if (!turn.is_object()) return {};
    const auto role = core::from_name<core::Role>(member(turn, "role"));
    if (!role) return {};
    messages.push_back({*role, member(turn, "content")});
  }
  return messages;
}

/// lm-eval's "arguments": {"gen_args_0": {"arg_0": PROMPT}} or [[PROMPT, ...]]; PROMPT is a chat as
/// JSON, or one text.
std::vector<core::Message> asked_of(const json& record) {
  const auto arguments = record.find("arguments");
  if (arguments == record.end() || arguments->empty()) return {};
  const json& first = arguments->is_object() ? arguments->begin().value() : (*arguments)[0];
  if (first.empty()) return {};
  const json& prompt = first.is_object() ? first.begin().value() : first[0];
  if (!prompt.is_string()) return {};
  const auto text = prompt.get<std::string>();
  const json chat = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (chat.is_array()) return messages_of(chat);
  return {{core::Role::user, text}};
}

/// All texts of an lm-eval record: "resps" is [[text, text...]], a text for each repeat.
std::vector<std::optional<std::string>> responses_of(const json& record) {
  const json* list = &record[record.contains("resps") ? "resps" : "filtered_resps"];
  if (list->is_array() && !list->empty() && (*list)[0].is_array()) list = &(*list)[0];
  if (!list->is_array()) return {text_of(*list)};
  std::vector<std::optional<std::string>> texts;
  for (const json& text : *list) texts.push_back(text_of(text));
  return texts;
}

class Reader {
 public:
  explicit Reader(PredictionFile& file) : file_(file) {}

  Status add(const json& record, std::size_t line) {
    const std::string place = fmt::format("{}:{}", file_.path, line);
    if (!record.is_object()) return Error{ErrorCode::data, place + ": expected a JSON object"};
    if (file_.rows.empty()) {
      CLUE_TRY(file_.form, form_of(record, place));
      if (file_.form == PredictionForm::lm_eval) filter_ = member(record, "filter");
    }
    Prediction row;
    row.line = line;
    row.task = member(record, "task");
    if (const json* reference = find_any(record, kReferenceKeys))
      row.reference = text_of(*reference);
    if (file_.form == PredictionForm::lm_eval) return add_lm_eval(record, std::move(row), place);
    const json* text = find_any(record, kTextKeys);
    if (text == nullptr)
      return Error{ErrorCode::data, place + ": no text, unlike the first record"};
    if (!text->is_string() && !text->is_null()) {
      return Error{ErrorCode::data,
                   place + ": the text is " + std::string(text->type_name()) + ", not a string"};
    }
    row.text = text_of(*text);
    if (!row.text && member(record, "status") != "error" && record.contains("status")) {
      return Error{ErrorCode::data, place +
                                        ": the text was withheld when this file was written; write "
                                        "it again with --with-text"};
    }
    if (member(record, "status") == "error") row.text.reset();
    row.question = member(record, "Question");
    if (const auto prompt = record.find("prompt"); prompt != record.end() && prompt->is_array()) {
      row.messages = messages_of(*prompt);
    }
    if (file_.form == PredictionForm::by_id) CLUE_OK(read_id(record, row, place));
    file_.rows.push_back(std::move(row));
    return {};
  }

 private:
  static Status read_id(const json& record, Prediction& row, const std::string& place) {
    const json* sample = find_any(record, kSampleKeys);
    if (sample == nullptr || !(sample->is_string() || sample->is_number_integer())) {
      return Error{ErrorCode::data, place +
                                        ": no 'sample': each prediction must name its sample, as "
                                        "in samples_TASK.jsonl"};
    }
    row.sample = text_of(*sample).value_or("");
    const std::string repeat = member(record, "repeat");
    if (repeat.empty()) return {};
    const char* end = repeat.data() + repeat.size();
    const auto read = std::from_chars(repeat.data(), end, row.repeat);
    if (read.ec == std::errc() && read.ptr == end && row.repeat >= 0) return {};
    return Error{ErrorCode::data, place + ": repeat: \"" + repeat + "\" is no draw number"};
  }

  Status add_lm_eval(const json& record, Prediction row, const std::string& place) {
    if (!record.contains("doc") ||
        !(record.contains("resps") || record.contains("filtered_resps"))) {
      return Error{ErrorCode::data, place + ": no 'doc' with 'resps', unlike the first record"};
    }
    if (member(record, "filter") != filter_) return {};  // the same answer through another filter
    row.messages = asked_of(record);
    for (const auto& item : record["doc"].items()) {
      if (record["doc"].is_object()) row.doc[item.key()] = text_of(item.value()).value_or("");
    }
    int repeat = 0;
    for (std::optional<std::string>& text : responses_of(record)) {
      row.repeat = repeat++;
      row.text = std::move(text);
      file_.rows.push_back(row);
    }
    return {};
  }

  PredictionFile& file_;
  std::string filter_;  ///< lm_eval: records of other filters repeat the same answers
};

Status read_json_rows(std::string_view text, Reader& reader, const std::string& path) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text[start] == '[') {
    CLUE_TRY(const json records, parse_json(text, path));
    for (std::size_t i = 0; i < records.size(); ++i) CLUE_OK(reader.add(records[i], i + 1));
    return {};
  }
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (trim(line).empty()) continue;
    CLUE_TRY(const json record, parse_json(line, path, number));
    CLUE_OK(reader.add(record, number));
  }
  return {};
}

Status read_table_rows(const std::string& path, Reader& reader) {
  CLUE_TRY(const Table table, read_table(path));
  const bool withheld = table.column("status").ok() && table.column("output").ok() &&
                        std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
                          return row[*table.column("output")].empty();
                        });
  if (withheld && !table.rows.empty()) {
    return Error{ErrorCode::data, path +
                                      ": column output is empty everywhere: the texts were "
                                      "withheld when this file was written; write it again with "
                                      "--with-text"};
  }
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    json record = json::object();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      record[table.columns[c]] = table.rows[r][c];
    }
    CLUE_OK(reader.add(record, table.lines[r]));
  }
  return {};
}

}  // namespace

std::string_view name(PredictionForm form) {
  switch (form) {
    case PredictionForm::by_id:
      return "texts with sample ids";
    case PredictionForm::published:
      return "predictions of the published scripts";
    case PredictionForm::published_choice:
      return "letters of the published scripts";
    case PredictionForm::lm_eval:
      return "samples of lm-evaluation-harness";
    case PredictionForm::plain:
      return "texts in evaluation order";
  }
  return "";
}

std::string PredictionFile::place(const Prediction& row) const {
  return fmt::format("{}:{}", path, row.line);
}

Result<PredictionFile> read_predictions(const std::string& path) {
  PredictionFile file;
  file.path = path;
  CLUE_TRY(const std::string bytes, read_file(path));
  file.sha256 = sha256_hex(bytes);
  Reader reader(file);
  const std::string ending = ascii_lower(std::string_view(path).substr(path.rfind('.') + 1));
  if (ending == "csv" || ending == "tsv" || ending == "xlsx") {
    CLUE_OK(read_table_rows(path, reader));
  } else {
    CLUE_OK(read_json_rows(without_bom(bytes), reader, path));
  }
  if (file.rows.empty()) return Error{ErrorCode::data, path + ": no predictions in the file"};
  return file;
}

}  // namespace clue::models
