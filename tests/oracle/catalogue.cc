// The references of all families, which are those that the kernels' catalogue lists.
#include <iterator>

#include "kernels/functions/catalog.h"
#include "tests/oracle/reference.h"

namespace actserve::oracle {

#define ACT_DECLARE_FAMILY(family)     \
  namespace family {                   \
  std::vector<Reference> References(); \
  }
ACT_FAMILIES(ACT_DECLARE_FAMILY)
#undef ACT_DECLARE_FAMILY

std::span<const Reference> References() {
  static const std::vector<Reference>* const all = [] {
    auto* list = new std::vector<Reference>;
    const auto append = [list](std::vector<Reference> family) {
      list->insert(list->end(), std::make_move_iterator(family.begin()), std::make_move_iterator(family.end()));
    };
#define ACT_APPEND_FAMILY(family) append(family::References());
    ACT_FAMILIES(ACT_APPEND_FAMILY)
#undef ACT_APPEND_FAMILY
    return list;
  }();
  return *all;
}

const Reference* FindReference(std::string_view name) {
  for (const Reference& reference : References()) {
    if (reference.name == name) return &reference;
  }
  return nullptr;
}

}  // namespace actserve::oracle
