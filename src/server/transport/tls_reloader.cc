#include "server/transport/tls_reloader.h"

namespace redkite::server {

Result<std::unique_ptr<TlsReloader>> TlsReloader::Open(TlsFiles files, Seams seams) {
  std::unique_ptr<TlsReloader> made(new TlsReloader(std::move(files), std::move(seams)));
  RK_RETURN_IF_ERROR(made->Reload());
  return made;
}

std::shared_ptr<const TlsCredentials> TlsReloader::current() const {
  MutexLock lock(mutex_);
  return current_;
}

Result<TlsPem> TlsReloader::Read() const {
  const auto read = [this](const char* option, const std::string& path) -> Result<std::string> {
    if (path.empty()) return std::string();
    Result<std::string> text = seams_.reader(path);
    if (text.ok()) return text;
    return Status(text.status().code(),
                  std::string("cannot read ") + option + ": " + text.status().message());
  };
  TlsPem pem;
  RK_ASSIGN_OR_RETURN(pem.certificate, read("tls.certificate", files_.certificate));
  RK_ASSIGN_OR_RETURN(pem.key, read("tls.key", files_.key));
  RK_ASSIGN_OR_RETURN(pem.client_ca, read("tls.client_ca", files_.client_ca));
  return pem;
}

Status TlsReloader::Install(const Result<TlsPem>& pem) {
  if (!pem.ok()) return pem.status();
  RK_ASSIGN_OR_RETURN(std::shared_ptr<const TlsCredentials> made,
                      TlsCredentials::Parse(*pem, files_, seams_.clock->WallMs()));
  if (seams_.log != nullptr) {
    seams_.log->Info("TLS certificate loaded",
                     {{"certificate", files_.certificate}, {"valid_until", made->valid_until()}});
  }
  MutexLock lock(mutex_);
  current_ = std::move(made);
  return Status::Ok();
}

Status TlsReloader::Reload() {
  MutexLock lock(reload_mutex_);
  const Result<TlsPem> pem = Read();
  const Status installed = Install(pem);
  seen_ = pem.ok() ? pem->Fingerprint() : "";
  const bool told = installed.ok() || installed.message() == last_error_ || current() == nullptr;
  if (!told && seams_.log != nullptr) {
    seams_.log->Warn("TLS certificate not replaced, the last one stays", {{"error", installed.message()}});
  }
  last_error_ = installed.message();
  return installed;
}

bool TlsReloader::ReloadIfChanged() {
  {
    MutexLock lock(reload_mutex_);
    // What was no good may be now: a certificate that was not valid yet.
    if (last_error_.empty()) {
      const Result<TlsPem> pem = Read();
      if (pem.ok() && pem->Fingerprint() == seen_) return false;
    }
  }
  return Reload().ok();
}

}  // namespace redkite::server
