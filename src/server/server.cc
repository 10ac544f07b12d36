#include "server/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "audit/audit_log.h"
#include "engine/engine.h"
#include "io/posix_file_system.h"
#include "server/access/audit_trail.h"
#include "server/access/bootstrap.h"
#include "server/access/gate.h"
#include "server/http_services.h"
#include "server/milvus_service.h"
#include "server/rest/rest_service.h"
#include "server/sandbox.h"
#include "server/transport/listener.h"
#include "server/transport/tls_reloader.h"

namespace redkite::server {
namespace {

struct HostPort {
  std::string host;
  int port = 0;
};

// The address was checked when the settings were read.
HostPort SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostPort out{address.substr(0, colon), 0};
  if (out.host.size() > 1 && out.host.front() == '[') out.host = out.host.substr(1, out.host.size() - 2);
  const std::string port = address.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), out.port);
  return out;
}

Limits LimitsOf(const config::Settings& s) {
  Limits limits;
  limits.name_length_max = static_cast<int>(s.limit_name_length);
  limits.dim_max = static_cast<int>(s.limit_dimension);
  limits.binary_dim_max = limits.dim_max * 8;
  limits.database_count_max = static_cast<int>(s.limit_database_count);
  limits.partition_count_max = static_cast<int>(s.limit_partition_count);
  limits.field_count_max = static_cast<int>(s.limit_field_count);
  limits.vector_field_count_max = static_cast<int>(s.limit_vector_field_count);
  limits.shard_count_max = static_cast<int>(s.limit_shard_count);
  limits.index_params_bytes_max = static_cast<size_t>(s.limit_index_params_bytes);
  limits.collection_count_max = static_cast<int>(s.limit_collection_count);
  limits.varchar_length_max = static_cast<int>(s.limit_varchar_bytes);
  limits.json_bytes_max = static_cast<size_t>(s.limit_json_bytes);
  limits.topk_max = s.limit_topk;
  limits.nq_max = s.limit_query_count;
  limits.output_bytes_max = s.limit_output_bytes;
  limits.group_count_max = s.limit_group_count;
  limits.autoload = s.autoload;
  return limits;
}

jobs::CompactionOptions CompactionOptionsOf(const config::Settings& s, int64_t memory_limit_bytes) {
  jobs::CompactionOptions options;
  options.enabled = s.segment_merge;
  options.fan_in = static_cast<size_t>(s.segment_merge_fan_in);
  options.target_bytes = static_cast<uint64_t>(std::min(s.segment_target_bytes, memory_limit_bytes / 8));
  options.dead_ratio = static_cast<double>(s.segment_dead_percent) / 100;
  options.retention_ms = s.retention_window_ms;
  options.retention_ratio = static_cast<double>(s.retention_live_percent) / 100;
  options.retention_bytes = static_cast<uint64_t>(s.retention_free_bytes);
  return options;
}

ListenerOptions ListenerOptionsOf(const config::Settings& s, const std::string& address) {
  const HostPort at = SplitAddress(address);
  ListenerOptions options;
  options.host = at.host;
  options.port = at.port;
  options.receive_message_bytes_max = s.message_receive_bytes;
  options.send_message_bytes_max = s.message_send_bytes;
  options.receive_total_bytes_max = s.message_total_bytes;
  options.connection_count_max = static_cast<int>(s.connection_count_max);
  options.connection_count_per_address_max = static_cast<int>(s.connection_per_address_max);
  options.stream_count_max = static_cast<int>(s.connection_streams_max);
  options.header_bytes_max = s.message_header_bytes;
  options.http_timeout_ms = s.rest_timeout_ms;
  options.receive_limit_option = "message.receive_max";
  options.receive_total_limit_option = "message.total_max";
  options.send_limit_option = "message.send_max";
  options.header_limit_option = "message.header_max";
  options.connection_limit_option = "connections.max";
  options.address_limit_option = "connections.max_per_address";
  return options;
}

constexpr uint64_t kTlsFileBytesMax = 4 << 20;  // a bundle of all public authorities has 200 KB

