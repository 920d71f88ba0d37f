// What one request costs in the reference proxy's hot functions.

#include <string>

#include <benchmark/benchmark.h>

#include "overhead/reference_proxy/message_head.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::reference_proxy;

const std::string kRequest =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
    "Content-Type: application/json\r\nAccept: text/event-stream\r\n"
    "Content-Length: 12\r\n\r\n{\"a\":\"word\"}";
const std::string kResponse =
    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: mock\r\n"
    "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"a\":\"word\"}";

void proxy_request(benchmark::State& state) {
  RequestHead request;
  for (auto _ : state) {
    request.begin({});
    RequestParser<RequestHead> parser(request);
    error_code fault;
    parser.feed(kRequest, fault);
    benchmark::DoNotOptimize(request_head_text(request, "127.0.0.1:9000", true));
  }
}
BENCHMARK(proxy_request);

void proxy_response(benchmark::State& state) {
  ResponseHead response;
  for (auto _ : state) {
    response.begin();
    ResponseParser<ResponseHead> parser(response);
    error_code fault;
    parser.feed(kResponse, fault);
    std::string out;
    append_status_line(out, response.status);
    benchmark::DoNotOptimize(out.append(response.fields.text()));
  }
}
BENCHMARK(proxy_response);

}  // namespace
