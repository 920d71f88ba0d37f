"""What Locust's users do: one chat completion after another, read to its end, every event as JSON."""

import json
import os

from locust import FastHttpUser, HttpUser, task

CHAT = "/v1/chat/completions"
BODY = json.loads(os.environ["HOPCOST_PEER_BODY"])
STREAM = BODY["stream"]
Base = FastHttpUser if os.environ["HOPCOST_PEER_FAST"] == "1" else HttpUser


class User(Base):
    @task
    def chat(self):
        if not STREAM:
            self.client.post(CHAT, json=BODY)
            return
        with self.client.post(CHAT, json=BODY, stream=True, catch_response=True) as response:
            pieces = 0
            for line in response.iter_lines():
                if line.startswith(b"data: {"):
                    choices = json.loads(line[6:])["choices"]
                    pieces += bool(choices and choices[0]["delta"].get("content"))
            if response.status_code == 200 and pieces > 0:
                response.success()
            else:
                response.failure("not a stream")
