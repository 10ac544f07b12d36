#include "storage/index_file.h"

#include "base/coding.h"
#include "storage/segment_file.h"

namespace redkite::storage {
namespace {

std::string EncodeIndexIdent(const IndexIdent& ident) {
  std::string out;
  PutFixed<int64_t>(&out, ident.segment.value());
  PutFixed<int64_t>(&out, ident.field.value());
  PutFixed<int64_t>(&out, ident.index.value());
  PutFixed<int64_t>(&out, ident.build_id);
  PutFixed<uint32_t>(&out, ident.format_version);
  return out;
}

/// The open section of a block file as a file that can only grow.
class SectionSink final : public io::WritableFile {
 public:
  explicit SectionSink(BlockFileWriter* writer) : writer_(writer) {}
  Status Append(std::string_view bytes) override { return writer_->Append(bytes); }
  Status WriteAt(uint64_t, std::string_view) override { return Status::Internal("index files only grow"); }
  Status Sync() override { return Status::Ok(); }
  Status Allocate(uint64_t) override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }

 private:
  BlockFileWriter* writer_;
};

}  // namespace

Result<FileRef> WriteIndexFile(io::FileSystem* fs, const SegmentFiles& files, const IndexIdent& ident,
                               const std::function<Status(io::WritableFile*)>& save) {
  const std::string what = "f" + std::to_string(ident.field.value()) + "-i" +
                           std::to_string(ident.index.value()) + "-b" + std::to_string(ident.build_id);
  const std::string name = SegmentFileName(files, what, "idx");
  RK_ASSIGN_OR_RETURN(auto writer,
                      BlockFileWriter::Create(fs, files.dir, name, FileKind::kIndex, files.generation));
  const std::string ident_bytes = EncodeIndexIdent(ident);
  RK_RETURN_IF_ERROR(writer->Add({kIdentSection, ident.field}, ident_bytes));
  RK_RETURN_IF_ERROR(writer->Begin({kIndexSection, ident.field}));
  SectionSink sink(writer.get());
  RK_RETURN_IF_ERROR(save(&sink));
  RK_RETURN_IF_ERROR(writer->End());
  return writer->Finish();
}

Result<std::shared_ptr<const IndexFile>> IndexFile::Open(io::FileSystem* fs, const std::string& dir,
                                                         const FileRef& file, const IndexIdent& ident,
                                                         const IndexOpenOptions& options) {
  std::shared_ptr<IndexFile> index(new IndexFile);
  RK_ASSIGN_OR_RETURN(index->reader_, BlockFileReader::Open(fs, dir, file, FileKind::kIndex, options.memory));
  const BlockFileReader& reader = *index->reader_;
  RK_RETURN_IF_ERROR(reader.VerifyAll(options.cancel));
  RK_ASSIGN_OR_RETURN(const auto found, reader.Read({kIdentSection, ident.field}));
  const std::string expected = EncodeIndexIdent(ident);
  const std::string_view text(reinterpret_cast<const char*>(found.data()), found.size());
  if (!text.starts_with(expected)) return reader.Corrupt("file of another index build");
  RK_ASSIGN_OR_RETURN(index->bytes_, reader.Read({kIndexSection, ident.field}));
  return std::shared_ptr<const IndexFile>(std::move(index));
}

}  // namespace redkite::storage
