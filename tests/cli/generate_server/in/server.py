"""A chat server that starts every answer from scratch: it cannot go on from a given beginning."""
import os, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.environ["CASE"]))
import chat_server


class Chat(chat_server.Chat):
    model = {"id": "Llama-3-8B-test"}

    def do_POST(self):
        last = self.asked()["messages"][-1]
        assert last["role"] == "user" and "Begin your answer with exactly this text" in last["content"], last
        self.say("Question: What was it?\nAnswer: You had the flu." if "Question:" in last["content"] else "Statements:\n- You had the flu.",
                 usage={"prompt_tokens": 1, "completion_tokens": 1})


chat_server.serve(Chat)