/// nullptr without a certificate.
Result<std::unique_ptr<TlsReloader>> OpenTls(const config::Settings& s, TlsReloader::Seams seams) {
  if (s.tls_certificate.empty() != s.tls_key.empty()) {
    const bool key_missing = s.tls_key.empty();
    return Status::Invalid(std::string("tls.certificate and tls.key belong together, only one is set: ") +
                           (key_missing ? "tls.certificate" : "tls.key"));
  }
  if (!s.tls_certificate.empty()) {
    return TlsReloader::Open({s.tls_certificate, s.tls_key, s.tls_client_ca}, std::move(seams));
  }
  if (!s.tls_client_ca.empty()) {
    return Status::Invalid("tls.client_ca needs tls.certificate and tls.key: " + s.tls_client_ca);
  }
  return std::unique_ptr<TlsReloader>();
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

constexpr int kManagementConnectionsMax = 256;
constexpr uint64_t kKernelFileBytesMax = 4096;  // of the files that hold one number

// Files and the management port need descriptors too, whatever clients hold: they get a quarter, at least as
// many as the management port may have connections.
int ClientConnectionsMax(int wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 && ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  }
  const rlim_t reserved = std::max<rlim_t>(limit.rlim_cur / 4, kManagementConnectionsMax + 64);
  const rlim_t left = limit.rlim_cur > reserved ? limit.rlim_cur - reserved : 1;
  return static_cast<int>(std::min<rlim_t>(static_cast<rlim_t>(wanted), left));
}

}  // namespace

int64_t MachineMemoryBytes() {
  const int64_t machine = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  io::PosixFileSystem fs;
  int64_t limit = machine;
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    auto text = fs.ReadAll(path, kKernelFileBytesMax);
    int64_t bytes = 0;
    if (!text.ok()) continue;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), bytes);
    if (error == std::errc() && bytes > 0) limit = std::min(limit, bytes);
  }
  return limit;
}

struct Server::State {
  SystemClock clock;
  io::PosixFileSystem fs;
  Random random = Random::FromSystem();
  MetricsRegistry metrics;
  std::unique_ptr<Logger> logger;
  std::unique_ptr<audit::AuditLog> audit_log;  // null: none; outlives the executors
  std::unique_ptr<ThreadPool> executor;
  std::unique_ptr<ThreadPool> file_executor;
  std::unique_ptr<engine::Engine> engine;
  access::SystemSecretSource secrets;
  std::unique_ptr<access::AccessControl> access;
  std::unique_ptr<access::Authenticator> authenticator;
  std::unique_ptr<AuditTrail> trail;
  std::unique_ptr<Gate> gate;
  std::string announcement;
  std::unique_ptr<MilvusService> milvus;
  std::unique_ptr<RestService> rest;
  std::unique_ptr<ManagementService> management;
  std::unique_ptr<TlsReloader> tls;  // nullptr: plain ports
  std::unique_ptr<Listener> client_port;
  std::unique_ptr<Listener> management_port;
  bool is_serving = false;

  Status Start(const config::Settings& settings, const BuildInfo& build);
  Status GoIntoSandbox(const config::Settings& settings);
  void StartExecutors(const config::Settings& settings);
  Status OpenAuditLog(const config::Settings& settings);
  Status OpenEngine(const config::Settings& settings);
  Status OpenAccess(const config::Settings& settings);
  void Audit(audit::EventKind kind);
};

// Before any thread: a sandbox holds the thread that enters it and those that come from it.
Status Server::State::GoIntoSandbox(const config::Settings& settings) {
  SandboxOptions options;
  options.mode = SandboxModeOf(settings.sandbox);
  options.core_dumps = settings.core_dumps;
  options.logger = logger.get();
  if (options.mode != SandboxOptions::Mode::kOff) {
    if (!settings.audit_path.empty()) options.read_write = {audit::AuditDirectory(settings.audit_path)};
    options.read_write.push_back(settings.data_dir);
    // What does not exist cannot be allowed, and is not to be made from inside.
    for (const std::string& dir : options.read_write) RK_RETURN_IF_ERROR(fs.CreateDirs(dir));
    options.read_only = SandboxSystemPaths();
    // Their folders: certificates are replaced while the server runs.
    for (const std::string& path :
         {settings.tls_certificate, settings.tls_key, settings.tls_client_ca, settings.root_password_file}) {
      if (!path.empty()) options.read_only.push_back(FolderOf(path));
    }
  }
  return EnterSandbox(options);
}

