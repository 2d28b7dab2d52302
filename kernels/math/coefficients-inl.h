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
};

namespace coefficients_log {
// log((1+s)/(1-s)) = 2s + s^3 P(s^2)
// Relative error 2^-54.1 on [1.0e-12, 0.0295].
ACT_DATA constexpr double kLog[] = {0.66666666666666663, 0.4000000000000532, 0.2857142856917172, 0.2222222265592757, 0.181817736844608, 0.1538721665049789, 0.13246637597863403, 0.13287227232030585};
}  // namespace coefficients_log
struct LogCoefficients {
  static constexpr auto& kLog = coefficients_log::kLog;
};
// clang-format on
