// The one list of functions, by family. A family is a file of formulas, functions/<family>-inl.h, which becomes one
// translation unit for each backend. The build reads the families' names from the #define lines.
#pragma once

#define ACT_FAMILY_relu(X) X(Relu) X(LeakyRelu) X(Prelu) X(RRelu) X(Identity)
#define ACT_FAMILY_clipped(X) X(Relu6) X(Hardtanh) X(Hardsigmoid) X(Hardswish)
#define ACT_FAMILY_threshold(X) X(Threshold) X(FatRelu) X(ShiftedRelu) X(ReluSquared)
#define ACT_FAMILY_shrink(X) X(Shrink) X(Hardshrink) X(Softshrink)
#define ACT_FAMILY_sigmoid(X) X(Sigmoid) X(Tanh) X(Silu) X(QuickGelu)
#define ACT_FAMILY_elu(X) X(Elu) X(Selu) X(Celu)
#define ACT_FAMILY_softplus(X) X(Softplus) X(Logsigmoid)
#define ACT_FAMILY_softsign(X) X(Softsign)
#define ACT_FAMILY_gelu(X) X(Gelu) X(GeluTanh)
#define ACT_FAMILY_mish(X) X(Mish)
#define ACT_FAMILY_squareplus(X) X(Squareplus)
#define ACT_FAMILY_tanhshrink(X) X(Tanhshrink) X(Stan)
#define ACT_FAMILY_laplace(X) X(Laplace)
#define ACT_FAMILY_xielu(X) X(Xielu)
#define ACT_FAMILY_acon(X) X(AconC)
#define ACT_FAMILY_srelu(X) X(Srelu)
#define ACT_FAMILY_rational(X) X(Rational)
#define ACT_FAMILY_snake(X) X(Snake)
#define ACT_FAMILY_aplu(X) X(Aplu)
#define ACT_FAMILY_softmax(X) X(Softmax) X(LogSoftmax) X(Softmin)
#define ACT_FAMILY_sparsemax(X) X(Sparsemax)
#define ACT_FAMILY_entmax15(X) X(Entmax15)
#define ACT_FAMILY_entmax(X) X(Entmax)
#define ACT_FAMILY_topk_softmax(X) X(TopkSoftmax)
#define ACT_FAMILY_glu(X) X(Glu) X(Reglu) X(Geglu) X(GegluTanh) X(Swiglu) X(ClampedSwiglu) X(Drelu)
#define ACT_FAMILY_maxout(X) X(Maxout)

// The order that functions are listed in.
// clang-format off
#define ACT_FAMILIES(X) \
  X(relu) X(clipped) X(threshold) X(shrink) X(sigmoid) X(elu) X(softplus) X(softsign) X(gelu) X(mish) \
  X(squareplus) X(tanhshrink) X(laplace) X(xielu) X(acon) X(srelu) X(rational) X(snake) X(aplu) X(softmax) \
  X(sparsemax) X(entmax15) X(entmax) X(topk_softmax) X(glu) X(maxout)
// clang-format on
