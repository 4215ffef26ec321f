#include "run/catalogue.h"

#include <array>

#include "base/download.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/suggest.h"

namespace clue::run {
namespace {
namespace fs = std::filesystem;
using core::DataUse;

constexpr std::string_view kPhysioNet =
    "sign in to the page with a credentialed account, sign the data use agreement there, then give "
    "--physionet-user NAME";

// Content ids are stated only where they are published or were computed from the published file.
constexpr std::array kSources = {
    Source{.name = "meqsum",
           .file = "MeQSum/MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx",
           .url = "https://raw.githubusercontent.com/abachaa/MeQSum/"
                  "51e36cf65c12602333b6fdc3ae8ecf10430529f7/"
                  "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx",
           .page = "https://github.com/abachaa/MeQSum",
           .licence = "CC BY 4.0",
           .sha256 = "abedd939d5014306ca576522416bf69103e85dc8fcf1668a4099e8b84a39eeea",
           .git_blob = "a9dfc993622724116f42437241eda6ecc5f7af16",
           .bytes = 216310,
           .rows = 1000,
           .task = "meqsum",
           .how = ""},
    Source{.name = "longhealth",
           .file = "LongHealth/benchmark_v5.json",
           .url = "https://raw.githubusercontent.com/kbressem/LongHealth/main/data/"
                  "benchmark_v5.json",
           .page = "https://github.com/kbressem/LongHealth",
           .licence = "Apache-2.0",
           .sha256 = "",
           .git_blob = "76bf80d37f321408a0e3f421a2e2d7ef59e97c1e",
           .rows = 400,
           .task = "longhealth",
           .how = ""},
    Source{.name = "mednli",
           .file = "MedNLI/mli_test_v1.jsonl",
           .url = "https://physionet.org/files/mednli/1.0.0/mli_test_v1.jsonl",
           .page = "https://physionet.org/content/mednli/1.0.0/",
           .licence = "PhysioNet Credentialed Health Data License",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .rows = 1422,
           .task = "mednli",
           .how = kPhysioNet},
    Source{.name = "problemsummary",
           .file = "ProblemSummary/BioNLP2023-1A-Test.csv",
           .url = "",
           .page = "https://physionet.org/content/bionlp-workshop-2023-task-1a/",
           .licence = "PhysioNet Credentialed Health Data License",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .rows = 237,
           .task = "problemsummary",
           .how = "sign the agreement on the page, download BioNLP2023-1A-Test.csv there"},
    Source{.name = "mimic-notes",
           .file = "mimic-iv-note/discharge.csv.gz",
           .url = "https://physionet.org/files/mimic-iv-note/2.2/note/discharge.csv.gz",
           .page = "https://physionet.org/content/mimic-iv-note/2.2/",
           .licence = "PhysioNet Credentialed Health Data License",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .rows = 331794,
           .task = "",
           .how = kPhysioNet},
    Source{.name = "mimic-diagnoses",
           .file = "mimiciv/hosp/diagnoses_icd.csv.gz",
           .url = "https://physionet.org/files/mimiciv/2.2/hosp/diagnoses_icd.csv.gz",
           .page = "https://physionet.org/content/mimiciv/2.2/",
           .licence = "PhysioNet Credentialed Health Data License",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = kPhysioNet},
    Source{.name = "medisumqa",
           .file = "MeDiSumQA/MeDiSumQA.json",
           .url = "",
           .page = "",
           .licence = "derived from MIMIC-IV-Note",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .rows = 453,
           .task = "medisumqa",
           .how = "make it: clue data get mimic-notes, then clue generate medisumqa"},
    Source{.name = "medisumcode",
           .file = "MeDiSumCode/MeDiSumCode.json",
           .url = "",
           .page = "",
           .licence = "derived from MIMIC-IV-Note",
           .use = DataUse::credentialed,
           .sha256 = "",
           .git_blob = "",
           .rows = 500,
           .task = "medisumcode",
           .how = "make it: clue data get mimic-notes mimic-diagnoses, then clue generate "
                  "medisumcode"},
    Source{.name = "scibert",
           .file = "metrics/scibert_scivocab_uncased/pytorch_model.bin",
           .url = "https://huggingface.co/allenai/scibert_scivocab_uncased/resolve/main/"
                  "pytorch_model.bin",
           .page = "https://huggingface.co/allenai/scibert_scivocab_uncased",
           .licence = "Apache-2.0",
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = "then scibert-vocab and scibert-config, and clue model import-bert"},
    Source{.name = "scibert-vocab",
           .file = "metrics/scibert_scivocab_uncased/vocab.txt",
           .url = "https://huggingface.co/allenai/scibert_scivocab_uncased/resolve/main/vocab.txt",
           .page = "https://huggingface.co/allenai/scibert_scivocab_uncased",
           .licence = "Apache-2.0",
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = ""},
    Source{
        .name = "scibert-config",
        .file = "metrics/scibert_scivocab_uncased/config.json",
        .url = "https://huggingface.co/allenai/scibert_scivocab_uncased/resolve/main/config.json",
        .page = "https://huggingface.co/allenai/scibert_scivocab_uncased",
        .licence = "Apache-2.0",
        .sha256 = "",
        .git_blob = "",
        .task = "",
        .how = ""},
    Source{.name = "clinicalbert",
           .file = "metrics/Bio_ClinicalBERT/pytorch_model.bin",
           .url = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT/resolve/main/"
                  "pytorch_model.bin",
           .page = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT",
           .licence = "MIT",
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = "then clinicalbert-vocab and clinicalbert-config, and clue model import-bert"},
    Source{.name = "clinicalbert-vocab",
           .file = "metrics/Bio_ClinicalBERT/vocab.txt",
           .url = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT/resolve/main/vocab.txt",
           .page = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT",
           .licence = "MIT",
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = ""},
    Source{.name = "clinicalbert-config",
           .file = "metrics/Bio_ClinicalBERT/config.json",
           .url = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT/resolve/main/config.json",
           .page = "https://huggingface.co/emilyalsentzer/Bio_ClinicalBERT",
           .licence = "MIT",
           .sha256 = "",
           .git_blob = "",
           .task = "",
           .how = ""},
};

constexpr std::string_view kHub = "https://huggingface.co";

bool there(const fs::path& path) {
  std::error_code ignored;  // a folder that may not be read has nothing for us
  return fs::exists(path, ignored);
}

fs::path locate(const Source& source, const std::vector<fs::path>& folders) {
  const fs::path file(source.file);
  for (const fs::path& folder : folders) {
    if (there(folder / file)) return folder / file;
    if (there(folder / file.filename())) return folder / file.filename();
    if (const auto sub = find_without_case(folder, file.begin()->string())) {
      if (there(*sub / file.filename())) return *sub / file.filename();
    }
  }
  return {};
}

// "" when the content is as published; else what differs.
Result<std::string> difference(const Source& source, const fs::path& path) {
  if (!source.sha256.empty()) {
    CLUE_TRY(const std::string got, sha256_file(path));
    return got == source.sha256 ? ""
                                : "SHA-256 " + got + ", published " + std::string(source.sha256);
  }
  CLUE_TRY(const std::string got, git_blob_sha1_file(path));
  return got == source.git_blob ? ""
                                : "git blob " + got + ", published " + std::string(source.git_blob);
}

bool content_known(const Source& source) {
  return !source.sha256.empty() || !source.git_blob.empty();
}

}  // namespace

std::span<const Source> catalogue() { return kSources; }

Result<const Source*> find_source(std::string_view wanted) {
  std::vector<std::string_view> names;
  for (const Source& source : kSources) {
    if (source.name == wanted) return &source;
    names.push_back(source.name);
  }
  return Error{ErrorCode::invalid_argument,
               "there is no data file named \"" + std::string(wanted) + '"' +
                   did_you_mean(wanted, std::span<const std::string_view>(names)) +
                   " (clue data lists them)"};
}

std::string_view name(SourceState state) {
  constexpr std::array<std::string_view, 5> kNames = {"missing", "verified", "unverified",
                                                      "changed", "unreadable"};
  return kNames[static_cast<std::size_t>(state)];
}

SourceCheck check_source(const Source& source, const std::vector<fs::path>& folders) {
  SourceCheck out;
  out.path = locate(source, folders);
  if (out.path.empty()) {
    out.note =
        source.url.empty() ? std::string(source.how) : "clue data get " + std::string(source.name);
    return out;
  }
  if (!content_known(source)) {
    out.state = SourceState::unverified;
    out.note = "no published checksum";
    return out;
  }
  const Result<std::string> differs = difference(source, out.path);
  if (!differs) {
    out.state = SourceState::unreadable;
    out.note = differs.error().message;
    return out;
  }
  out.state = differs->empty() ? SourceState::verified : SourceState::changed;
  out.note = *differs;
  return out;
}

Result<Fetched> fetch_source(const Source& source, const FetchOptions& options) {
  Fetched out;
  out.path = options.folder / source.file;
  const SourceCheck found = check_source(source, {options.folder});
  if (found.state == SourceState::verified || found.state == SourceState::unverified) {
    out.path = found.path;
    out.checked = found.state == SourceState::verified;
    return out;
  }
  std::string url = options.url.empty() ? std::string(source.url) : options.url;
  const std::string page(source.page);
  if (url.empty()) {
    return Error{ErrorCode::denied, std::string(source.name) +
                                        " cannot be fetched: " + std::string(source.how) +
                                        (page.empty() ? "" : " (" + page + ")")};
  }
  if (source.use == DataUse::credentialed && options.user.empty()) {
    return Error{ErrorCode::denied,
                 std::string(source.name) + ": " + std::string(source.how) + "; " + page};
  }
  DownloadRequest request;
  if (options.url.empty() && url.starts_with(kHub)) {
    const auto value = [&](const char* key) {
      const auto entry = options.environment.find(key);
      return entry == options.environment.end() ? std::string() : entry->second;
    };
    if (!value("HF_ENDPOINT").empty()) url = value("HF_ENDPOINT") + url.substr(kHub.size());
    request.bearer = value("HF_TOKEN");
  }
  request.url = url;
  request.destination = out.path;
  request.expected_size = source.bytes;
  request.sha256 = source.sha256;
  request.git_blob = source.git_blob;
  request.user = options.user;
  request.password = options.password;
  if (!page.empty()) request.sign_up = "access and agreement: " + page;
  request.progress = options.progress;
  request.stop = options.stop;
  CLUE_TRY(const Downloaded got, download(request));
  out.downloaded = true;
  out.checked = got.checked;
  return out;
}

}  // namespace clue::run
