#include "overhead/reference_proxy/upstream_pool.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace hopcost::reference_proxy {

std::shared_ptr<Upstream> UpstreamPool::take(std::size_t backend) {
  auto& idle = idle_[backend];
  if (idle.empty()) return nullptr;
  auto upstream = std::move(idle.back());
  idle.pop_back();
  return upstream;
}

void UpstreamPool::put(std::shared_ptr<Upstream> upstream) {
  auto& idle = idle_[upstream->backend];
  if (idle.size() >= kMaxIdle) return;  // its destructor closes it
  upstream->pooled = true;
  idle.push_back(std::move(upstream));
}

void UpstreamPool::drop_stale(std::size_t backend) {
  // An idle connection has nothing to read: a byte, an end or an error all mean it is of no use.
  std::erase_if(idle_[backend], [](const std::shared_ptr<Upstream>& upstream) {
    char byte = 0;
    return ::recv(upstream->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EWOULDBLOCK);
  });
}

}  // namespace hopcost::reference_proxy
