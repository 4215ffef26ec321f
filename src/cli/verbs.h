// The verbs' entry points, one file each (cmd_*.cc). See Command in command.h.
#pragma once

#include "cli/command.h"

namespace clue::cli {

int cmd_data(const Args& args, Io& io);
int cmd_tasks(const Args& args, Io& io);
int cmd_review(const Args& args, Io& io);
int cmd_run(const Args& args, Io& io);
int cmd_score(const Args& args, Io& io);
int cmd_import(const Args& args, Io& io);
int cmd_export(const Args& args, Io& io);
int cmd_merge(const Args& args, Io& io);
int cmd_prompts(const Args& args, Io& io);
int cmd_metric(const Args& args, Io& io);
int cmd_compare(const Args& args, Io& io);
int cmd_report(const Args& args, Io& io);
int cmd_reproduce(const Args& args, Io& io);
int cmd_view(const Args& args, Io& io);
int cmd_audit(const Args& args, Io& io);
int cmd_purge(const Args& args, Io& io);
int cmd_generate(const Args& args, Io& io);
int cmd_kb(const Args& args, Io& io);
int cmd_model(const Args& args, Io& io);
int cmd_doctor(const Args& args, Io& io);

}  // namespace clue::cli
