#include "index/index_file.h"

#include <string>

#include "base/coding.h"
#include "io/file_system.h"

namespace redkite::index {
namespace {

constexpr std::string_view kMagic = "RKVINDEX";
constexpr uint16_t kMajor = 1;
constexpr uint16_t kMinor = 1;
constexpr size_t kAlignment = 64;
constexpr size_t kFixedHeaderBytes = 80;
constexpr size_t kSectionEntryBytes = 24;
constexpr uint32_t kMaxHeaderBytes = 1 << 20;
constexpr uint32_t kRequired = 1;  // section flag: a reader that does not know the kind must refuse the file

enum SectionKind : uint32_t { kBaseLinks = 1, kUpperSlot = 2, kUpperLinks = 3, kInverseNorms = 4 };

size_t AlignUp(size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

struct Section {
  uint32_t kind;
  std::span<const std::byte> bytes;
};

std::vector<Section> SectionsOf(const IndexFile& content) {
  std::vector<Section> sections;
  const auto add = [&](uint32_t kind, std::span<const std::byte> bytes) {
    if (!bytes.empty()) sections.push_back({kind, bytes});
  };
  add(kBaseLinks, content.base_links);
  add(kUpperSlot, content.upper_slot);
  add(kUpperLinks, content.upper_links);
  add(kInverseNorms, content.inverse_norms);
  return sections;
}

std::string EncodeHeader(const IndexFile& content, const std::vector<Section>& sections) {
  std::string parameters;
  for (const auto& [key, value] : content.parameters) {
    PutBytes(&parameters, key);
    PutBytes(&parameters, value);
  }
  const size_t header_bytes =
      AlignUp(kFixedHeaderBytes + sections.size() * kSectionEntryBytes + parameters.size());
  std::string out(kMagic);
  PutFixed<uint16_t>(&out, kMajor);
  PutFixed<uint16_t>(&out, kMinor);
  PutFixed<uint32_t>(&out, static_cast<uint32_t>(header_bytes));
  PutFixed<uint64_t>(&out, content.row_count);
  PutFixed<uint32_t>(&out, content.dim);
  PutFixed<uint8_t>(&out, static_cast<uint8_t>(content.metric));
  PutFixed<uint8_t>(&out, static_cast<uint8_t>(content.structure));
  PutFixed<uint16_t>(&out, static_cast<uint16_t>(content.type));
  PutFixed<uint32_t>(&out, content.m);
  PutFixed<uint32_t>(&out, content.ef_construction);
  PutFixed<uint64_t>(&out, content.seed);
  PutFixed<uint32_t>(&out, content.entry);
  PutFixed<uint32_t>(&out, content.max_level);
  PutFixed<uint64_t>(&out, content.upper_slot_count);
  PutFixed<uint32_t>(&out, static_cast<uint32_t>(sections.size()));
  PutFixed<uint32_t>(&out, static_cast<uint32_t>(parameters.size()));
  PutFixed<uint64_t>(&out, 0);
  CHECK(out.size() == kFixedHeaderBytes);
  uint64_t offset = header_bytes;
  for (const Section& section : sections) {
    PutFixed<uint32_t>(&out, section.kind);
    PutFixed<uint32_t>(&out, kRequired);
    PutFixed<uint64_t>(&out, offset);
    PutFixed<uint64_t>(&out, section.bytes.size());
    offset += AlignUp(section.bytes.size());
  }
  out += parameters;
  out.resize(header_bytes, '\0');
  return out;
}

Status PlaceSection(uint32_t kind, uint32_t flags, std::span<const std::byte> bytes, IndexFile* file) {
  switch (kind) {
    case kBaseLinks:
      file->base_links = bytes;
      break;
    case kUpperSlot:
      file->upper_slot = bytes;
      break;
    case kUpperLinks:
      file->upper_links = bytes;
      break;
    case kInverseNorms:
      file->inverse_norms = bytes;
      break;
    default:
      if ((flags & kRequired) != 0) {
        return Status::Corrupt("index file with an unknown section of kind: " + std::to_string(kind));
      }
  }
  return Status::Ok();
}

Status CheckNames(const IndexFile& file, uint8_t metric, uint8_t structure) {
  if (metric > static_cast<uint8_t>(Metric::kSuperstructure)) {
    return Status::Corrupt("index file with an unknown metric: " + std::to_string(metric));
  }
  if (structure != static_cast<uint8_t>(Structure::kFlat) &&
      structure != static_cast<uint8_t>(Structure::kHnsw)) {
    return Status::Corrupt("index file with an unknown structure: " + std::to_string(structure));
  }
  if (file.row_count >= (uint64_t{1} << 31)) {
    return Status::Corrupt("index file with too many rows: " + std::to_string(file.row_count));
  }
  return Status::Ok();
}

Status ParseSections(std::span<const std::byte> bytes, uint32_t count, uint64_t header_bytes, Decoder* in,
                     IndexFile* file) {
  for (uint32_t i = 0; i < count; ++i) {
    const auto kind = in->Fixed<uint32_t>();
    const auto flags = in->Fixed<uint32_t>();
    const auto offset = in->Fixed<uint64_t>();
    const auto length = in->Fixed<uint64_t>();
    if (!in->ok() || offset % kAlignment != 0 || offset < header_bytes || offset > bytes.size() ||
        length > bytes.size() - offset) {
      return Status::Corrupt("index file with a section outside the file: " + std::to_string(i));
    }
    RK_RETURN_IF_ERROR(PlaceSection(kind, flags, bytes.subspan(offset, length), file));
  }
  return Status::Ok();
}

}  // namespace

Status WriteIndexFile(const IndexFile& content, io::WritableFile* file) {
  const std::vector<Section> sections = SectionsOf(content);
  RK_RETURN_IF_ERROR(file->Append(EncodeHeader(content, sections)));
  const std::string zeros(kAlignment, '\0');
  for (const Section& section : sections) {
    const size_t size = section.bytes.size();
    RK_RETURN_IF_ERROR(file->Append({reinterpret_cast<const char*>(section.bytes.data()), size}));
    if (AlignUp(size) != size)
      RK_RETURN_IF_ERROR(file->Append(std::string_view(zeros).substr(0, AlignUp(size) - size)));
  }
  return Status::Ok();
}

Result<IndexFile> ParseIndexFile(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment != 0) {
    return Status::Internal("index file mapped at an address that is not a multiple of 64");
  }
  if (bytes.size() < kFixedHeaderBytes || !text.starts_with(kMagic))
    return Status::Corrupt("not an index file");
  Decoder in(text.substr(kMagic.size()));
  const auto major = in.Fixed<uint16_t>();
  in.Fixed<uint16_t>();  // minor: readers of one major accept all
  if (major != kMajor)
    return Status::Corrupt("index file of an unknown format version: " + std::to_string(major));
  const auto header_bytes = in.Fixed<uint32_t>();
  IndexFile file;
  file.row_count = in.Fixed<uint64_t>();
  file.dim = in.Fixed<uint32_t>();
  const auto metric = in.Fixed<uint8_t>();
  const auto structure = in.Fixed<uint8_t>();
  const auto type = in.Fixed<uint16_t>();
  if (type != 0) file.type = static_cast<DataType>(type);  // minor version 0 knew FloatVector alone
  file.m = in.Fixed<uint32_t>();
  file.ef_construction = in.Fixed<uint32_t>();
  file.seed = in.Fixed<uint64_t>();
  file.entry = in.Fixed<uint32_t>();
  file.max_level = in.Fixed<uint32_t>();
  file.upper_slot_count = in.Fixed<uint64_t>();
  const auto section_count = in.Fixed<uint32_t>();
  const auto parameter_bytes = in.Fixed<uint32_t>();
  in.Fixed<uint64_t>();
  RK_RETURN_IF_ERROR(CheckNames(file, metric, structure));
  file.metric = static_cast<Metric>(metric);
  file.structure = static_cast<Structure>(structure);
  if (header_bytes > bytes.size() || header_bytes > kMaxHeaderBytes) {
    return Status::Corrupt("index file shorter than its header: " + std::to_string(header_bytes));
  }
  RK_RETURN_IF_ERROR(ParseSections(bytes, section_count, header_bytes, &in, &file));
  Decoder parameters(in.Raw(parameter_bytes));
  while (in.ok() && parameters.ok() && parameters.remaining() > 0) {
    std::string key = parameters.String();
    file.parameters.emplace_back(std::move(key), parameters.String());
  }
  if (!in.ok() || !parameters.done()) return Status::Corrupt("malformed parameters in an index file");
  return file;
}

}  // namespace redkite::index
