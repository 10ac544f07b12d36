// Echo server on Redkite's transport: lean_echo [port] [workers]. Workers 0: answers on the IO thread.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/clock.h"
#include "base/executor.h"
#include "echo.pb.h"
#include "server/transport/listener.h"

using namespace redkite;
using namespace redkite::server;

namespace {

class EchoHandler final : public RpcHandler {
 public:
  explicit EchoHandler(Executor* executor) : executor_(executor) {}

  void Handle(std::shared_ptr<RpcCall> call, Responder responder) override {
    if (executor_ == nullptr) return Answer(*call, &responder);
    auto shared = std::make_shared<Responder>(std::move(responder));
    executor_->Submit(Priority::kSearch, [call = std::move(call), shared] { Answer(*call, shared.get()); });
  }

 private:
  static void Answer(const RpcCall& call, Responder* responder) {
    echo::Req request;
    if (!request.ParseFromString(call.request)) {
      return responder->Fail({RpcCode::kInvalidArgument, "cannot parse the request"});
    }
    echo::Res reply;
    if (call.method == "/echo.Echo/Stream") {
      for (int i = 0; i < request.reply(); ++i) {
        reply.set_data(request.data());
        responder->Send(reply.SerializeAsString());
      }
      return responder->FinishStream();
    }
    if (call.method != "/echo.Echo/Call") {
      return responder->Fail({RpcCode::kUnimplemented, "unknown method: " + call.method});
    }
    reply.set_data(std::string(static_cast<size_t>(request.reply()), 'x'));
    responder->Finish(reply.SerializeAsString());
  }

  Executor* executor_;
};

class HelloHandler final : public HttpHandler {
 public:
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override {
    responder.Finish({200, {{"content-type", "text/plain"}}, request->method + " " + request->path + "\n"});
  }
};

}  // namespace

int main(int argc, char** argv) {
  SystemClock clock;
  int workers = argc > 2 ? std::atoi(argv[2]) : 2;
  std::unique_ptr<ThreadPool> pool;
  if (workers > 0) pool = std::make_unique<ThreadPool>(workers, 1, "echo");
  EchoHandler rpc(pool.get());
  HelloHandler http;
  ListenerOptions options;
  options.port = argc > 1 ? std::atoi(argv[1]) : 0;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  auto listener = Listener::Start(options, {&clock, &rpc, &http, nullptr});
  if (!listener.ok()) {
    std::fprintf(stderr, "%s\n", listener.status().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", (*listener)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*listener)->Stop(1000);
  pool.reset();
  return 0;
}