void Server::State::StartExecutors(const config::Settings& settings) {
  const int threads = settings.thread_count > 0 ? static_cast<int>(settings.thread_count)
                                                : std::max(2, HardwareThreadCount());
  // Not more than there are cores: Linux 6.18 lets a search that wakes up wait for the next tick, 4 ms, where
  // two threads of the lowest priority share its core.
  const int background_count = std::min(threads, HardwareThreadCount());
  executor = std::make_unique<ThreadPool>(
      threads,
      ThreadPool::Background{.count = background_count, .niceness = 19, .steady = true, .spare = true},
      "compute");
  file_executor = std::make_unique<ThreadPool>(1, 1, "files");
}

Status Server::State::OpenAuditLog(const config::Settings& settings) {
  if (settings.audit_path.empty()) return Status::Ok();
  audit::AuditLogOptions options;
  options.path = settings.audit_path;
  options.file_bytes_max = static_cast<uint64_t>(settings.audit_file_bytes);
  options.on_failure =
      settings.audit_on_failure == "continue" ? audit::OnFailure::kContinue : audit::OnFailure::kRefuse;
  RK_ASSIGN_OR_RETURN(
      audit_log, audit::AuditLog::Open({&fs, &clock, file_executor.get(), &metrics, logger.get()}, options));
  return Status::Ok();
}

void Server::State::Audit(audit::EventKind kind) {
  if (audit_log) audit_log->Append({.kind = kind});
}

Status Server::State::OpenEngine(const config::Settings& settings) {
  engine::EngineSeams seams{
      &fs, &clock, &random, logger.get(), &metrics, executor.get(), file_executor.get()};
  engine::EngineOptions options;
  options.data_dir = settings.data_dir;
  options.seal_bytes = static_cast<size_t>(settings.segment_seal_bytes);
  options.seal_age_ms = settings.segment_seal_age_ms;
  options.seal_idle_ms = settings.segment_seal_idle_ms;
  options.residency.enabled = settings.memory_resident;
  options.residency.memory_share = static_cast<double>(settings.memory_resident_percent) / 100;
  options.scrub = {settings.scrub_interval_ms, settings.scrub_bytes_per_second};
  options.log_pin_bytes_max = static_cast<uint64_t>(settings.wal_pinned_bytes);
  options.recover_truncate = settings.wal_recover_truncate;
  options.memory_limit_bytes =
      settings.memory_limit_bytes > 0 ? settings.memory_limit_bytes : MachineMemoryBytes() / 4 * 3;
  options.json_paths_percent = static_cast<int>(settings.memory_json_percent);
  options.compaction = CompactionOptionsOf(settings, options.memory_limit_bytes);
  options.limits = LimitsOf(settings);
  RK_ASSIGN_OR_RETURN(engine, engine::Engine::Open(seams, std::move(options)));
  return Status::Ok();
}

Status Server::State::OpenAccess(const config::Settings& settings) {
  access::AccessControl::Options options;
  options.users_max = static_cast<size_t>(settings.auth_user_count);
  options.roles_max = static_cast<size_t>(settings.auth_role_count);
  options.public_metadata = settings.public_metadata;
  RK_ASSIGN_OR_RETURN(access, access::AccessControl::Open({engine->metadata(), &clock, &secrets}, options));
  RK_ASSIGN_OR_RETURN(Bootstrap bootstrap, PrepareCredentials(settings, &fs, access.get(), &secrets));
  announcement = std::move(bootstrap.announcement);
  if (!announcement.empty()) logger->Warn("credentials", {{"note", announcement}});
  authenticator = std::make_unique<access::Authenticator>(
      access::Authenticator::Seams{access.get(), &clock, &secrets, executor.get()},
      access::Authenticator::Options{});
  trail = std::make_unique<AuditTrail>(audit_log.get());
  gate = std::make_unique<Gate>(Gate::Seams{access.get(), authenticator.get(), &engine->proxy(), trail.get()},
                                Gate::Options{bootstrap.enforces, settings.insecure});
  return Status::Ok();
}

