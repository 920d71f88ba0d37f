"""gap_probe, reply_floor, stream_drain and timerfd_floor work together. Run by ctest, which sets HOPCOST_BIN.

Nothing here asserts how long anything took, only what was counted."""

import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from bench import clients, machine, servers

CPU = min(os.sched_getaffinity(0))


class PlainReply(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2000")
        self.end_headers()
        self.wfile.write(b"x" * 2000)

    def log_message(self, *_):
        pass


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        tools = Path(os.environ["HOPCOST_BIN"])
        self.context = machine.Context(tools, tools, Path(folder.name), 1, 1, CPU, CPU, True)
        self.request = self.context.write("request.http", clients.raw_post("{}"))

    def floor(self, gap_us, events):
        server = servers.timerfd_floor(self.context, gap_us, events, 100)
        self.addCleanup(server.stop)
        return server

    def probe(self, port, *flags):
        return subprocess.run(
            [self.context.tools / "gap_probe", "--port", str(port), "--request", self.request,
             "--gap-us", "1000", *flags], capture_output=True, text=True, timeout=50)

    def test_every_gap_of_every_stream_is_measured(self):
        found = self.probe(self.floor(1000, 30).port, "--streams", "3", "--chunks", "20")
        self.assertEqual(found.returncode, 0, found.stderr)
        result = json.loads(found.stdout)
        self.assertEqual((result["streams"], result["gaps"], result["drifts"]), (3, 3 * 19, 3))
        self.assertLessEqual(result["error_p50_ns"], result["error_p99_ns"])
        self.assertLessEqual(result["error_p99_ns"], result["error_max_ns"])

    def test_the_floor_says_how_late_it_was_since_it_was_asked_before(self):
        server = self.floor(1000, 20)
        self.assertEqual(server.lateness()["count"], 0)
        self.assertEqual(self.probe(server.port, "--streams", "2", "--chunks", "20").returncode, 0)
        late = server.lateness()
        self.assertEqual(late["count"], 2 * 19)  # the first event of a stream has no deadline
        self.assertLessEqual(0, late["p50"])
        self.assertLessEqual(late["p50"], late["p99"])
        self.assertEqual(server.lateness()["count"], 0)

    def test_a_server_far_slower_than_asked_is_seen(self):
        found = self.probe(self.floor(50_000, 5).port, "--streams", "2", "--chunks", "5")
        result = json.loads(found.stdout)
        # Four gaps of 50 ms where 1 ms was asked for: so much more that no busy machine hides it.
        self.assertGreater(result["gap_mean_ns"], 2 * 1_000_000)
        self.assertGreater(result["error_p50_ns"], 1_000_000)
        self.assertGreater(result["drift_max_ns"], 4 * 1_000_000)

    def test_streams_too_short_for_the_question_are_refused(self):
        port = self.floor(1000, 5).port
        by_chunks = self.probe(port, "--streams", "1", "--chunks", "20")
        self.assertEqual(by_chunks.returncode, 1)
        self.assertIn("too short", by_chunks.stderr)
        by_time = self.probe(port, "--streams", "1", "--seconds", "1")
        self.assertEqual(by_time.returncode, 1)
        self.assertIn("ended before the window", by_time.stderr)

    def test_a_drained_stream_is_read_to_its_end(self):
        counted = clients.drain(self.context, self.floor(100, 10).port, self.request, 1)
        self.assertGreaterEqual(counted["requests"], clients.CONNECTIONS)
        self.assertEqual(counted["events"], counted["requests"] * 12)  # role, 10 contents, [DONE]

    def test_a_plain_reply_is_read_to_its_end(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PlainReply)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        requests, used = clients.reply_floor(self.context, server.server_port, self.request, 1)
        self.assertGreaterEqual(requests, clients.CONNECTIONS)
        self.assertGreater(used, 0)
        # A stream has no length: refused, not counted.
        found = subprocess.run(
            [self.context.tools / "reply_floor", "--port", str(self.floor(1000, 5).port), "--seconds", "1",
             "--request", self.request], capture_output=True, text=True, timeout=50)
        self.assertEqual(found.returncode, 1)
        self.assertIn("a head with its length", found.stderr)

    def test_a_wrong_option_is_refused(self):
        found = self.probe(1, "--streams", "1", "--chunks", "5", "--stream", "1")
        self.assertEqual(found.returncode, 1)
        self.assertIn("unknown option --stream", found.stderr)

    def test_the_floor_outlives_clients_that_leave(self):
        server = self.floor(1000, 1000)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
                connection.sendall(self.request.read_bytes())
                self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 200 "))
        found = self.probe(server.port, "--streams", "2", "--chunks", "5")
        self.assertEqual(found.returncode, 0, found.stderr)


if __name__ == "__main__":
    unittest.main()
