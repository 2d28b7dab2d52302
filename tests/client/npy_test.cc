#include "client/npy/npy.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "gtest/gtest.h"
#include "tests/client/process.h"

namespace actserve::client {
namespace {

// A file as NumPy writes it.
std::string File(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string text(kNpyMagic);
  text += {version, 0, static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
  if (version > 1) text += std::string(2, '\0');
  return text + dictionary + data;
}

std::string Dictionary(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string Bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

absl::StatusOr<NpyArray> Read(const std::string& file) {
  std::istringstream stream(file);
  return ReadNpy(stream);
}

std::string ErrorOf(const std::string& file) { return std::string(Read(file).status().message()); }

TEST(Npy, ReadsEveryFloatType) {
  for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16}) {
    const Tensor tensor = Tensor::Make(std::vector<float>{1, -2.5, 3, 4, 5, 6}, {2, 3})->Cast(type);
    const auto array =
        Read(File(Dictionary("<f" + std::to_string(SizeOf(type)), "(2, 3)"), std::string(tensor.bytes())));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(*ToTensor(*array, Uint16::kIsNumber), tensor);
  }
}

TEST(Npy, WritesWhatItReads) {
  for (const DataType type : kWideTypes) {
    for (const std::vector<int64_t>& dims :
         std::vector<std::vector<int64_t>>{{}, {1}, {2, 0, 3}, {2, 1, 3, 1, 1, 1, 1, 2}}) {
      const Shape shape = *Shape::Make(dims);
      const Tensor tensor = Tensor::Make(std::vector<double>(shape.elements(), -1.5), dims)->Cast(type);
      std::stringstream file;
      ASSERT_TRUE(WriteNpy(ToNpy(tensor), file).ok());
      EXPECT_EQ(file.str().find('\n') % 64, 63u);
      const auto array = ReadNpy(file);
      ASSERT_TRUE(array.ok()) << array.status();
      EXPECT_EQ(*ToTensor(*array, Uint16::kIsBF16), tensor);
    }
  }
}

TEST(Npy, WritesNumPysOwnHeader) {
  std::ostringstream file;
  ASSERT_TRUE(WriteNpy(ToNpy(*Tensor::Make(std::vector<float>{1, 2}, {2})), file).ok());
  // What numpy.save writes, version 1.24.
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const std::string padded = dictionary + std::string(118 - dictionary.size() - 1, ' ') + "\n";
  EXPECT_EQ(file.str(), File(padded, Bytes<float>({1, 2})));
}

TEST(Npy, ReadsEveryVersionAndSpelling) {
  const std::string data = Bytes<float>({1, 2});
  for (const char version : {1, 2, 3}) EXPECT_TRUE(Read(File(Dictionary("<f4", "(2,)"), data, version)).ok());
  EXPECT_TRUE(Read(File("{ \"shape\" : ( 2L, ) , 'fortran_order':False,'descr':'=f4'}", data)).ok());
  EXPECT_EQ(Read(File(Dictionary("<f4", "()"), Bytes<float>({7})))->header.shape.rank(), 0);
}

TEST(Npy, SwapsBigEndian) {
  const auto array = Read(File(Dictionary(">f4", "(2,)"), std::string("\x3f\x80\x00\x00\xc0\x00\x00\x00", 8)));
  ASSERT_TRUE(array.ok());
  EXPECT_EQ(ToTensor(*array, Uint16::kIsNumber)->ToDoubles(), (std::vector<double>{1, -2}));
}

TEST(Npy, TurnsFortranOrder) {
  // numpy.arange(24).reshape(2, 3, 4), column-major.
  std::vector<float> data;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) data.push_back(static_cast<float>(12 * i + 4 * j + k));
    }
  }
  const auto array = Read(File(Dictionary("<f4", "(2, 3, 4)", "True"), Bytes(data)));
  ASSERT_TRUE(array.ok());
  EXPECT_FALSE(array->header.fortran_order);
  const Tensor tensor = *ToTensor(*array, Uint16::kIsNumber);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(tensor.at(i), i);
  EXPECT_TRUE(Read(File(Dictionary("<f4", "(2, 0, 4)", "True"), "")).ok());
}

TEST(Npy, TakesUint16ForBF16WhereToldSo) {
  const std::string data("\x80\x3f\x00\xc0", 4);
  for (const char* descr : {"<u2", "|V2"}) {
    const auto array = Read(File(Dictionary(descr, "(2,)"), data));
    ASSERT_TRUE(array.ok());
    EXPECT_EQ(ToTensor(*array, Uint16::kIsBF16)->ToDoubles(), (std::vector<double>{1, -2}));
    EXPECT_NE(ToTensor(*array, Uint16::kIsNumber).status().message().find("--bf16"), std::string::npos);
  }
}

TEST(Npy, TakesBytesForWhatTheyAreSaidToBe) {
  const std::string data("\x38\xff", 2);
  const Bytes8 quantized{.quantization = {.scales = {0.5f}}};
  for (const auto& [descr, values] :
       {std::pair("|i1", std::vector<double>{28, -0.5}), std::pair("|u1", std::vector<double>{28, 127.5})}) {
    const auto array = Read(File(Dictionary(descr, "(2,)"), data));
    ASSERT_TRUE(array.ok());
    const Tensor tensor = *ToTensor(*array, Uint16::kIsNumber, quantized);
    EXPECT_EQ(tensor.ToDoubles(), values);
    std::stringstream file;
    ASSERT_TRUE(WriteNpy(ToNpy(tensor), file).ok());
    EXPECT_NE(file.str().find(descr), std::string::npos);
    EXPECT_EQ(*ToTensor(*ReadNpy(file), Uint16::kIsNumber, quantized), tensor);
    EXPECT_NE(ToTensor(*array, Uint16::kIsNumber).status().message().find("--scale"), std::string::npos);
  }
  const auto array = Read(File(Dictionary("|u1", "(2,)"), data));
  const Tensor f8 = *ToTensor(*array, Uint16::kIsNumber, {.f8 = DataType::kF8E4M3});
  EXPECT_EQ(f8.type(), DataType::kF8E4M3);
  EXPECT_EQ(f8.at(0), 1);
  EXPECT_EQ(ToNpy(f8).header.kind, 'u');
}

