#include "common/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ranges>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "common/asio.hpp"
#include "tests/catch.hpp"

using namespace hopcost;

namespace {

void spin(Nanos cpu) {
  const Nanos start = thread_cpu_ns();
  while (thread_cpu_ns() - start < cpu) {
  }
}

/// A pipe's end that closes itself.
class Pipe {
 public:
  Pipe() { REQUIRE(pipe(ends_) == 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void put(char c) const {
    while (write(ends_[1], &c, 1) < 0 && errno == EINTR) {
    }
  }
  char get() const {
    char c = 0;
    while (read(ends_[0], &c, 1) < 0 && errno == EINTR) {
    }
    return c;
  }
  pid_t get_pid() const {
    pid_t pid = 0;
    REQUIRE(read(ends_[0], &pid, sizeof pid) == static_cast<ssize_t>(sizeof pid));
    return pid;
  }
  void put_pid(pid_t pid) const {
    if (write(ends_[1], &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid)) _exit(3);
  }

 private:
  int ends_[2]{};
};

/// A child that runs `body` and leaves without the parent's clean-up. Killed and reaped at the end;
/// it dies with this process as well, so that a failed assertion leaves nobody behind.
class Child {
 public:
  template <class Body>
  explicit Child(Body&& body) {
    const pid_t parent = getpid();
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);  // it died before the line above
      std::forward<Body>(body)();
      _exit(0);
    }
  }
  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void wait() {
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

std::vector<pid_t> pids_of(const std::vector<ProcessInfo>& processes) {
  std::vector<pid_t> pids;
  for (const auto& p : processes) pids.push_back(p.pid);
  std::ranges::sort(pids);
  return pids;
}

[[noreturn]] void sleep_for_ever() {
  while (true) pause();
}

}  // namespace

TEST_CASE("this process is listed with its parent, its name and its command line") {
  const auto all = list_processes();
  const auto self = std::ranges::find(all, getpid(), &ProcessInfo::pid);
  REQUIRE(self != all.end());
  CHECK(self->parent == getppid());
  CHECK(self->name == "test_common");
  CHECK(self->command.find("test_common") != std::string::npos);
  CHECK(self->command.find('\0') == std::string::npos);
}

TEST_CASE("a name with spaces and parentheses does not confuse the reader") {
  const Pipe ready;
  const Child child([&] {
    prctl(PR_SET_NAME, ") R 1 (x) y");
    ready.put('r');
    sleep_for_ever();
  });
  ready.get();
  const auto below = descendants_of(getpid());
  const auto found = std::ranges::find(below, child.pid(), &ProcessInfo::pid);
  REQUIRE(found != below.end());
  CHECK(found->name == ") R 1 (x) y");
  CHECK(found->parent == getpid());
}

TEST_CASE("descendants are children and grandchildren, without the root") {
  const Pipe ready;
  const Child child([&] {
    const Child grandchild([] { sleep_for_ever(); });
    ready.put_pid(grandchild.pid());
    sleep_for_ever();
  });
  const pid_t grandchild = ready.get_pid();
  std::vector<pid_t> both{child.pid(), grandchild};
  std::ranges::sort(both);
  CHECK(pids_of(descendants_of(getpid())) == both);
  CHECK(pids_of(descendants_of(child.pid())) == std::vector<pid_t>{grandchild});
  CHECK(descendants_of(grandchild).empty());
}

TEST_CASE("the tree's CPU time grows by what a grandchild spends") {
  const Pipe go;
  const Pipe done;
  const Child child([&] {
    const Child grandchild([&] {
      done.put('r');
      go.get();
      spin(300 * kMillisecond);
      done.put('d');
      sleep_for_ever();
    });
    sleep_for_ever();
  });
  done.get();
  const auto earlier = sample_tree_cpu({getpid()});
  CHECK(earlier.by_process.size() == 2);
  go.put('g');
  done.get();
  const auto later = sample_tree_cpu({getpid()});
  // Nothing but the spin happens there, and it is measured by the same clock.
  CHECK(cpu_between(earlier, later) >= 300 * kMillisecond);
  CHECK(cpu_between(earlier, later) < 3 * kSecond);
  CHECK(cpu_between(later, later) == 0);
}

TEST_CASE("CPU time of children that ended and were reaped stays in the tree") {
  const Pipe go;
  const Pipe done;
  const Child child([&] {
    done.put('r');
    go.get();
    Child grandchild([] { spin(300 * kMillisecond); });
    grandchild.wait();
    done.put('d');
    sleep_for_ever();
  });
  done.get();
  const auto earlier = sample_tree_cpu({getpid()});
  go.put('g');
  done.get();
  const auto later = sample_tree_cpu({getpid()});
  CHECK(later.by_process.size() == 1);
  // The kernel gives reaped time in steps of 10 ms, and ticks may miss a little.
  CHECK(cpu_between(earlier, later) >= 200 * kMillisecond);
}

TEST_CASE("a process that was sampled and then reaped is not counted twice") {
  const Pipe go;
  const Pipe done;
  const Child child([&] {
    Child grandchild([&] {
      spin(300 * kMillisecond);
      done.put('s');
      go.get();
    });
    grandchild.wait();
    done.put('d');
    sleep_for_ever();
  });
  done.get();
  const auto earlier = sample_tree_cpu({getpid()});
  CHECK(earlier.by_process.size() == 2);
  CHECK(earlier.total() >= 300 * kMillisecond);
  go.put('g');
  done.get();
  const auto later = sample_tree_cpu({getpid()});
  CHECK(cpu_between(earlier, later) < 150 * kMillisecond);
}

TEST_CASE("the difference of two samples follows who lived, came and went") {
  TreeCpu earlier;
  earlier.by_process = {{10, 100}, {11, 50}, {12, 70}};
  earlier.reaped_ns = 1000;
  TreeCpu later;
  later.by_process = {{10, 130}, {11, 50}, {13, 5}};  // 12 ended at 90, 13 came
  later.reaped_ns = 1090;
  CHECK(cpu_between(earlier, later) == 30 + 0 + 5 + 20);
  later.reaped_ns = 1000;  // 12's end is not seen yet: never negative
  CHECK(cpu_between(earlier, later) == 0);
  CHECK(earlier.total() == 1220);
}

TEST_CASE("CPU time of a process that is gone is -1") {
  Child child([] {});
  const pid_t pid = child.pid();
  child.wait();
  CHECK(process_cpu_ns(pid) == -1);
  CHECK(process_cpu_ns(getpid()) > 0);
  CHECK(thread_names(pid).empty());
}

TEST_CASE("other processes' CPU time leaves out our own tree") {
  const Pipe ready;
  const Child child([&] {
    ready.put('r');
    sleep_for_ever();
  });
  ready.get();
  const auto others = sample_other_cpu({getpid()});
  CHECK_FALSE(others.contains(getpid()));
  CHECK_FALSE(others.contains(child.pid()));
  CHECK(others.contains(getppid()));
  CHECK(sample_other_cpu({}).contains(getpid()));
}

TEST_CASE("what others spent is what grew and what came, not what went") {
  CHECK(other_cpu_between({{1, 10}, {2, 20}}, {{1, 15}, {3, 7}}) == 12);
}

TEST_CASE("a thread is listed by the name it gave itself") {
  const Pipe ready;
  const Child child([&] {
    prctl(PR_SET_NAME, "hop worker 7");
    ready.put('r');
    sleep_for_ever();
  });
  ready.get();
  // A sanitizer may have a thread of its own there.
  CHECK(std::ranges::count(thread_names(child.pid()), "hop worker 7") == 1);
}

TEST_CASE("CPU is told by thread, the busiest first, and memory by process") {
  const auto sample = sample_tree_cpu({getpid()}, Roots::counted);
  REQUIRE(sample.by_process.contains(getpid()));
  const auto before = thread_cpu_of(sample);
  CHECK(before.contains(gettid()));
  const Nanos until = process_cpu_ns(getpid()) + 20 * kMillisecond;
  while (process_cpu_ns(getpid()) < until) {
  }
  const auto used = busiest_between(before, thread_cpu_of(sample), 1);
  REQUIRE(used.size() == 1);
  CHECK(used[0] >= 10 * kMillisecond);
  CHECK(busiest_between({{1, 5}}, {{1, 7}, {2, 9}, {3, 1}}, 2) == std::vector<Nanos>{9, 2});
  CHECK(memory_of(sample) > 1'000'000);
  TreeCpu gone;
  gone.by_process[4'194'300] = 1;
  CHECK(memory_of(gone) == 0);
  CHECK(thread_cpu_of(gone).empty());
}

TEST_CASE("who listens on a port is found among the processes asked about") {
  for (const char* address : {"127.0.0.1", "::1"}) {
    asio::io_context context;
    Acceptor acceptor(context.get_executor());
    const Tcp::endpoint any(asio::ip::make_address(address), 0);
    error_code ec;
    acceptor.open(any.protocol(), ec);
    if (!ec) acceptor.bind(any, ec);
    if (ec) {
      WARN(address << " cannot be bound here: " << ec.message());
      continue;
    }
    const int port = acceptor.local_endpoint().port();
    CHECK(holders_of_listening_port({getpid()}, port).empty());  // bound, not listening
    acceptor.listen();
    CHECK(holders_of_listening_port({getpid(), getppid()}, port) == std::vector<pid_t>{getpid()});
    CHECK(holders_of_listening_port({}, port).empty());
    acceptor.close();
    CHECK(holders_of_listening_port({getpid()}, port).empty());
  }
}

TEST_CASE("processes that end while they are read do no harm") {
  const Pipe ready;
  const Child breeder([&] {
    ready.put('r');
    while (true) {
      Child brief([] {});
      brief.wait();
    }
  });
  ready.get();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(std::ranges::count(pids_of(list_processes()), getpid()) == 1);
    (void)sample_tree_cpu({getpid()});
  }
}

TEST_CASE("storage bytes are those of the sample's processes, and unknown without any") {
  CHECK_FALSE(storage_bytes_of({}));
  const auto sample = sample_tree_cpu({getpid()}, Roots::counted);
  const auto earlier = storage_bytes_of(sample);
  REQUIRE(earlier);
  CHECK(storage_bytes_of(sample) >= earlier);
}
