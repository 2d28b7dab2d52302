// Maxout. Without an include guard: a backend includes this inside its own namespace.

struct Maxout {
  static constexpr FunctionInfo kInfo{
      .name = "maxout",
      .summary = "The largest of several pieces; where some are equal, the first of them.",
      .formula = "max(u, g, ...)",
      .derivative = "by each piece: 1 for the first that is the largest, else 0",
      .kind = FunctionKind::kGated,
      .params = {{{{.name = "pieces",
                    .summary = "how many pieces the input has along the axis",
                    .fallback = 2,
                    .min = 2,
                    .max = kMaxPieces,
                    .integer = true}}}},
      .limits = {1, kInfinity, 0, 1, 0},
      .reference = "Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013, Maxout Networks",
      .usage = "maxout networks; LightCNN, where it is called max feature map",
      .layout = GatedLayout::kHalves,
      .layout_reason = "as LightCNN's, which splits channels",
      .pieces = 0};

  // NaN where one is.
  template <class M, class V>
  ACT_FN static V Larger(M m, V first, V second) {
    return m.Select(second == second, m.Select(second > first, second, first), second);
  }
};
