// Prints what is generated from the declarations of the options: generate_config markdown | sample | help.
#include <cstdio>
#include <string>
#include <string_view>

#include "config/docs.h"

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  std::string text;
  if (what == "markdown") text = redkite::config::MarkdownDoc();
  if (what == "sample") text = redkite::config::SampleYaml();
  if (what == "help") text = redkite::config::HelpText();
  if (text.empty()) {
    std::fputs("usage: generate_config markdown | sample | help\n", stderr);
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}
