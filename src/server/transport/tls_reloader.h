// TlsReloader: the credentials of the TLS ports, and how they are replaced while the server runs. New
// connections take the current ones, old ones go on with theirs. Files that are missing or no good leave the
// current ones in place, with a warning in the log. Thread safety: thread-safe; the seams are borrowed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/status.h"
#include "server/transport/tls_credentials.h"

namespace redkite::server {

class TlsReloader {
 public:
  using Reader = std::function<Result<std::string>(const std::string& path)>;
  struct Seams {
    Reader reader;
    const Clock* clock = nullptr;
    Logger* log = nullptr;  // may be null
  };
  /// Fails, naming the file, when they are no good.
  static Result<std::unique_ptr<TlsReloader>> Open(TlsFiles files, Seams seams);

  std::shared_ptr<const TlsCredentials> current() const EXCLUDES(mutex_);
  Status Reload() EXCLUDES(reload_mutex_, mutex_);
  /// Reads the files, which are small, and reloads when their bytes differ from the last ones: a time of
  /// change misses a link that points elsewhere now. Of what is wrong with them it warns once. True: there
  /// are others now.
  bool ReloadIfChanged() EXCLUDES(reload_mutex_, mutex_);

 private:
  TlsReloader(TlsFiles files, Seams seams) : files_(std::move(files)), seams_(std::move(seams)) {}
  Result<TlsPem> Read() const;
  Status Install(const Result<TlsPem>& pem) REQUIRES(reload_mutex_) EXCLUDES(mutex_);

  const TlsFiles files_;
  const Seams seams_;
  Mutex reload_mutex_;
  std::string seen_ GUARDED_BY(reload_mutex_);        // fingerprint of what was read last
  std::string last_error_ GUARDED_BY(reload_mutex_);  // of it; empty: it is current
  mutable Mutex mutex_;
  std::shared_ptr<const TlsCredentials> current_ GUARDED_BY(mutex_);
};

}  // namespace redkite::server
