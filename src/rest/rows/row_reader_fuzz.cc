// Any bytes as the body of an insert or upsert: what is accepted has columns of as many rows as it says.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "rest/rows/all_types_fixture.h"
#include "rest/rows/row_reader.h"

namespace redkite::rest {
namespace {

void Check(const Result<InsertRequest>& request) {
  if (!request.ok()) {
    CHECK(!request.status().message().empty());
    return;
  }
  CHECK(request->row_count > 0);
  for (const InputColumn& column : request->columns) {
    const ColumnView view = column.column.view();
    CHECK(view.row_count == request->row_count);
    CHECK(column.is_dynamic || AllTypes().Find(column.name) != nullptr);
    CHECK(!column.column.has_nulls() || column.has_valid_data);
  }
}

void Run(std::string_view bytes) {
  static const CollectionSchema& schema = *new CollectionSchema(AllTypes());
  const auto body = JsonBody::Parse(bytes);
  if (!body.ok()) return;
  Check(ReadInsert(body->root(), schema));
  Check(ReadUpsert(body->root(), schema));
}

fuzz::Inputs Seeds() {
  return {
      R"({"collectionName":"c","data":[{"id":1,"bool":true,"int8":-1,"int16":2,"int32":3,"int64":"4","float":0.5,"double":"0.1","text":"t","json":{"k":1}}]})",
      R"x({"collectionName":"c","data":[{"id":1,"time":"2025-01-01","shape":"POINT (1 2)","bools":[true],"bytes":"[7]","longs":[8,"9"],"reals":[0.25],"texts":["a"]}]})x",
      R"({"collectionName":"c","data":{"id":1,"vec":[1,2],"bits":[1,2],"half":[1,2],"brain":"AAAAAA==","tiny":[1,2],"sparse":{"5":1}}})",
      R"({"collectionName":"c","data":[{"id":1,"sparse":{"indices":[5,1],"values":[1,2]}},{"id":2,"s":[{"n":1,"t":"x","v":[1,2]}],"more":null},{"id":3,"s":null}]})",
      R"({"collectionName":"c","partialUpdate":true,"fieldOps":[{"fieldName":"longs","op":"ARRAY_APPEND"}],"data":[{"id":1,"longs":[1]},{"id":2,"longs":null}]})",
  };
}

}  // namespace
}  // namespace redkite::rest

FUZZ_TARGET(row_reader_fuzz, redkite::rest::Run, redkite::rest::Seeds, 5000)