Status Server::State::Start(const config::Settings& settings, const BuildInfo& build) {
  logger = std::make_unique<Logger>(&clock, settings.log_level);
  ListenerOptions client_options = ListenerOptionsOf(settings, settings.listen);
  client_options.connection_count_max = ClientConnectionsMax(client_options.connection_count_max);
  ListenerOptions management_options = ListenerOptionsOf(settings, settings.management);
  management_options.receive_message_bytes_max = 1 << 20;
  management_options.connection_count_max =
      std::min(management_options.connection_count_max, kManagementConnectionsMax);
  management_options.http_timeout_ms = 0;
  management_options.arriving_silence_ms = 0;  // nothing it serves has a body worth waiting for
  const auto read = [this](const std::string& path) { return fs.ReadAll(path, kTlsFileBytesMax); };
  RK_ASSIGN_OR_RETURN(tls, OpenTls(settings, {read, &clock, logger.get()}));
  // First, so that a port which is taken leaves no data directory behind.
  RK_ASSIGN_OR_RETURN(BoundAddress client_address, BoundAddress::Bind(client_options));
  RK_ASSIGN_OR_RETURN(BoundAddress management_address, BoundAddress::Bind(management_options));
  RK_RETURN_IF_ERROR(GoIntoSandbox(settings));
  StartExecutors(settings);
  RK_RETURN_IF_ERROR(OpenAuditLog(settings));
  RK_RETURN_IF_ERROR(OpenEngine(settings));
  RK_RETURN_IF_ERROR(OpenAccess(settings));
  const auto health = [this] { return engine->health(); };
  milvus = std::make_unique<MilvusService>(
      MilvusService::Seams{&engine->proxy(), gate.get(), trail.get(), access.get(), authenticator.get(),
                           executor.get(), &clock, logger.get(), &metrics, health},
      MilvusService::Identity{settings.reported_version, build.version, build.build_time, build.git_commit,
                              settings.listen});
  rest = std::make_unique<RestService>(RestService::Seams{&engine->proxy(), gate.get(), trail.get(),
                                                          access.get(), authenticator.get(), executor.get(),
                                                          &clock, logger.get(), &metrics, &engine->memory()});
  management = std::make_unique<ManagementService>(gate.get(), health, &metrics);
  RK_ASSIGN_OR_RETURN(client_port,
                      Listener::Start(std::move(client_address), client_options,
                                      {&clock, milvus.get(), rest.get(), logger.get(), tls.get()}));
  RK_ASSIGN_OR_RETURN(management_port,
                      Listener::Start(std::move(management_address), management_options,
                                      {&clock, nullptr, management.get(), logger.get(), tls.get()}));
  metrics.AddGauge("redkite_connections", "Open client connections.",
                   [this] { return client_port->stats().connections_open; });
  metrics.AddGauge("redkite_received_bytes_total", "Bytes received on the client port.",
                   [this] { return client_port->stats().received_bytes; });
  metrics.AddGauge("redkite_sent_bytes_total", "Bytes sent on the client port.",
                   [this] { return client_port->stats().sent_bytes; });
  is_serving = true;
  Audit(audit::EventKind::kStart);
  logger->Info("serving", {{"listen", settings.listen},
                           {"management", settings.management},
                           {"data", settings.data_dir},
                           {"version", build.version}});
  return Status::Ok();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Server>> Server::Start(const config::Settings& settings, const BuildInfo& build) {
  auto state = std::make_unique<State>();
  Status started = state->Start(settings, build);
  std::unique_ptr<Server> server(new Server(std::move(state)));
  if (!started.ok()) return started;
  return server;
}

void Server::Stop(int64_t grace_ms) {
  if (!state_) return;
  // Ports first, so that nothing new arrives; then what is queued; then the engine, whose log goes last.
  if (state_->client_port) state_->client_port->Stop(grace_ms);
  if (state_->management_port) state_->management_port->Stop(0);
  if (state_->engine) state_->engine->StopJobs();
  // The pools stay until the log has called its last callback, which may still submit.
  if (state_->executor) state_->executor->Stop();
  if (state_->file_executor) state_->file_executor->Stop();
  if (state_->engine) state_->engine->Close();
  if (std::exchange(state_->is_serving, false)) state_->Audit(audit::EventKind::kStop);
  if (state_->audit_log) state_->audit_log->Close();
}

void Server::Maintain() {
  if (state_->tls) state_->tls->ReloadIfChanged();
  state_->engine->Maintain();
}

Server::~Server() { Stop(0); }

const std::string& Server::announcement() const { return state_->announcement; }
int Server::port() const { return state_->client_port->port(); }
int Server::management_port() const { return state_->management_port->port(); }

}  // namespace redkite::server
