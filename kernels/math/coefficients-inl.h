// The constants of the elementary functions and formulas, by the type of the arithmetic and the grade: the type that
// results are good for. Made by coefficients.py: do not edit. ACT_DATA says where arrays are kept.
// clang-format off
template <class T, class Grade>
struct CoefficientsFor {};

struct Constants {
  static constexpr double kPivot = 4.0, kNearRoot = 0.2;
};

namespace coefficients_float_float {
// exp(r) = 1 + r + r^2 P(r)
// Relative error 2^-27.6 on [-0.35, 0.35].
ACT_DATA constexpr float kExp[] = {0.5f, 0.166666657f, 0.041666504f, 0.00833359268f, 0.00139314402f, 0.000197205096f};
// Phi(-t) exp(t^2/2) (t + kPivot) = P(s), for t up to kGeluReach, s = (t - kPivot) / (t + kPivot)
// Relative error 2^-25.7 on [-1.0, 0.578947].
ACT_DATA constexpr float kGelu[] = {0.755285144f, -0.607896686f, 0.387136877f, -0.18652077f, 0.0604028031f, -0.00754752196f, -0.00351300323f, 0.00164448319f, 0.000218145913f, -0.000214295025f, -8.50084325e-5f, -2.02558604e-5f};
ACT_DATA constexpr float kGeluLow[] = {0.0f};
// gelu'(-t) exp(t^2/2) = (t - kGeluRoot) P(s)
// Relative error 2^-25.9 on [-1.0, 0.578947].
ACT_DATA constexpr float kGeluSlope[] = {-0.462211251f, 0.103365906f, -0.0604626797f, 0.0280832294f, -0.00950757042f, 0.00178855855f, 0.000165717051f, -0.000183329437f, -3.09774919e-6f, 8.15031217e-6f, 9.90383251e-6f, 6.50345146e-6f};
ACT_DATA constexpr float kGeluSlopeLow[] = {0.0f};
// Phi(x) = 1/2 + x P(x^2)
// Relative error 2^-25.1 on [1.0e-20, 0.27].
ACT_DATA constexpr float kGeluCentral[] = {0.398942292f, -0.0664909333f, 0.00998082757f, -0.00122236542f, 0.0001691746f};
ACT_DATA constexpr float kGeluCentralLow[] = {0.0f};
// Phi(-t) t sqrt(2 pi) exp(t^2/2) = 1 - u P(u), u = 1 / t^2
// Relative error 2^-24.1 on [0.0023, 0.041].
ACT_DATA constexpr float kGeluFar[] = {0.999999523f, -2.99970555f, 14.9403009f, -99.4565582f, 673.776184f, -2817.45337f};
// f'(x) = (x - root) P(x - root) near the root of a derivative
// Relative error 2^-26.7 on [-0.21875, 0.21875].
ACT_DATA constexpr float kSiluSlope[] = {0.217811704f, 0.146648794f, 0.0188751556f, -0.015222217f, -0.00662082015f, 0.000108239627f, 0.000966190128f, 0.00040426245f};
ACT_DATA constexpr float kSiluSlopeLow[] = {0.0f};
// Relative error 2^-25.1 on [-0.21875, 0.21875].
ACT_DATA constexpr float kGeluTanhSlope[] = {0.430400103f, 0.387518466f, -0.015784936f, -0.113947801f, -0.0165305547f, 0.0198220033f, 0.00414305739f, -0.00408428907f};
ACT_DATA constexpr float kGeluTanhSlopeLow[] = {0.0f};
// Relative error 2^-24.5 on [-0.21875, 0.21875].
ACT_DATA constexpr float kMishSlope[] = {0.266947925f, 0.204731286f, 0.0419059731f, -0.0202752184f, -0.0157441422f, -0.00322223105f, 0.00018712983f, -0.000642688246f};
ACT_DATA constexpr float kMishSlopeLow[] = {0.0f};
}  // namespace coefficients_float_float
template <>
struct CoefficientsFor<float, float> {
  // ln 2 with so few bits that its product with an exponent is exact, and what that leaves.
  static constexpr float kLog2E = 1.44269502f;
  static constexpr float kLn2 = 0.693145752f, kLn2Low = 1.42860677e-6f;
  static constexpr float kGeluRoot = 0.751791537f, kGeluRootLow = -1.21144499e-8f;
  static constexpr float kSiluRoot = -1.27846456f, kSiluRootLow = 1.29792825e-8f;
  static constexpr float kGeluTanhRoot = -0.752461433f, kGeluTanhRootLow = 1.13396279e-8f;
  static constexpr float kMishRoot = -1.19243121f, kMishRootLow = -3.04393755e-9f;
  // gelu_tanh(x) = x sigmoid(C1 x + C3 x^3)
  static constexpr float kGeluTanhC1 = 1.59576917f, kGeluTanhC1Low = -4.53406805e-8f;
  static constexpr float kGeluTanhC3 = 0.0713548139f, kGeluTanhC3Low = 2.39883247e-9f;
  static constexpr float kGeluReach = 15.0f;
  static constexpr float kLogSqrtTwoPi = 0.918938518f, kLogSqrtTwoPiLow = 1.56341766e-8f;
  static constexpr auto& kExp = coefficients_float_float::kExp;
  static constexpr auto& kGelu = coefficients_float_float::kGelu;
  static constexpr auto& kGeluLow = coefficients_float_float::kGeluLow;
  static constexpr auto& kGeluSlope = coefficients_float_float::kGeluSlope;
  static constexpr auto& kGeluSlopeLow = coefficients_float_float::kGeluSlopeLow;
  static constexpr auto& kGeluCentral = coefficients_float_float::kGeluCentral;
  static constexpr auto& kGeluCentralLow = coefficients_float_float::kGeluCentralLow;
  static constexpr auto& kGeluFar = coefficients_float_float::kGeluFar;
  static constexpr auto& kSiluSlope = coefficients_float_float::kSiluSlope;
  static constexpr auto& kSiluSlopeLow = coefficients_float_float::kSiluSlopeLow;
  static constexpr auto& kGeluTanhSlope = coefficients_float_float::kGeluTanhSlope;
  static constexpr auto& kGeluTanhSlopeLow = coefficients_float_float::kGeluTanhSlopeLow;
  static constexpr auto& kMishSlope = coefficients_float_float::kMishSlope;
  static constexpr auto& kMishSlopeLow = coefficients_float_float::kMishSlopeLow;
};