TEST(Npy, KeepsIntegersAsArraysAndRefusesThemAsTensors) {
  const auto array = Read(File(Dictionary("<i8", "(1,)"), Bytes<int64_t>({42})));
  ASSERT_TRUE(array.ok());
  EXPECT_EQ(array->data, Bytes<int64_t>({42}));
  EXPECT_EQ(ToTensor(*array, Uint16::kIsBF16).status().message(),
            "holds elements of type i8; expected f8, f4 or f2 (convert with x.astype('f4'))");
}

struct Malformed {
  const char* what;
  std::string file;
  std::string message;  // a part of it
};

TEST(Npy, SaysWhatIsWrongWithAFile) {
  const std::string four = Bytes<float>({1});
  const Malformed cases[] = {
      {"empty", "", "is not a .npy file"},
      {"text", "1 2 3 4 5 6", "is not a .npy file"},
      {"a zip archive (.npz)", "PK\x03\x04 and so on", "is not a .npy file"},
      {"no version", std::string(kNpyMagic), "ends within the .npy header"},
      {"version 9", File("", "", 9), "is .npy version 9; expected 1, 2 or 3"},
      {"version 0", File("", "", 0), "is .npy version 0"},
      {"no length", std::string(kNpyMagic) + "\x01" + std::string(2, '\0'), "ends within the .npy header"},
      {"truncated header", File(Dictionary("<f4", "(1,)"), "").substr(0, 30), "ends within the .npy header"},
      {"huge header", std::string(kNpyMagic) + std::string("\x02\x00\xff\xff\xff\x7f", 6),
       "has a .npy header of 2147483647 bytes"},
      {"no dictionary", File("hello\n", four), "it is not a dictionary"},
      {"unclosed", File("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", four), "it is not a dictionary"},
      {"unclosed string", File("{'descr", four), "it is not a dictionary"},
      {"no descr", File("{'fortran_order': False, 'shape': (1,), }", four), "'descr' is missing"},
      {"no order", File("{'descr': '<f4', 'shape': (1,), }", four), "'fortran_order' is missing"},
      {"no shape", File("{'descr': '<f4', 'fortran_order': False, }", four), "'shape' is missing"},
      {"unknown key", File("{'dtype': '<f4'}", four), "unknown key 'dtype'"},
      {"text after", File("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x", four), "something follows"},
      {"order", File(Dictionary("<f4", "(1,)", "Maybe"), four), "neither True nor False"},
      {"shape a list", File(Dictionary("<f4", "[1]"), four), "'shape' is not a tuple"},
      {"shape of words", File(Dictionary("<f4", "(one,)"), four), "'shape' is not a tuple of integers"},
      {"shape unclosed", File(Dictionary("<f4", "(1 2)"), four), "'shape' is not a tuple of integers"},
      {"negative", File(Dictionary("<f4", "(-1,)"), four), "dimension 0 is -1"},
      {"dimension overflows", File(Dictionary("<f4", "(99999999999999999999,)"), four), "a dimension overflows"},
      {"product overflows", File(Dictionary("<f4", "(4294967296, 4294967296)"), four),
       "product of the dimensions overflows"},
      {"overflow behind a zero", File(Dictionary("<f4", "(0, 4294967296, 4294967296)"), ""), "overflows"},
      {"rank 9", File(Dictionary("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), four), "has rank 9; expected at most 8"},
      {"object", File(Dictionary("|O", "(1,)"), four), "element type '|O' is not supported"},
      {"string", File(Dictionary("<U3", "(1,)"), four), "element type '<U3' is not supported"},
      {"complex", File(Dictionary("<c8", "(1,)"), four), "element type '<c8' is not supported"},
      {"long double", File(Dictionary("<f16", "(1,)"), four), "element type '<f16' is not supported"},
      {"structured", File("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", four), "structured"},
      {"truncated data", File(Dictionary("<f4", "(2, 3)"), four),
       "is truncated: its shape [2, 3] takes 24 bytes of data, and 4 are there"},
      {"a lie about the size", File(Dictionary("<f4", "(1000000000000,)"), four), "is truncated"},
      {"trailing data", File(Dictionary("<f4", "(1,)"), four + "x"), "has more data than its shape [1] takes"},
  };
  for (const Malformed& each : cases) {
    EXPECT_EQ(Read(each.file).status().code(), absl::StatusCode::kInvalidArgument) << each.what;
    EXPECT_NE(ErrorOf(each.file).find(each.message), std::string::npos) << each.what << ": " << ErrorOf(each.file);
  }
}

TEST(Npy, NamesTheFileInErrors) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(ReadNpy(folder / "none.npy").status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(ReadNpy(folder.path()).status().message().find(": Is a directory"), std::string::npos);
  std::ofstream(folder / "text.npy") << "text";
  EXPECT_TRUE(
      std::string(ReadNpy(folder / "text.npy").status().message()).starts_with((folder / "text.npy") + ": is not"));
  EXPECT_FALSE(WriteNpy(ToNpy(Tensor()), folder / "no/such/folder.npy").ok());
  EXPECT_FALSE(WriteNpy(ToNpy(Tensor()), "/dev/full").ok());
}

}  // namespace
}  // namespace actserve::client
