// Members that the bodies of searches, queries and deletes share. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "rest/body_reader.h"
#include "types/requests.h"

namespace redkite::rest {

/// `consistencyLevel`; without one the collection's.
ReadPoint ReadConsistency(BodyReader* body);
/// `exprParams`, the values of a filter's names. What they may take in memory is bounded.
TemplateValues ReadTemplates(BodyReader* body);
/// Notes each of the members that asks for a feature which this build does not serve: by its name on the
/// wire.
void NoteUnsupported(BodyReader* body, std::vector<std::string>* unsupported);
/// A member that is a positive number as a parameter; `absent` where it is not there.
void AddNumber(BodyReader* body, std::string_view member, std::string key, int64_t absent, Params* params);

}  // namespace redkite::rest