namespace coefficients_double_double {
// exp(r) = 1 + r + r^2 P(r)
// Relative error 2^-58.1 on [-0.35, 0.35].
ACT_DATA constexpr double kExp[] = {0.5, 0.16666666666666671, 0.04166666666666663, 0.0083333333333256727, 0.0013888888888914902, 0.00019841269876525285, 2.4801587249798125e-5, 2.7557253181731245e-6, 2.7557346445776444e-7, 2.5106152734015993e-8, 2.089053073878576e-9};
// Phi(-t) exp(t^2/2) (t + kPivot) = P(s), for t up to kGeluReach, s = (t - kPivot) / (t + kPivot)
// Relative error 2^-59.6 on [-1.0, 0.816092].
ACT_DATA constexpr double kGelu[] = {0.75528513041575152, -0.60789664197189208, 0.38713740074221481, -0.18652185795965745, 0.060396574890922421, -0.0075401889667275571, -0.0034796923670751627, 0.0016308184577383776, 0.00013334430874280728, -0.00023109493785949793, -1.9082340143052268e-6, 3.514470894937568e-5, 7.1656588222268216e-7, -5.9202858158137664e-6, -6.2943829294052733e-7, 1.0218958167688783e-6, 2.7139992746626576e-7, -1.5561774973391691e-7, -8.5066483777287759e-8, 1.4044698529945636e-8, 1.9542147007637439e-8, 1.4176909969351043e-9, -2.6143513887836879e-9, -5.854845642330189e-10, 5.4336701399937495e-11};
ACT_DATA constexpr double kGeluLow[] = {-2.2974222942036518e-17, -2.1918859620522088e-17, -2.4174759657913229e-17};
// gelu'(-t) exp(t^2/2) = (t - kGeluRoot) P(s)
// Relative error 2^-59.7 on [-1.0, 0.816092].
ACT_DATA constexpr double kGeluSlope[] = {-0.46221124404957531, 0.10336589852195695, -0.060462936767851305, 0.028083359953045613, -0.009504950375084923, 0.0017882605413133247, 0.00015461331259905778, -0.00018577577570743525, 1.7477216422924807e-5, 1.8034946521714794e-5, -3.5389103653840205e-6, -2.2167685245371352e-6, 4.9219335089740128e-7, 3.4944213562663037e-7, -5.2429630470916439e-8, -6.3370049930327729e-8, 7.619877589581953e-10, 1.1440550904071471e-8, 1.771232537681985e-9, -1.7166675334151361e-9, -5.629606455861662e-10, 1.5036528217606027e-10, 7.3380579360981116e-11};
ACT_DATA constexpr double kGeluSlopeLow[] = {5.9976826002538212e-18, 3.8294201255050954e-18};
// Phi(x) = 1/2 + x P(x^2)
// Relative error 2^-64.9 on [1.0e-20, 0.27].
ACT_DATA constexpr double kGeluCentral[] = {0.3989422804014327, -0.066490380066905441, 0.0099735570100353468, -0.0011873282154636559, 0.00011543468731114042, -9.4446531125554619e-6, 6.6595010749250913e-7, -4.1157540718639894e-8, 2.1382859605686075e-9};
ACT_DATA constexpr double kGeluCentralLow[] = {-2.4929615847311382e-17};
// f'(x) = (x - root) P(x - root) near the root of a derivative
// Relative error 2^-59.6 on [-0.21875, 0.21875].
ACT_DATA constexpr double kSiluSlope[] = {0.2178117057198001, 0.14664879699694691, 0.018874814223782326, -0.015222655223192706, -0.0066065891383610123, 0.00012662741070813493, 0.00079852188238536796, 0.00018570720486140547, -4.0905375141946569e-5, -2.9732331122633079e-5, -2.9416228157249588e-6, 2.3274471155291701e-6, 8.4456286261958638e-7, 7.9760894596738954e-8};
ACT_DATA constexpr double kSiluSlopeLow[] = {-3.9807247065676872e-18};
// Relative error 2^-59.1 on [-0.21875, 0.21875].
ACT_DATA constexpr double kGeluTanhSlope[] = {0.43040009102485849, 0.3875184461357889, -0.015782853521848366, -0.11394448308094651, -0.016619328342939419, 0.019682309458090717, 0.0052610592407088845, -0.0024227317331168125, -0.0009274411724229071, 0.00026392389105947279, 0.00012422611725106412, -3.4892351868859717e-5, -1.555074018433565e-5, 5.4312929267838239e-6};
ACT_DATA constexpr double kGeluTanhSlopeLow[] = {2.0446392967804403e-17};
// Relative error 2^-60.9 on [-0.21875, 0.21875].
ACT_DATA constexpr double kMishSlope[] = {0.2669479140495345, 0.20473126408010586, 0.041907821043609725, -0.020271822716682583, -0.015821126561683579, -0.0033606849272598232, 0.0010924055346748357, 0.00098981811739822672, 0.00025412973962502661, -4.1961988867854443e-5, -5.5840480792724522e-5, -1.7291549940216234e-5, 1.1195780467254509e-6, 2.8632904039589461e-6};
ACT_DATA constexpr double kMishSlopeLow[] = {1.5405398632632248e-17};
// x - tanh(x) = x^3 P(x^2)
// Relative error 2^-62.3 on [1.0e-12, 1.0].
ACT_DATA constexpr double kTanhshrink[] = {0.33333333333333331, -0.1333333333333333, 0.053968253968250925, -0.021869488536030456, 0.0088632355271719195, -0.0035921279998263672, 0.0014558340566972569, -0.00059002534851959447, 0.00023911943473477358, -9.6881857449917244e-5, 3.9189938930825505e-5, -1.5739555711212432e-5, 6.169852725913112e-6, -2.2708203396909694e-6, 7.3335348607067969e-7, -1.8793496999631688e-7, 3.2814847740943884e-8, -2.8497631084715136e-9};
ACT_DATA constexpr double kTanhshrinkLow[] = {1.84667200130524e-17};
// sin(x)^2 = x^2 P(x^2)
// Relative error 2^-82.7 on [1.0e-12, 0.62].
ACT_DATA constexpr double kSineSquared[] = {1.0, -0.33333333333333331, 0.044444444444444446, -0.0031746031746031746, 0.00014109347442680769, -4.2755598311147186e-6, 9.3968347932917098e-8, -1.5661391200239497e-9, 2.0472381679032144e-11, -2.1546727308873531e-13, 1.8434775084037267e-15, -6.7023033494228621e-18};
ACT_DATA constexpr double kSineSquaredLow[] = {-3.4820813394521224e-29, -1.8503717061178675e-17, -1.6961752713551654e-18};
}  // namespace coefficients_double_double
template <>
struct CoefficientsFor<double, double> {
  // ln 2 with so few bits that its product with an exponent is exact, and what that leaves.
  static constexpr double kLog2E = 1.4426950408889634;
  static constexpr double kLn2 = 0.6931471805601177, kLn2Low = -1.7239444525614835e-13;
  static constexpr double kGeluRoot = 0.75179152469356447, kGeluRootLow = -1.4956759177009883e-17;
  static constexpr double kSiluRoot = -1.2784645427610737, kSiluRootLow = -1.0946994183093437e-16;
  static constexpr double kGeluTanhRoot = -0.75246142207101629, kGeluTanhRootLow = 3.6355605092076871e-17;
  static constexpr double kMishRoot = -1.1924312145154952, kMishRootLow = -4.8484829848031044e-17;
  // gelu_tanh(x) = x sigmoid(C1 x + C3 x^3)
  static constexpr double kGeluTanhC1 = 1.5957691216057308, kGeluTanhC1Low = -9.9693088091109202e-17;
  static constexpr double kGeluTanhC3 = 0.071354816272600249, kGeluTanhC3Low = -6.175149918155315e-19;
  static constexpr double kGeluReach = 39.5;
  static constexpr auto& kExp = coefficients_double_double::kExp;
  static constexpr auto& kGelu = coefficients_double_double::kGelu;
  static constexpr auto& kGeluLow = coefficients_double_double::kGeluLow;
  static constexpr auto& kGeluSlope = coefficients_double_double::kGeluSlope;
  static constexpr auto& kGeluSlopeLow = coefficients_double_double::kGeluSlopeLow;
  static constexpr auto& kGeluCentral = coefficients_double_double::kGeluCentral;
  static constexpr auto& kGeluCentralLow = coefficients_double_double::kGeluCentralLow;
  static constexpr auto& kSiluSlope = coefficients_double_double::kSiluSlope;
  static constexpr auto& kSiluSlopeLow = coefficients_double_double::kSiluSlopeLow;
  static constexpr auto& kGeluTanhSlope = coefficients_double_double::kGeluTanhSlope;
  static constexpr auto& kGeluTanhSlopeLow = coefficients_double_double::kGeluTanhSlopeLow;
  static constexpr auto& kMishSlope = coefficients_double_double::kMishSlope;
  static constexpr auto& kMishSlopeLow = coefficients_double_double::kMishSlopeLow;
  static constexpr auto& kTanhshrink = coefficients_double_double::kTanhshrink;
  static constexpr auto& kTanhshrinkLow = coefficients_double_double::kTanhshrinkLow;
  static constexpr auto& kSineSquared = coefficients_double_double::kSineSquared;
  static constexpr auto& kSineSquaredLow = coefficients_double_double::kSineSquaredLow;
};

