#include "storage/segment_file.h"

#include "base/coding.h"

namespace redkite::storage {

std::string SegmentFileName(const SegmentFiles& files, std::string_view what, std::string_view extension) {
  return "s" + std::to_string(files.segment.value()) + "-" + std::string(what) + "-g" +
         std::to_string(files.generation) + "." + std::string(extension);
}

std::string EncodeIdent(const FileIdent& ident) {
  std::string out;
  PutFixed<int64_t>(&out, ident.segment.value());
  PutFixed<int64_t>(&out, ident.field.value());
  PutFixed<int32_t>(&out, static_cast<int32_t>(ident.type));
  PutFixed<int32_t>(&out, ident.dim);
  PutFixed<uint64_t>(&out, ident.count);
  return out;
}

Result<FileIdent> ReadIdent(const BlockFileReader& reader, FieldId field) {
  RK_ASSIGN_OR_RETURN(const auto bytes, reader.Read({kIdentSection, field}));
  Decoder in({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  FileIdent ident;
  ident.segment = SegmentId(in.Fixed<int64_t>());
  ident.field = FieldId(in.Fixed<int64_t>());
  ident.type = static_cast<DataType>(in.Fixed<int32_t>());
  ident.dim = in.Fixed<int32_t>();
  ident.count = in.Fixed<uint64_t>();
  if (!in.ok()) return reader.Corrupt("identity section");
  return ident;
}

}  // namespace redkite::storage
