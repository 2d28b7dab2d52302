#include "tests/docs/elsewhere.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/docs/markdown.h"

namespace actserve::docs {
namespace {

std::string Codes(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) absl::StrAppend(&text, text.empty() ? "" : ", ", Code(name));
  return text;
}

// "`negative_slope` = 0.01 is `alpha`".
std::string Correspondence(const OperatorParameter& parameter) {
  if (parameter.name.empty()) return absl::StrFormat("`%s` is %s", parameter.is, parameter.default_text);
  std::string text = Code(parameter.name);
  if (!parameter.default_text.empty()) absl::StrAppend(&text, " = ", parameter.default_text);
  if (parameter.is == parameter.name) return text;
  if (!parameter.is.empty()) return absl::StrCat(text, " is ", Code(parameter.is));
  const bool chooses_function = !parameter.default_text.empty() && !parameter.default_number;
  return chooses_function ? text : text + " has no counterpart";
}

std::string Correspondences(const Operator& op) {
  std::string text;
  for (const OperatorParameter& parameter : op.parameters)
    absl::StrAppend(&text, text.empty() ? "" : "; ", Correspondence(parameter));
  return text;
}

std::string DefaultHere(const FunctionInfo& info, const std::string& name) {
  const auto* found = std::find_if(info.params.begin(), info.params.end(), [&](auto& p) { return p.name == name; });
  return found == info.params.end() ? "-1" : Number(found->fallback);  // not a parameter: the axis
}

void AddRemarks(const FunctionInfo& info, const Library& library, const Operator& op, std::string& remarks) {
  const auto add = [&](const std::string& remark) {
    absl::StrAppendFormat(&remarks, "- %s, %s: %s.\n", library.name, Code(op.names[0]), remark);
  };
  for (const OperatorParameter& parameter : op.parameters) {
    if (parameter.differs.empty()) continue;
    const std::string here = absl::StrFormat("%s is %s here", Code(parameter.is), DefaultHere(info, parameter.is));
    add(parameter.default_text.empty()
            ? absl::StrFormat("%s; there, %s", here, parameter.differs)
            : absl::StrFormat("%s by default, **%s there**: %s", here, parameter.default_text, parameter.differs));
  }
  if (!op.note.empty()) add(op.note);
}

}  // namespace

std::string Elsewhere(const Function& function, const std::vector<Library>& libraries) {
  std::vector<std::vector<std::string>> rows;
  std::string remarks, lists;
  for (const Library& library : libraries) {
    absl::StrAppend(&lists, lists.empty() ? "" : ", ", library.name, " ", library.version);
    for (const Operator& op : library.operators) {
      if (!op.differs.empty() &&
          (op.function == function.info.name || FindFunction(LastPart(op.names[0])) == &function))
        absl::StrAppendFormat(&remarks, "- **%s's %s is %s here**: %s.\n", library.name, Code(op.names[0]),
                              Code(op.function), op.differs);
      if (op.function != function.info.name) continue;
      const std::string when = op.when.empty() ? "" : absl::StrCat(" with ", Code(op.when));
      rows.push_back({absl::StrCat(library.name, " ", library.version), Codes(op.names) + when, Correspondences(op)});
      AddRemarks(function.info, library, op, remarks);
    }
  }
  if (rows.empty() && remarks.empty()) return absl::StrFormat("Not among the activations of %s.\n", lists);
  const std::string table = rows.empty() ? "" : MarkdownTable({"library", "name", "parameters"}, rows);
  return table + (table.empty() || remarks.empty() ? "" : "\n") + remarks;
}

std::string NotHere(const std::vector<Library>& libraries) {
  std::vector<std::vector<std::string>> rows;
  for (const bool is_missing : {true, false}) {
    for (const Library& library : libraries) {
      for (const Operator& op : library.operators) {
        const std::string& reason = is_missing ? op.missing : op.apart;
        if (!reason.empty()) rows.push_back({library.name, Codes(op.names), reason});
      }
    }
  }
  return MarkdownTable({"library", "operator", ""}, rows);
}

}  // namespace actserve::docs