namespace coefficients_double_float {
// exp(r) = 1 + r + r^2 P(r)
// Relative error 2^-34.0 on [-0.35, 0.35].
ACT_DATA constexpr double kExp[] = {0.50000000000410671, 0.16666666721856119, 0.041666666229411314, 0.0083332971901264197, 0.0013888955167014694, 0.00019900358636643883, 2.4806037199478587e-5};
// Phi(-t) exp(t^2/2) (t + kPivot) = P(s), for t up to kGeluReach, s = (t - kPivot) / (t + kPivot)
// Relative error 2^-36.2 on [-1.0, 0.666667].
ACT_DATA constexpr double kGelu[] = {0.75528513042138312, -0.60789664184948877, 0.38713739977924733, -0.18652186387099634, 0.060396599577276236, -0.0075401021045247429, -0.0034799137746465351, 0.0016302282389846505, 0.00013421035644553604, -0.00022898505148280705, -3.3685054194469237e-6, 3.1173098298162817e-5, 1.3304590085498669e-6, -2.42017251427173e-6};
ACT_DATA constexpr double kGeluLow[] = {0.0};
// gelu'(-t) exp(t^2/2) = (t - kGeluRoot) P(s)
// Relative error 2^-40.0 on [-1.0, 0.666667].
ACT_DATA constexpr double kGeluSlope[] = {-0.46221124404990949, 0.10336589852090862, -0.060462936716400621, 0.028083359997180608, -0.0095049516593682954, 0.0017882597922090119, 0.00015462531269641174, -0.00018576875187416978, 1.7424020807784347e-5, 1.7999340194789472e-5, -3.4193578456444944e-6, -2.1230389393966271e-6, 3.6274604985548883e-7, 2.2956838471359802e-7};
ACT_DATA constexpr double kGeluSlopeLow[] = {0.0};
// Phi(x) = 1/2 + x P(x^2)
// Relative error 2^-41.6 on [1.0e-20, 0.27].
ACT_DATA constexpr double kGeluCentral[] = {0.39894228040131069, -0.066490380034543606, 0.0099735556154592429, -0.0011873061872415191, 0.00011527694938796543, -8.9209940551123648e-6};
ACT_DATA constexpr double kGeluCentralLow[] = {0.0};
// f'(x) = (x - root) P(x - root) near the root of a derivative
// Relative error 2^-36.8 on [-0.21875, 0.21875].
ACT_DATA constexpr double kSiluSlope[] = {0.21781170572147585, 0.14664879699448355, 0.01887481310001515, -0.015222655417559247, -0.0066064715786465214, 0.00012668626782903763, 0.00079459212463715032, 0.00018318296018126408};
ACT_DATA constexpr double kSiluSlopeLow[] = {0.0};
// Relative error 2^-33.4 on [-0.21875, 0.21875].
ACT_DATA constexpr double kGeluTanhSlope[] = {0.43040009106196836, 0.3875184458503681, -0.015782878460157128, -0.11394443006682715, -0.016616712448740186, 0.019679646716783086, 0.0051731918002119841, -0.0023748244595142277};
ACT_DATA constexpr double kGeluTanhSlopeLow[] = {0.0};
// Relative error 2^-34.6 on [-0.21875, 0.21875].
ACT_DATA constexpr double kMishSlope[] = {0.26694791403948026, 0.20473126414259107, 0.041907827809564313, -0.020271834062139827, -0.015821837327882862, -0.003360136198948727, 0.0011163355118008181, 0.00098062546461312114};
ACT_DATA constexpr double kMishSlopeLow[] = {0.0};
// x - tanh(x) = x^3 P(x^2)
// Relative error 2^-38.1 on [1.0e-12, 1.0].
ACT_DATA constexpr double kTanhshrink[] = {0.33333333333216542, -0.13333333305460751, 0.053968242866484994, -0.021869314427266879, 0.008861820271898779, -0.003585327588865336, 0.0014350849911737968, -0.00054820140532630768, 0.00018228562816989115, -4.4291313134113311e-5, 5.5447442470189741e-6};
ACT_DATA constexpr double kTanhshrinkLow[] = {0.0};
// sin(x)^2 = x^2 P(x^2)
// Relative error 2^-38.4 on [1.0e-12, 0.62].
ACT_DATA constexpr double kSineSquared[] = {0.99999999999720179, -0.33333333301835683, 0.04444443864385246, -0.0031745638573607202, 0.0001409723960040693, -4.1026779562462085e-6};
ACT_DATA constexpr double kSineSquaredLow[] = {0.0};
}  // namespace coefficients_double_float
template <>
struct CoefficientsFor<double, float> {
  // ln 2 with so few bits that its product with an exponent is exact, and what that leaves.
  static constexpr double kLog2E = 1.4426950408889634;
  static constexpr double kLn2 = 0.6931471805601177, kLn2Low = -1.7239444525614835e-13;
  static constexpr double kGeluRoot = 0.75179152469356447, kGeluRootLow = -1.4956759177009883e-17;
  static constexpr double kSiluRoot = -1.2784645427610737, kSiluRootLow = -1.0946994183093437e-16;
  static constexpr double kGeluTanhRoot = -0.75246142207101629, kGeluTanhRootLow = 3.6355605092076871e-17;
  static constexpr double kMishRoot = -1.1924312145154952, kMishRootLow = -4.8484829848031044e-17;
  // gelu_tanh(x) = x sigmoid(C1 x + C3 x^3)
  static constexpr double kGeluTanhC1 = 1.5957691216057308, kGeluTanhC1Low = -9.9693088091109202e-17;
  static constexpr double kGeluTanhC3 = 0.071354816272600249, kGeluTanhC3Low = -6.175149918155315e-19;
  static constexpr double kGeluReach = 20.0;
  static constexpr auto& kExp = coefficients_double_float::kExp;
  static constexpr auto& kGelu = coefficients_double_float::kGelu;
  static constexpr auto& kGeluLow = coefficients_double_float::kGeluLow;
  static constexpr auto& kGeluSlope = coefficients_double_float::kGeluSlope;
  static constexpr auto& kGeluSlopeLow = coefficients_double_float::kGeluSlopeLow;
  static constexpr auto& kGeluCentral = coefficients_double_float::kGeluCentral;
  static constexpr auto& kGeluCentralLow = coefficients_double_float::kGeluCentralLow;
  static constexpr auto& kSiluSlope = coefficients_double_float::kSiluSlope;
  static constexpr auto& kSiluSlopeLow = coefficients_double_float::kSiluSlopeLow;
  static constexpr auto& kGeluTanhSlope = coefficients_double_float::kGeluTanhSlope;
  static constexpr auto& kGeluTanhSlopeLow = coefficients_double_float::kGeluTanhSlopeLow;
  static constexpr auto& kMishSlope = coefficients_double_float::kMishSlope;
  static constexpr auto& kMishSlopeLow = coefficients_double_float::kMishSlopeLow;
  static constexpr auto& kTanhshrink = coefficients_double_float::kTanhshrink;
  static constexpr auto& kTanhshrinkLow = coefficients_double_float::kTanhshrinkLow;
  static constexpr auto& kSineSquared = coefficients_double_float::kSineSquared;
  static constexpr auto& kSineSquaredLow = coefficients_double_float::kSineSquaredLow;
};

