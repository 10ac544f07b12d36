// Blocking gRPC C++ clients, each with a channel of its own: grpc_client PORT CLIENTS SECONDS. Prints one
// JSON line.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"

using SteadyClock = std::chrono::steady_clock;

static void RunClient(int index, const std::string& target, double seconds, std::vector<double>* micros) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("client", index);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto stub =
      echo::Echo::NewStub(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  echo::Req request;
  request.set_data(std::string(1600, 'q'));
  request.set_reply(200);
  echo::Res reply;
  auto end = SteadyClock::now() + std::chrono::duration<double>(seconds);
  while (SteadyClock::now() < end) {
    grpc::ClientContext context;
    auto begin = SteadyClock::now();
    grpc::Status status = stub->Call(&context, request, &reply);
    if (!status.ok() || reply.data().size() != 200) {
      std::fprintf(stderr, "call failed: %s\n", status.error_message().c_str());
      std::exit(1);
    }
    micros->push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count());
  }
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  int clients = std::atoi(argv[2]);
  double seconds = std::atof(argv[3]);
  std::vector<std::vector<double>> all(static_cast<size_t>(clients));
  std::vector<std::thread> threads;
  auto begin = SteadyClock::now();
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back(RunClient, i, std::string("127.0.0.1:") + argv[1], seconds,
                         &all[static_cast<size_t>(i)]);
  }
  for (auto& thread : threads) thread.join();
  double elapsed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  std::vector<double> merged;
  for (auto& part : all) merged.insert(merged.end(), part.begin(), part.end());
  std::sort(merged.begin(), merged.end());
  std::printf("{\"calls_per_s\": %.0f, \"us_p50\": %.1f, \"us_p99\": %.1f}\n",
              static_cast<double>(merged.size()) / elapsed, merged[merged.size() / 2],
              merged[merged.size() * 99 / 100]);
  return 0;
}
