// The same echo on gRPC C++: grpc_echo [port] [sync|callback].
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "echo.grpc.pb.h"

namespace {

class SyncEcho final : public echo::Echo::Service {
  grpc::Status Call(grpc::ServerContext*, const echo::Req* request, echo::Res* reply) override {
    reply->set_data(std::string(static_cast<size_t>(request->reply()), 'x'));
    return grpc::Status::OK;
  }
};

class CallbackEcho final : public echo::Echo::CallbackService {
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const echo::Req* request,
                                 echo::Res* reply) override {
    reply->set_data(std::string(static_cast<size_t>(request->reply()), 'x'));
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  SyncEcho sync;
  CallbackEcho callback;
  bool use_callback = argc > 2 && std::strcmp(argv[2], "callback") == 0;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(std::string("127.0.0.1:") + (argc > 1 ? argv[1] : "0"),
                           grpc::InsecureServerCredentials(), &port);
  if (use_callback) {
    builder.RegisterService(&callback);
  } else {
    builder.RegisterService(&sync);
  }
  auto server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