namespace coefficients_log {
// log((1+s)/(1-s)) = 2s + s^3 P(s^2)
// Relative error 2^-54.1 on [1.0e-12, 0.0295].
ACT_DATA constexpr double kLog[] = {0.66666666666666663, 0.4000000000000532, 0.2857142856917172, 0.2222222265592757, 0.181817736844608, 0.1538721665049789, 0.13246637597863403, 0.13287227232030585};
}  // namespace coefficients_log
struct LogCoefficients {
  static constexpr auto& kLog = coefficients_log::kLog;
};

namespace coefficients_turn {
// kInversePi<i>[j] are the i-th parts of 2^(34 j - 54) / pi less its integer: what that power of two is in half-turns.
ACT_DATA constexpr double kInversePi0[] = {1.7669748230352871e-17, 3.0356396311167783e-7, 0.18917523522636248, 0.041335944941156479, 0.68609490472181889, 0.92979211096534398, 0.69982197555532288, 0.12889341680232522, 0.34273478639391286, 0.053606238640051741, 0.28237499948662453, 0.012277093953261389, 0.076708091885151347, 0.94115214923777024, 0.1453385271745686, 0.25431791491940553, 0.46302853972235986, 0.88869033078294291, 0.93664784408863677, 0.91840753928134089, 0.45277744735275677, 0.98580835975176129, 0.028869573725372365, 0.99974076729992445, 0.12448681217820508, 0.354741299753562, 0.92832659787834393, 0.57772093165079896, 0.6193312884395249, 0.9492083442539675, 0.6443992251267836, 0.94910798187230572};
ACT_DATA constexpr double kInversePi1[] = {-1.0923859969470809e-33, -1.8767048525984274e-23, -6.672295044406916e-18, 1.4329418731735981e-18, -1.7067036863986629e-17, 2.9301000419303621e-17, 3.0165698548245129e-17, -1.5888521840478415e-18, 1.1950897543575854e-17, 1.24687409477063e-18, 2.587203423805994e-17, 7.858471907781079e-19, 3.1107974084018799e-18, 2.7282098827778561e-17, 8.9902824379772911e-18, -2.1423534433784463e-17, 1.9556082040753941e-17, 2.4966866707257852e-17, 5.7681343745700024e-18, -2.416759213420716e-17, -7.4190304787429283e-19, -3.2119498143028587e-18, -7.0430963438992344e-19, -6.4633535431702476e-18, -2.0466744394985449e-18, -5.1642676906592514e-19, 1.6854665894597855e-17, -4.157409793947556e-18, -5.0582624300527348e-17, -2.4320182410429896e-17, -8.260074019524121e-18, 5.232149767304851e-17};
ACT_DATA constexpr double kInversePi2[] = {-5.9515927091596832e-50, -1.0224758417981152e-39, 2.0630875204329059e-35, -7.3627730032603228e-35, 7.6784107577124161e-34, -2.0021558107264484e-34, -1.7539851593071098e-33, 2.9274033909232356e-35, -6.602580486562797e-34, -8.684286008490222e-35, 7.2025943842742061e-34, -3.3385643765109241e-35, 8.1186590242491086e-35, -1.1283590834513126e-33, -3.8154622746771652e-34, -1.6805812090685699e-34, -6.838360503349362e-34, -6.8542673979063937e-35, 2.8268036782044282e-34, -4.6945630645365934e-34, 4.5171861608238924e-35, -1.0120845241238578e-34, -4.7167767757720409e-35, -2.6839061990169764e-34, -7.9688430930473237e-35, 3.7601733374030356e-35, -7.7242414931357453e-34, -2.6037315249295584e-35, 2.2892707718940561e-33, -1.1918680391523504e-33, 4.5537915803058502e-34, 3.0518177756230564e-33};
ACT_DATA constexpr double kInversePi3[] = {4.4706260507976836e-66, 7.6804770723286743e-56, 8.6125443948114824e-53, 4.9063506031600016e-51, 2.876803984921058e-50, 4.8660187260713806e-51, -9.6211326117453854e-50, -2.62150903984991e-51, -1.6075909875248689e-50, 4.1062609867505341e-51, -7.8483611432413822e-51, -1.6951819473852854e-51, -2.0789496715129933e-51, -7.7552507944330709e-50, 5.9592012353028367e-51, 4.3116889608408123e-51, 2.3377208484498255e-50, 3.3602462820773896e-51, 8.0181209132734708e-51, 3.2156357510721793e-50, -2.4357297032938061e-51, 2.6248731751314433e-51, -2.8216314792358869e-52, -1.1613609492515607e-50, 3.3070173513539575e-51, -9.05800478013692e-52, -6.7159173727497574e-51, 1.3741060976495228e-51, 5.5179517465996899e-50, 8.5142072172115824e-50, -3.8299579548495777e-50, 4.2611662784223036e-51};
}  // namespace coefficients_turn
struct TurnCoefficients {
  static constexpr auto& kInversePi0 = coefficients_turn::kInversePi0;
  static constexpr auto& kInversePi1 = coefficients_turn::kInversePi1;
  static constexpr auto& kInversePi2 = coefficients_turn::kInversePi2;
  static constexpr auto& kInversePi3 = coefficients_turn::kInversePi3;
};
// clang-format on
